"""The pixels of a DICOM film: sizes checked against the header, decoded, brought to grey values as they are meant.

Compressed pixels are decoded by a program of their own (``decode_frame``) within limits of time and memory: the
decoders are C++ libraries, and a picture made to break one must not take the app with it.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, as_pixel_options, get_decoder
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ..core.errors import ImageError
from .limits import check_shades, check_size

PIXEL_TAGS = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData", "RescaleSlope", "RescaleIntercept",
    "ModalityLUTSequence", "VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
)
LARGEST_FILE = 140_000_000
"""Bytes: the 64 million pixels of 16 bits that a film may have, and a header."""

_LARGEST_TABLE = 1_000_000
DECODER = Path(__file__).with_name("decode_frame.py")
LONGEST_DECODE = 60
"""Seconds on the clock, also on a busy computer; ``decode_frame`` limits its processor time itself."""

_PADDING = 4096
"""Bytes that may follow the pixels."""

_DISAGREE = "The header of this DICOM film and its pixels do not agree in size: export the film again."
_UNREADABLE = "The compressed pixels of this DICOM film cannot be decoded: export it uncompressed, or as PNG."
_GREYS = ("MONOCHROME1", "MONOCHROME2")
_COLOURS = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


def grey_pixels(tags: Dataset) -> tuple[np.ndarray, list[str]]:
    """float32 (H, W), bright where the film is meant to be bright, and what was done; raises ImageError."""
    _check_header(tags)
    syntax = tags.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        implicit, little = tags.original_encoding
        syntax = tags.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian)
    stored = _decoded(tags) if syntax.is_encapsulated else _plain(tags)
    if stored.shape[:2] != (tags.Rows, tags.Columns) or stored.ndim != (2 if tags.SamplesPerPixel == 1 else 3):
        raise ImageError(_DISAGREE)
    if tags.PhotometricInterpretation == "PALETTE COLOR":
        stored = apply_color_lut(stored, tags)[..., :3]
    if stored.ndim == 3:
        return stored @ np.array([0.299, 0.587, 0.114], np.float32), []
    return _as_meant(stored, tags)


def _check_header(tags: Dataset) -> None:
    rows, columns, samples = (int(tags.get(name) or 0) for name in ("Rows", "Columns", "SamplesPerPixel"))
    bits, stored = int(tags.get("BitsAllocated") or 0), int(tags.get("BitsStored") or 0)
    kind = str(tags.get("PhotometricInterpretation") or "")
    if not rows or not columns:
        raise ImageError("This DICOM file holds no picture: choose the frontal film of the spine.")
    check_size(columns, rows)
    if kind not in (*_GREYS, *_COLOURS) or samples not in (1, 3) or (samples == 3 and bits != 8):
        raise ImageError("The DICOM film stores its colours in a way that is not read: export the film as PNG.")
    if bits not in (8, 16) or not 1 < stored <= bits:
        raise ImageError(f"The DICOM film has {stored} of {bits} bits a pixel, and 8 to 16 are read: export it as PNG.")
    for name in ("ModalityLUTSequence", "VOILUTSequence"):
        if name in tags and len(getattr(tags.get_item(name), "value", b"") or b"") > _LARGEST_TABLE:
            raise ImageError("The DICOM film carries a table of grey values far too long: export the film as PNG.")


def _plain(tags: Dataset) -> np.ndarray:
    expected, found = get_expected_length(tags), len(tags.PixelData)
    if found < expected:
        raise ImageError("The DICOM file ends before its picture does: copy or export the film again.")
    if found > expected + expected % 2 + _PADDING:
        raise ImageError(_DISAGREE)
    check_shades(np.frombuffer(tags.PixelData, f"u{tags.BitsAllocated // 8}", expected * 8 // tags.BitsAllocated))
    return get_decoder(tags.file_meta.TransferSyntaxUID).as_array(tags)[0]


def _decoded(tags: Dataset) -> np.ndarray:
    """Compressed pixels, in a process of their own."""
    size = codestream_size(get_frame(tags.PixelData, 0, number_of_frames=1))
    if size is not None and size != (tags.Rows, tags.Columns):
        raise ImageError(_DISAGREE)
    options = as_pixel_options(tags) | {"number_of_frames": 1, "pixel_keyword": "PixelData"}
    options["transfer_syntax_uid"] = str(tags.file_meta.TransferSyntaxUID)
    try:
        done = subprocess.run([sys.executable, "-I", str(DECODER)], input=_message(options, tags.PixelData),
                              capture_output=True, timeout=LONGEST_DECODE, check=True)
        return np.load(io.BytesIO(done.stdout), allow_pickle=False)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise ImageError(_UNREADABLE) from error


def _message(options: dict, pixels: bytes) -> bytes:
    return json.dumps({name: value for name, value in options.items() if name != "extended_offsets"},
                      default=int).encode() + b"\n" + pixels


def codestream_size(frame: bytes) -> tuple[int, int] | None:
    """(rows, columns) in the compressed picture's own header: JPEG, JPEG-LS or JPEG 2000; None for another kind."""
    if frame[:4] == b"\xff\x4f\xff\x51":  # SOC, SIZ: sizes from the origin of the grid
        right, lower, left, upper = (int.from_bytes(frame[at : at + 4], "big") for at in (8, 12, 16, 20))
        return lower - upper, right - left
    if frame[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            return int.from_bytes(frame[at + 5 : at + 7], "big"), int.from_bytes(frame[at + 7 : at + 9], "big")
        else:
            at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    raise ImageError(_UNREADABLE)


def _as_meant(stored: np.ndarray, tags: Dataset) -> tuple[np.ndarray, list[str]]:
    """Modality LUT, VOI LUT or window and polarity, worked out for each grey value that occurs and looked up."""
    low, high = int(stored.min()), int(stored.max())
    values, notes = np.arange(low, high + 1, dtype=np.int32), []
    table = apply_modality_lut(values, tags).astype(np.float64)
    shown = _windowed(table, tags)
    if shown is None:
        shown = table
        notes.append("The window in the tags of this film shows nothing: its whole range of greys is used.")
    if tags.PhotometricInterpretation == "MONOCHROME1":
        shown = -shown
        notes.append("The film is stored with dark bone (MONOCHROME1): it has been inverted.")
    if (padding := tags.get("PixelPaddingValue")) is not None:
        limit = tags.get("PixelPaddingRangeLimit", padding)
        shown[(values >= min(padding, limit)) & (values <= max(padding, limit))] = shown.min()
    unsigned = stored.dtype.str.replace("i", "u")  # signed pixels are looked up by their bits, with no copy of the film
    by_bits = np.zeros(256**stored.itemsize, np.float32)
    by_bits[values.astype(stored.dtype).view(unsigned)] = shown
    return by_bits[stored.view(unsigned)], notes


def _windowed(table: np.ndarray, tags: Dataset) -> np.ndarray | None:
    """None where the window, or the table in its place, is not valid or leaves a single shade of grey."""
    whole = np.rint(table).astype(np.int64) if tags.get("VOILUTSequence") else table
    try:
        shown = np.asarray(apply_voi_lut(whole, tags), np.float64)
    except (ValueError, TypeError, AttributeError, IndexError, NotImplementedError, OverflowError):
        return None
    return shown if np.isfinite(shown).all() and np.ptp(shown) > 0 else None
