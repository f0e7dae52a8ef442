"""However a department stores a film as DICOM, it is read to the same picture; what is no frontal film is refused."""

import io
import logging
import time

import numpy as np
import pydicom
import pytest
from bombs import deflated_bomb, encapsulated_size_lie, nested_bomb
from dicom_samples import (
    COMPRESSED,
    PLAIN_SYNTAXES,
    PLANTED,
    compressed,
    dataset,
    dicom,
    file_of,
)
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless

from spine_models.core.errors import ImageError
from spine_models.imaging import dicom_pixels
from spine_models.imaging.dicom_pixels import codestream_size
from spine_models.imaging.load import read_radiograph
from spine_models.imaging.phantom import CurveSpec, SpineShape, phantom

FILM, _ = phantom(SpineShape((CurveSpec("T8", 30, "left"),)), seed=3, size=(512, 224))
DEEP = FILM.astype(np.uint16) * 257
REFERENCE = np.clip((FILM - np.percentile(FILM, 0.5)) / np.ptp(np.percentile(FILM, [0.5, 99.5])), 0, 1)
TWELVE = DEEP >> 4


def same_picture(content: bytes, tolerance: float = 0.003):
    film = read_radiograph(content)
    np.testing.assert_allclose(film.pixels, REFERENCE, atol=tolerance)
    return film


@pytest.mark.parametrize("pixels", [FILM, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("syntax", PLAIN_SYNTAXES)
def test_every_transfer_syntax_gives_the_same_film(syntax, pixels):
    same_picture(dicom(pixels, PLAIN_SYNTAXES[syntax]))


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_compressed_films_are_decoded(syntax, tmp_path):
    same_picture(compressed(dicom(TWELVE, stored=12), COMPRESSED[syntax], tmp_path))


def voi_table() -> Sequence:
    """A table that turns the greys over, as inverting modalities store it; FILM through it is FILM's negative."""
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [256, 0, 16], [int(v) for v in np.arange(255, -1, -1) * 257]
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    return Sequence([item])


GREYS = {
    "10 of 16 bits": lambda: dicom(DEEP >> 6, stored=10),
    "12 of 16 bits, junk above them": lambda: dicom(TWELVE | 0xA000, stored=12),
    "signed, rescaled": lambda: dicom((DEEP.astype(np.int32) - 32768).astype(np.int16), RescaleSlope=2,
                                      RescaleIntercept=-7),
    "window over all": lambda: dicom(TWELVE, stored=12, WindowCenter=[2048, 50], WindowWidth=[4096, 60]),
    "window of nothing": lambda: dicom(TWELVE, stored=12, WindowCenter=9000, WindowWidth=20),
    "window of no width": lambda: dicom(TWELVE, stored=12, WindowCenter=2048, WindowWidth=0),
    "MONOCHROME1": lambda: dicom(255 - FILM, PhotometricInterpretation="MONOCHROME1"),
    "MONOCHROME1, shape said": lambda: dicom(255 - FILM, PhotometricInterpretation="MONOCHROME1",
                                             PresentationLUTShape="INVERSE"),
    "VOI table": lambda: dicom(255 - FILM, VOILUTSequence=voi_table()),
    "colour": lambda: dicom(np.stack([FILM] * 3, axis=2), modality="OT"),
    "pixel spacing of text": lambda: dicom(FILM, modality="CR", NumberOfFrames="1"),
}


@pytest.mark.parametrize("kind", GREYS)
def test_greys_are_shown_as_they_are_meant(kind):
    film = same_picture(GREYS[kind](), 0.006)
    assert ("inverted" in " ".join(film.notes)) == ("MONOCHROME1" in kind)


def test_a_window_cuts_what_it_is_said_to_cut():
    pixels = read_radiograph(dicom(TWELVE, stored=12, WindowCenter=2000, WindowWidth=500)).pixels
    assert (pixels[TWELVE < 1740] == 0).all() and (pixels[TWELVE > 2260] == 1).all()


def test_padding_round_the_film_is_black():
    framed = np.pad(TWELVE, ((40, 40), (20, 20)), constant_values=4000)
    film = read_radiograph(dicom(framed, stored=12, PixelPaddingValue=4000))
    assert (film.pixels[:40] == 0).all() and (film.pixels[:, :20] == 0).all()


TURNS = {("L", "F"): FILM, ("R", "F"): FILM[:, ::-1], ("L", "H"): FILM[::-1], ("R", "H"): FILM[::-1, ::-1],
         ("F", "L"): FILM.T, ("H", "R"): FILM[::-1, ::-1].T, ("F", "R"): FILM[:, ::-1].T, ("H", "L"): FILM[::-1].T}


@pytest.mark.parametrize("orientation", TURNS)
def test_films_are_hung_as_their_tags_say(orientation):
    spacing = [0.2, 0.2]
    film = same_picture(dicom(np.ascontiguousarray(TURNS[orientation]), PatientOrientation=list(orientation),
                              PixelSpacing=spacing))
    assert film.patient_left == "right" and film.pixel_spacing_mm == (0.2, 0.2)
    assert any("patient's left is on the right" in note for note in film.notes)


@pytest.mark.parametrize("orientation", [None, ["L"], ["", ""], ["L", "R"], ["X", "Y"]])
def test_sides_that_the_tags_do_not_say_are_not_made_up(orientation):
    tags = {} if orientation is None else {"PatientOrientation": orientation}
    assert same_picture(dicom(FILM, **tags)).patient_left is None


SPACINGS = {
    "calibrated": ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.25, 0.25]}, 0.2, "calibrated to the patient"),
    "calibrated, said": ({"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"}, 0.2, "calibrated to"),
    "detector": ({"ImagerPixelSpacing": [0.25, 0.25]}, 0.25, "at the detector, so"),
    "copied from the detector": ({"PixelSpacing": [0.25, 0.25], "ImagerPixelSpacing": [0.25, 0.25]}, 0.25, "detector"),
    "magnified": ({"ImagerPixelSpacing": [0.22, 0.22], "EstimatedRadiographicMagnificationFactor": 1.1}, 0.2, "1.10"),
    "capture": ({"modality": "OT", "PixelSpacing": [0.3, 0.3]}, 0.3, "not known to be calibrated"),
    "zero": ({"PixelSpacing": [0, 0]}, None, "ignored"),
    "zero beside a good one": ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.25, 0.25]}, 0.25, "ignored"),
    "negative": ({"PixelSpacing": [-0.2, 0.2]}, None, "ignored"),
    "placeholder": ({"ImagerPixelSpacing": [1, 1]}, None, "ignored"),
    "one number": ({"PixelSpacing": [0.2]}, None, "ignored"),
}


