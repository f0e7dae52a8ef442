"""One film in twelve encodings: the recommended model reads the same curves from each."""

import io

import numpy as np
import pytest
from dicom_samples import COMPRESSED, PLAIN_SYNTAXES, compressed, dicom
from PIL import Image

from spine_models.core.cobb import measure_curves
from spine_models.core.errors import ModelError
from spine_models.imaging.load import read_radiograph
from spine_models.imaging.phantom import CurveSpec, SpineShape, phantom
from spine_models.zoo import recommended_model

MOST_DEGREES = 0.1
FILM, _ = phantom(SpineShape((CurveSpec("T8", 30, "left"), CurveSpec("L2", 20, "right"))), seed=11, size=(1024, 448))


def picture(array: np.ndarray, form: str, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, form, **options)
    return out.getvalue()


def encodings(folder) -> dict[str, bytes]:
    deep = FILM.astype(np.uint16) * 257
    return {
        "PNG": picture(FILM, "PNG"),
        "PNG, 16 bits": picture(deep, "PNG"),
        "PNG, colour": picture(np.stack([FILM] * 3, axis=2), "PNG"),
        "JPG, best quality": picture(FILM, "JPEG", quality=100),
        "TIFF": picture(FILM, "TIFF"),
        "TIFF, 16 bits, LZW": picture(deep, "TIFF", compression="tiff_lzw"),
        "DICOM": dicom(FILM),
        "DICOM, 12 bits, MONOCHROME1": dicom(4095 - (deep >> 4), stored=12, PhotometricInterpretation="MONOCHROME1"),
        "DICOM, signed, window": dicom((deep.astype(np.int32) - 32768).astype(np.int16), RescaleSlope=1,
                                       RescaleIntercept=32768, WindowCenter=32768, WindowWidth=65536),
        "DICOM, deflated": dicom(FILM, PLAIN_SYNTAXES["deflated"]),
        "DICOM, JPEG lossless": compressed(dicom(deep), COMPRESSED["jpeg lossless"], folder),
        "DICOM, JPEG 2000": compressed(dicom(deep), COMPRESSED["jpeg 2000"], folder),
    }


def test_twelve_encodings_give_the_same_angles(tmp_path):
    try:
        name = recommended_model()
    except ModelError:
        pytest.skip("no model is trained yet")
    from spine_models.service.inference import predict

    films = {kind: read_radiograph(content) for kind, content in encodings(tmp_path).items()}
    angles, known = {}, {}
    for kind, film in films.items():
        pixels = film.pixels.tobytes()  # the same pixels need not be measured twice
        known[pixels] = curves = known.get(pixels) or measure_curves(predict(film, name).landmarks)
        angles[kind] = [(curve.upper, curve.lower, curve.angle) for curve in curves]
    reference = angles["PNG"]
    assert len(angles) == 12 and reference
    for kind, found in angles.items():
        print(kind, [(upper, lower, round(angle, 3)) for upper, lower, angle in found])
        assert [curve[:2] for curve in found] == [curve[:2] for curve in reference], kind
        assert max(abs(a[2] - b[2]) for a, b in zip(found, reference)) < MOST_DEGREES, kind
