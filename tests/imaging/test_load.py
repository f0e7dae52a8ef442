"""Every kind of film is read to the same picture; everything else is refused with its own sentence."""

import io
import time
from pathlib import Path

import numpy as np
import pytest
from bombs import png_header, tiff_bomb
from PIL import Image

from spine_models.core.errors import ImageError
from spine_models.imaging.load import read_radiograph
from spine_models.imaging.phantom import CurveSpec, SpineShape, phantom

FILM, _ = phantom(SpineShape((CurveSpec("T8", 30, "left"),)), seed=3, size=(512, 224))
DEEP = FILM.astype(np.uint16) * 257
REFERENCE = (FILM - np.percentile(FILM, 0.5)) / np.ptp(np.percentile(FILM, [0.5, 99.5]))


def encode(picture: Image.Image, form: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def png(array: np.ndarray) -> bytes:
    return encode(Image.fromarray(array), "PNG")


KINDS = {
    "jpg": (encode(Image.fromarray(FILM), "JPEG", quality=95), 0.06),
    "jpg-rgb": (encode(Image.fromarray(FILM).convert("RGB"), "JPEG", quality=95), 0.06),
    "jpg-cmyk": (encode(Image.fromarray(FILM).convert("CMYK"), "JPEG", quality=95), 0.06),
    "png-8": (png(FILM), 0.003),
    "png-16": (png(DEEP), 0.003),
    "png-12-in-16": (png(DEEP >> 4), 0.003),
    "png-rgba": (encode(Image.fromarray(FILM).convert("RGBA"), "PNG"), 0.003),
    "png-palette": (encode(Image.fromarray(FILM).convert("P"), "PNG"), 0.003),
    "tiff-8": (encode(Image.fromarray(FILM), "TIFF"), 0.003),
    "tiff-16-lzw": (encode(Image.fromarray(DEEP), "TIFF", compression="tiff_lzw"), 0.003),
    "tiff-float": (encode(Image.fromarray((FILM / 255).astype(np.float32)), "TIFF"), 0.003),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_film(kind):
    content, tolerance = KINDS[kind]
    film = read_radiograph(content)
    assert film.pixels.dtype == np.float32 and film.notes == ()
    np.testing.assert_allclose(film.pixels, np.clip(REFERENCE, 0, 1), atol=tolerance)


def test_one_bit_picture_is_read():
    pixels = read_radiograph(encode(Image.fromarray(FILM).convert("1"), "PNG")).pixels
    assert set(np.unique(pixels)) == {0.0, 1.0}
    assert abs(pixels.mean() - FILM.mean() / 255) < 0.02


def test_transparent_parts_are_black():
    rgba = np.stack([FILM] * 3 + [np.full_like(FILM, 255)], axis=2)
    rgba[:100, :, :3], rgba[:100, :, 3] = 255, 0
    assert (read_radiograph(png(rgba)).pixels[:100] == 0).all()


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_exif_orientation_is_applied_once(orientation, form):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(FILM).transpose(TURNS[orientation])
    film = read_radiograph(encode(stored, form, exif=exif))
    np.testing.assert_allclose(film.pixels, np.clip(REFERENCE, 0, 1), atol=0.003)
    assert "EXIF" in film.notes[0]


@pytest.mark.parametrize("seed", range(6))
def test_inverted_film_is_recognised(seed):
    film, _ = phantom(SpineShape((CurveSpec("L1", 40, "right"),)), seed=seed, size=(512, 224))
    upright, inverted = read_radiograph(png(film)), read_radiograph(png(255 - film))
    assert upright.notes == ()
    assert "inverted" in inverted.notes[0]
    np.testing.assert_allclose(upright.pixels, inverted.pixels, atol=0.01)
    assert upright.sha256 != inverted.sha256


def test_path_and_bytes_are_the_same_film(tmp_path):
    (tmp_path / "film.png").write_bytes(png(FILM))
    assert read_radiograph(tmp_path / "film.png").sha256 == read_radiograph(png(FILM)).sha256


REFUSED = {
    "empty": (b"", "is empty"),
    "text": (b"not a picture at all, but long enough to look at" * 9, "no DICOM, JPG, PNG or TIFF"),
    "gif": (encode(Image.fromarray(FILM), "GIF"), "no DICOM, JPG, PNG or TIFF"),
    "nothing but a DICOM preamble": (bytes(128) + b"DICM" + bytes(99), "."),
    "truncated jpg": (KINDS["jpg"][0][:-3000], "damaged or incomplete"),
    "truncated png": (KINDS["png-8"][0][: len(KINDS["png-8"][0]) // 2], "damaged or incomplete"),
    "truncated tiff": (KINDS["tiff-16-lzw"][0][:9000], "."),
    "one pixel": (png(np.zeros((1, 1), np.uint8)), "too few"),
    "small": (png(FILM[:60]), "too few"),
    "black": (png(np.zeros((512, 224), np.uint8)), "all black"),
    "nearly black": (png((FILM > 200).astype(np.uint8) * 3), "all black"),
    "one grey": (png(np.full((512, 224), 90, np.uint8)), "one shade of grey"),
    "constant float": (encode(Image.fromarray(np.full((512, 224), 0.5, np.float32)), "TIFF"), "one shade of grey"),
    "nan": (encode(Image.fromarray(np.full((512, 224), np.nan, np.float32)), "TIFF"), "all black"),
    "tall": (png(np.tile(FILM[:, :64], (2, 1))), "no frontal spine film"),
    "wide": (png(np.tile(FILM[:64], (1, 3))), "no frontal spine film"),
    "65 megapixels": (png_header(8000, 8125), "64 million"),
    "png bomb": (png_header(60000, 60000), "64 million"),
    "tiff bomb": (tiff_bomb(), "64 million"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_film_is_refused_with_a_sentence(kind):
    content, part = REFUSED[kind]
    started = time.process_time()
    with pytest.raises(ImageError) as refusal:
        read_radiograph(content)
    sentence = str(refusal.value)
    assert part in sentence and sentence.endswith(".") and "\n" not in sentence
    assert time.process_time() - started < 1  # the bombs would take longer to decode


def test_a_large_scan_in_colour_is_read_and_one_with_transparency_is_not():
    film = Image.fromarray(FILM).resize((4000, 8250))
    assert read_radiograph(encode(film.convert("RGB"), "JPEG")).pixels.shape == (8250, 4000)
    with pytest.raises(ImageError, match="32 million pixels allowed as it is saved: save it in 8-bit or 16-bit grey"):
        read_radiograph(encode(film.convert("RGBA"), "PNG", compress_level=1))


def test_missing_file_is_named():
    with pytest.raises(ImageError, match="no file nowhere.png"):
        read_radiograph(Path("nowhere.png"))
