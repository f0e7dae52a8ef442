"""A DICOM file to grey pixels, upright and bone bright, with what its tags say about scale and sides.

Read are computed and digital radiographs and secondary captures of them, one frame, 8 to 16 bits. Rows, columns and the
size of the compressed picture are checked before a pixel is decoded. Only the tags named in ``_WANTED`` are parsed; no
tag of the patient is among them, and none is kept, logged or shown.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

import numpy as np
import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from ..core.errors import ImageError
from ..core.hanging import Side
from .dicom_pixels import LARGEST_FILE, PIXEL_TAGS, grey_pixels
from .dicom_tags import FACT_TAGS, check_is_film, spacing, squared, standing, turned_upright

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE  # its warnings quote the values of tags

_WANTED = [tag_for_keyword(name) for name in (*PIXEL_TAGS, *FACT_TAGS)]
_MOST_READS = 60_000
"""Reads from the file before it is refused: a film takes some hundreds, with long compressed pixels up to
20,000; a bomb of nested sequences takes millions."""

_DAMAGED = "The DICOM file is damaged or incomplete: export the film again."
_BARE_STARTS = (b"\x02\x00", b"\x08\x00")  # groups 0002 and 0008, the first ones of a file


@dataclass(frozen=True, eq=False)
class DicomFilm:
    """grey: (H, W) float32, any range, upright, bone bright as far as the tags know. pixel_spacing_mm: (row, column).

    patient_left: the side of the film on which the patient's left is, None where the tags do not say.
    notes: sentences for the user on what was done.
    """

    grey: np.ndarray
    pixel_spacing_mm: tuple[float, float] | None
    patient_left: Side | None
    notes: tuple[str, ...]


def is_dicom(content: bytes) -> bool:
    """Whether these bytes begin like a DICOM file, also like one without the preamble, as old exports are."""
    if content[128:132] == b"DICM":
        return True
    return content[:2] in _BARE_STARTS and content[3:4] == b"\0"


def read_dicom(content: bytes) -> DicomFilm:
    """Raises ImageError, one sentence, for anything that is no frontal film; other exceptions for damaged files."""
    dataset = _dataset(content)
    check_is_film(dataset)
    stance = standing(dataset)
    grey, notes = grey_pixels(dataset)
    scale, said = spacing(dataset)
    grey, scale, turned = turned_upright(grey, scale, stance)
    grey, scale, stretched = squared(grey, scale)
    return DicomFilm(grey, scale, stance.patient_left, (*notes, *turned, *stretched, *said))


def _dataset(content: bytes) -> Dataset:
    """The wanted tags, with a file meta that names how the pixels are stored."""
    file, inflated = _Counted(content), None
    meta = FileMetaDataset()
    if content[128:132] == b"DICM":
        file.seek(132)
        meta = FileMetaDataset(read_dataset(file, False, True, stop_when=lambda tag, *_: tag >> 16 != 2))
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            inflated = _inflated(content[file.tell() :])
        file.seek(0)
    if inflated is None:
        dataset = pydicom.dcmread(file, force=True, specific_tags=_WANTED)
    else:
        dataset = read_dataset(_Counted(inflated), False, True, specific_tags=_WANTED)
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta = meta
    return dataset


def _inflated(deflated: bytes) -> bytes:
    """Counted before it is kept: a file of a hundred kilobytes may stand for gigabytes."""
    counter, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, deflated
    while rest and not counter.eof:
        size += len(counter.decompress(rest, 1 << 20))
        rest = counter.unconsumed_tail
        if size > LARGEST_FILE:
            raise ImageError("The DICOM file unpacks to more than a film can hold: export it without compression.")
    if not counter.eof:
        raise ImageError(_DAMAGED)
    return zlib.decompress(deflated, -zlib.MAX_WBITS)


class _Counted(io.BytesIO):
    """A file that refuses to be read in endless little pieces."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > _MOST_READS:
            raise ImageError("The DICOM file holds far more entries than a film does: export the film again.")
        return super().read(size)