@pytest.mark.parametrize("kind", SPACINGS)
def test_millimetres_come_from_the_right_tag_and_it_is_said_which(kind):
    tags, expected, said = SPACINGS[kind]
    film = read_radiograph(dicom(FILM, **tags))
    assert film.pixel_spacing_mm == (expected and pytest.approx((expected, expected)))
    assert said in " ".join(film.notes)


def test_pixels_that_are_not_square_are_stretched_before_anything_is_measured():
    film = read_radiograph(dicom(FILM, PixelSpacing=[0.4, 0.2]))
    assert film.shape == (1024, 224) and film.pixel_spacing_mm == (0.2, 0.2)
    assert abs((film.pixels[::2] + film.pixels[1::2]) / 2 - REFERENCE).mean() < 0.01


def sample(name: str):
    """One of the files that come with pydicom."""
    return lambda: open(get_testdata_file(name, download=False), "rb").read()


REFUSED = {
    "CT": (sample("CT_small.dcm"), "a CT image"),
    "MR": (sample("MR_small.dcm"), "an MR image"),
    "MR, truncated": (sample("MR_truncated.dcm"), "an MR image"),
    "SR": (sample("reportsi.dcm"), "a structured report"),
    "radiotherapy": (sample("rtplan.dcm"), "a radiotherapy plan"),
    "ECG": (sample("waveform_ecg.dcm"), "an ECG"),
    "ultrasound": (lambda: dicom(FILM, modality="US"), "an ultrasound image"),
    "PDF": (lambda: dicom(FILM, modality="DOC", SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1"), "a PDF document"),
    "PDF called OT": (lambda: dicom(FILM, modality="OT", SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1"), "PDF"),
    "capture of a CT": (lambda: dicom(FILM, modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.7"), "a CT image"),
    "directory": (sample("dicomdirtests/DICOMDIR"), "directory of a DICOM disc"),
    "something else": (lambda: dicom(FILM, modality="ZZ"), "neither a radiograph"),
    "no picture": (lambda: file_of(without(dataset(FILM), "PixelData")), "no picture"),
    "two frames": (lambda: dicom(np.concatenate([FILM] * 2), NumberOfFrames=2, Rows=512), "2 pictures"),
    "lateral": (lambda: dicom(FILM, ViewPosition="LL"), "side view"),
    "lateral by code": (lambda: dicom(FILM, ViewCodeSequence=coded("399067008")), "side view"),
    "lateral by orientation": (lambda: dicom(FILM, PatientOrientation=["A", "F"]), "side view"),
    "oblique": (lambda: dicom(FILM, ViewPosition="RAO"), "oblique view"),
    "32 bits": (lambda: dicom(DEEP, BitsAllocated=32, BitsStored=32, Columns=112), "32 bits"),
    "half the rows": (lambda: dicom(FILM, Rows=256), "do not agree"),
    "twice the rows": (lambda: dicom(FILM, Rows=1024), "ends before its picture"),
    "gigapixels": (lambda: dicom(FILM, Rows=65000, Columns=65000), "64 million"),
    "no rows": (lambda: file_of(without(dataset(FILM), "Rows")), "no picture"),
    "colours of 16 bits": (lambda: dicom(np.stack([FILM] * 3, 2), modality="OT", BitsAllocated=16, BitsStored=16,
                                         Columns=112), "colours"),
    "lying codestream": (encapsulated_size_lie, "do not agree"),
    "deflated bomb": (deflated_bomb, "more than a film can hold"),
    "bomb of items": (nested_bomb, "far more entries"),
    "black": (lambda: dicom(np.zeros_like(FILM)), "all black"),
}


def without(made: Dataset, keyword: str) -> Dataset:
    delattr(made, keyword)
    return made


def coded(value: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "Lateral projection"
    return Sequence([item])


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_frontal_film_is_refused_with_a_sentence(kind):
    make, part = REFUSED[kind]
    content = make()
    started = time.process_time()
    with pytest.raises(ImageError) as refusal:
        read_radiograph(content)
    sentence = str(refusal.value)
    assert part in sentence and sentence.endswith(".") and "\n" not in sentence
    assert time.process_time() - started < 2
    assert not any(planted in sentence for planted in PLANTED)


def test_a_decoder_that_hangs_or_dies_is_a_sentence(monkeypatch, tmp_path):
    content = dicom(FILM, RLELossless)
    (tmp_path / "decode_frame.py").write_text("import time; time.sleep(60)")
    monkeypatch.setattr(dicom_pixels, "DECODER", tmp_path / "decode_frame.py")
    monkeypatch.setattr(dicom_pixels, "LONGEST_DECODE", 0.5)
    with pytest.raises(ImageError, match="cannot be decoded"):
        read_radiograph(content)
    (tmp_path / "decode_frame.py").write_text("import os; os.abort()")
    with pytest.raises(ImageError, match="cannot be decoded"):
        read_radiograph(content)


@pytest.mark.parametrize(("name", "shape"), [("RG1", (1955, 1841)), ("RG3", (1760, 1760))])
def test_real_films_are_read_alike_in_every_encoding(name, shape):
    """Computed radiographs that come with pydicom-data: no spines, but written by real machines."""
    plain, packed = (read_radiograph(sample(f"{name}_{form}.dcm")()) for form in ("UNCR", "J2KR"))
    assert plain.shape == shape and plain.patient_left == "right" and "MONOCHROME1" in plain.notes[0]
    np.testing.assert_array_equal(plain.pixels, packed.pixels)
    assert plain.notes == packed.notes


def test_files_without_a_preamble_are_read():
    content = dicom(FILM)
    same_picture(content[132:])
    meta = 12 + pydicom.dcmread(io.BytesIO(content)).file_meta.FileMetaInformationGroupLength
    same_picture(content[132 + meta :])


def test_no_tag_of_the_patient_is_kept_or_logged(caplog, recwarn):
    caplog.set_level(logging.DEBUG)
    film = read_radiograph(dicom(FILM, PatientOrientation=["R", "F"], StudyDate="not a date", PatientAge="x" * 99))
    said = f"{film!r} {film.notes} {caplog.text} {[str(warning.message) for warning in recwarn]}"
    assert not any(planted in said for planted in PLANTED) and "not a date" not in said


def test_sizes_in_codestreams():
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x02\x00\x00\xe0\x01\x01\x11\x00"
    assert codestream_size(jpeg) == (512, 224)
    assert codestream_size(b"\x00\x00\x00\x01") is None
    with pytest.raises(ImageError):
        codestream_size(b"\xff\xd8\xff\xd9" + bytes(20))
