"""DICOM films made from a picture, and as many ways to store them as departments use."""

from __future__ import annotations

import io

import gdcm
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)

CLASSES = {"CR": "1.2.840.10008.5.1.4.1.1.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1", "RF": "1.2.840.10008.5.1.4.1.1.12.2",
           "OT": "1.2.840.10008.5.1.4.1.1.7"}
COMPRESSED = {
    "jpeg lossless": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    "jpeg-ls": gdcm.TransferSyntax.JPEGLSLossless,
    "jpeg 2000": gdcm.TransferSyntax.JPEG2000Lossless,
}
PLANTED = "Doe^Jane", "HOSPITAL-4711", "19990101"


def dataset(pixels: np.ndarray, modality: str = "DX", stored: int | None = None, **tags) -> Dataset:
    """pixels: uint8, uint16 or int16 (H, W), or uint8 (H, W, 3); tags: more of them, by keyword, or others' values."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = CLASSES.get(modality, CLASSES["OT"]), generate_uid()
    made.Modality, made.PatientName, made.PatientID, made.PatientBirthDate = modality, *PLANTED
    made.Rows, made.Columns = pixels.shape[:2]
    made.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    made.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = 8 * pixels.itemsize
    made.BitsStored = stored or made.BitsAllocated
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, int(pixels.dtype.kind == "i")
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OB" if made.BitsAllocated == 8 else "OW"
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    return made


def file_of(made: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The DICOM file of plain pixels, stored in one of the ways that pydicom writes by itself."""
    if syntax == RLELossless:
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.compress(RLELossless, encoding_plugin="pydicom")
    if syntax == ExplicitVRBigEndian and made.BitsAllocated == 16:
        made.PixelData = np.frombuffer(made.PixelData, "<u2").astype(">u2").tobytes()
    return stored_as(made, syntax)


def dicom(pixels: np.ndarray, syntax: str = ExplicitVRLittleEndian, **tags) -> bytes:
    return file_of(dataset(pixels, **tags), syntax)


def compressed(content: bytes, syntax: int, folder) -> bytes:
    """The same file with the pixels compressed by GDCM."""
    before, after = folder / "before.dcm", folder / "after.dcm"
    before.write_bytes(content)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(before))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(after))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return after.read_bytes()


PLAIN_SYNTAXES = {
    "explicit": ExplicitVRLittleEndian, "implicit": ImplicitVRLittleEndian, "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian, "rle": RLELossless,
}


def stored_as(made: Dataset, syntax: str) -> bytes:
    """The DICOM file of pixels that are compressed already."""
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = (
        made.SOPClassUID, made.SOPInstanceUID)
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()
