"""What the tags of a DICOM object say: whether it is a frontal film, how it stands, how large a pixel is.

DICOM PS3.3: C.7.6.1.1.1 (patient orientation), 10.7 (pixel spacing), C.8.11.1 (DX series), C.8.7.10 (view).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from ..core.errors import ImageError
from ..core.hanging import Side
from .limits import check_size

FACT_TAGS = (
    "SOPClassUID", "Modality", "ViewPosition", "ViewCodeSequence", "PatientOrientation", "Laterality",
    "ImageLaterality", "PixelSpacing", "PixelSpacingCalibrationType", "ImagerPixelSpacing",
    "NominalScannedPixelSpacing", "EstimatedRadiographicMagnificationFactor",
)

_RADIOGRAPHS = {"CR", "DX", "RF", "RG", "DR"}
_CAPTURES = {"OT", "SC", "XC", ""}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_OTHERS = {
    "CT": "a CT image", "MR": "an MR image", "US": "an ultrasound image", "NM": "a nuclear medicine image",
    "PT": "a PET image", "MG": "a mammogram", "XA": "an angiogram", "IO": "a dental film", "PX": "a dental film",
    "SR": "a structured report", "KO": "a list of chosen images", "PR": "a presentation state", "ECG": "an ECG",
    "DOC": "a document", "SEG": "a segmentation", "RTSTRUCT": "a radiotherapy plan", "RTPLAN": "a radiotherapy plan",
    "RTDOSE": "a radiotherapy dose", "RTIMAGE": "a radiotherapy image", "OP": "a photograph", "ES": "a photograph",
    "BMD": "a bone density measurement",
}
_OTHER_CLASSES = {
    "1.2.840.10008.1.3.10": "the directory of a DICOM disc",
    "1.2.840.10008.5.1.4.1.1.104.1": "a PDF document",
    "1.2.840.10008.5.1.4.1.1.104.2": "a document",
    "1.2.840.10008.5.1.4.1.1.88": "a structured report",
    "1.2.840.10008.5.1.4.1.1.11": "a presentation state",
}
_SIDEVIEWS = {"LL", "RL", "LLD", "RLD", "LATERAL", "LAT", "LT LATERAL", "RT LATERAL", "LEFT LATERAL", "RIGHT LATERAL"}
_OBLIQUES = {"LAO", "RAO", "LPO", "RPO", "LLO", "RLO", "OBLIQUE", "OBL"}
_SIDEVIEW_CODES = {"399067008", "399173006", "399198007", "R-10232", "R-10236", "R-10204"}  # SNOMED CT, SRT
_LEAST_MM, _MOST_MM = 0.02, 3.0
_SQUARE = 0.01
"""Pixels whose sides differ by more than this share are stretched to squares before anything is measured."""


@dataclass(frozen=True)
class Standing:
    """How the pixels must be moved so that the head is up and the patient's left on the right of the film.

    transposed first, then mirrored (left-right) and turned over (top-bottom). patient_left: afterwards, None: unknown.
    """

    transposed: bool = False
    mirrored: bool = False
    turned_over: bool = False
    patient_left: Side | None = None


def check_is_film(tags: Dataset) -> None:
    """Raises ImageError for what is no radiograph, a side view, or more than one frame."""
    modality = _word(tags, "Modality")
    kind = _word(tags, "SOPClassUID") or _word(tags.file_meta, "MediaStorageSOPClassUID")
    other = next((name for uid, name in _OTHER_CLASSES.items() if kind == uid or kind.startswith(f"{uid}.")), None)
    other = other or _OTHERS.get(modality)
    if other:
        raise ImageError(f"This DICOM file is {other}, not a radiograph: choose the frontal film of the spine.")
    captured = kind.startswith(_SECONDARY_CAPTURE) or not kind
    if modality not in _RADIOGRAPHS and not (modality in _CAPTURES and captured):
        raise ImageError("This DICOM file is neither a radiograph (CR, DX, RF) nor a capture of one: choose another.")
    if "PixelData" not in tags:
        raise ImageError("This DICOM file holds no picture: choose the frontal film of the spine.")
    frames = _number(tags, "NumberOfFrames")
    if frames and frames > 1:
        raise ImageError(f"This DICOM file holds {frames:.0f} pictures: export the one frontal film by itself.")
    _check_view(tags)


def standing(tags: Dataset) -> Standing:
    """From the patient orientation; raises ImageError where that is a side view."""
    value = tags.get("PatientOrientation")
    directions = [str(part).strip().upper()[:1] for part in value] if isinstance(value, MultiValue) else []
    if len(directions) != 2 or not all(directions):
        return Standing()
    across, down = directions
    if {across, down} & {"A", "P"} and {across, down} & {"H", "F"}:
        raise ImageError("The tags of this DICOM film say that it is a side view: only frontal films can be measured.")
    transposed = across in "HF" and down in "LR"
    across, down = (down, across) if transposed else (across, down)
    if across not in "LR" or down not in "HF":
        return Standing()
    return Standing(transposed, mirrored=across == "R", turned_over=down == "H", patient_left="right")


def turned_upright(grey: np.ndarray, scale: tuple[float, float] | None, stance: Standing
                   ) -> tuple[np.ndarray, tuple[float, float] | None, tuple[str, ...]]:
    """Pixels and spacing as the stance asks, and sentences on what was done."""
    if stance.transposed:
        grey, scale = grey.T, scale and scale[::-1]
    if stance.mirrored:
        grey = grey[:, ::-1]
    if stance.turned_over:
        grey = grey[::-1]
    if stance.patient_left is None:
        return grey, scale, ()
    steps = (("turned", stance.transposed), ("mirrored", stance.mirrored), ("turned over", stance.turned_over))
    done = " and ".join(word for word, needed in steps if needed)
    said = f"The film was {done} as its tags say: " if done else "By the tags "
    return np.ascontiguousarray(grey), scale, (f"{said}the patient's left is on the right of the film.",)


def squared(grey: np.ndarray, scale: tuple[float, float] | None
            ) -> tuple[np.ndarray, tuple[float, float] | None, tuple[str, ...]]:
    """Stretch pixels that are not square, or no angle measured on them would be true."""
    if scale is None or abs(scale[0] / scale[1] - 1) <= _SQUARE:
        return grey, scale, ()
    side = min(scale)
    size = (round(grey.shape[1] * scale[1] / side), round(grey.shape[0] * scale[0] / side))
    check_size(*size)
    return (cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), (side, side),
            ("The film's pixels are not square: it was stretched until they were.",))


def spacing(tags: Dataset) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Millimetres per pixel (row, column), and a sentence on where they are true."""
    patient, detector, scanned = (
        _pair(tags, name) for name in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"))
    sentences = ["A pixel spacing that no film has (such as 0 or 1 mm) was ignored."] if None in (
        _pair(tags, name) for name in ("PixelSpacing", "ImagerPixelSpacing") if name in tags) else []
    if patient and (_word(tags, "PixelSpacingCalibrationType") or (detector and not np.allclose(patient, detector))):
        return patient, (*sentences, "Millimetres are calibrated to the patient (PixelSpacing).")
    if detector:
        magnified = _number(tags, "EstimatedRadiographicMagnificationFactor")
        if magnified and 1 < magnified < 2.5:
            scale = (detector[0] / magnified, detector[1] / magnified)
            return scale, (*sentences, f"Millimetres are those at the detector over the magnification {magnified:.2f}.")
        return detector, (*sentences, "Millimetres are those at the detector, so a little more than in the patient.")
    if patient or scanned:
        return patient or scanned, (*sentences, "Millimetres by the file's pixel spacing, not known to be calibrated.")
    return None, tuple(sentences)


def _check_view(tags: Dataset) -> None:
    view = _word(tags, "ViewPosition")
    codes = tags.get("ViewCodeSequence") or []
    if view in _SIDEVIEWS or any(_word(item, "CodeValue") in _SIDEVIEW_CODES for item in codes):
        raise ImageError(
            "The tags of this DICOM film call it a side view, and only frontal films (AP, PA) can be measured: "
            "if the tags are wrong, export the film as PNG."
        )
    if view in _OBLIQUES:
        raise ImageError(
            "The tags of this DICOM film call it an oblique view, and only frontal films (AP, PA) can be measured: "
            "if the tags are wrong, export the film as PNG."
        )


def _word(tags: Dataset, name: str) -> str:
    value = tags.get(name)
    return str(value).strip().upper() if value is not None else ""


def _number(tags: Dataset, name: str) -> float | None:
    try:
        return float(tags.get(name))
    except (TypeError, ValueError, OverflowError):
        return None


def _pair(tags: Dataset, name: str) -> tuple[float, float] | None:
    """A spacing, where it is one that a film can have."""
    value = tags.get(name)
    try:
        row, column = (float(part) for part in value)
    except (TypeError, ValueError, OverflowError):
        return None
    sound = all(_LEAST_MM <= side <= _MOST_MM for side in (row, column)) and (row, column) != (1, 1)  # a placeholder
    return (row, column) if sound else None
