"""Small files that promise, or unpack to, far more than a film."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pydicom
from dicom_samples import dataset, file_of, stored_as
from PIL import Image
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

FILM = np.tile(np.arange(224, dtype=np.uint8), (512, 1))


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises width x height grey pixels and holds a hundred zero bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def tiff_bomb() -> bytes:
    """68 million pixels in a few kilobytes."""
    out = io.BytesIO()
    Image.new("1", (8000, 8500)).save(out, "TIFF", compression="group4")
    return out.getvalue()


def encapsulated_size_lie() -> bytes:
    """A JPEG 2000 codestream that says 60,000 by 60,000 in a file that says 512 by 224."""
    made = dataset(FILM)
    stream = b"\xff\x4f\xff\x51\x00\x29\x00\x00"
    stream += struct.pack(">8I", 60000, 60000, 0, 0, 60000, 60000, 0, 0) + bytes(99)
    made.PixelData = pydicom.encaps.encapsulate([stream])
    made["PixelData"].is_undefined_length = True
    return stored_as(made, JPEG2000Lossless)


def deflated_bomb() -> bytes:
    head = file_of(dataset(FILM), DeflatedExplicitVRLittleEndian)
    head = head[: 132 + 12 + pydicom.dcmread(io.BytesIO(head)).file_meta.FileMetaInformationGroupLength]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    element = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 200_000_000)
    return head + b"".join(squeeze.compress(part) for part in [element, *[bytes(10**6)] * 200]) + squeeze.flush()


def nested_bomb() -> bytes:
    """A million empty items in a private sequence, which only deflate makes small."""
    head = file_of(dataset(FILM), DeflatedExplicitVRLittleEndian)
    head = head[: 132 + 12 + pydicom.dcmread(io.BytesIO(head)).file_meta.FileMetaInformationGroupLength]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    sequence = struct.pack("<HH2sHI", 0x0009, 0x1010, b"SQ", 0, 0xFFFFFFFF)
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 100_000
    return head + b"".join(squeeze.compress(part) for part in [sequence, *[items] * 10]) + squeeze.flush()


def rle_bomb() -> bytes:
    """Runs that unpack to 64 times the file, forty times the picture that the header says."""
    made = dataset(FILM)
    runs = bytes([129, 7]) * (40 * FILM.size // 128)
    made.PixelData = pydicom.encaps.encapsulate([struct.pack("<16I", 1, 64, *[0] * 14) + runs])
    made["PixelData"].is_undefined_length = True
    return stored_as(made, RLELossless)


def black(mode: str, form: str, megapixels: int = 64, **options) -> bytes:
    """A picture of nothing, 8000 pixels tall, in a small file."""
    out = io.BytesIO()
    Image.new(mode, (megapixels * 125, 8000)).save(out, form, **options)
    return out.getvalue()


def cut_off(content: bytes) -> bytes:
    return content[: len(content) * 9 // 10]


BOMBS = {
    "png": lambda: png_header(60000, 60000),
    "png just too large": lambda: png_header(8000, 8125),
    "tiff": tiff_bomb,
    "jpeg 2000": encapsulated_size_lie,
    "deflated": deflated_bomb,
    "items": nested_bomb,
    "run lengths": rle_bomb,
}
BLACK = {
    "grey png": lambda: black("L", "PNG"),
    "16-bit png": lambda: black("I;16", "PNG"),
    "colour png": lambda: black("RGB", "PNG"),
    "colour png cut off": lambda: cut_off(black("RGB", "PNG")),
    "transparent png": lambda: black("RGBA", "PNG"),
    "transparent png just small enough": lambda: black("RGBA", "PNG", 32),
    "colour jpeg": lambda: black("RGB", "JPEG"),
    "colour jpeg cut off": lambda: cut_off(black("RGB", "JPEG")),
    "four-colour jpeg": lambda: black("CMYK", "JPEG"),
    "colour tiff": lambda: black("RGB", "TIFF", compression="tiff_lzw"),
    "colour tiff just small enough": lambda: black("RGB", "TIFF", 32, compression="tiff_lzw"),
    "float tiff": lambda: black("F", "TIFF", compression="tiff_adobe_deflate"),
    "float tiff just small enough": lambda: black("F", "TIFF", 32, compression="tiff_adobe_deflate"),
    "dicom": lambda: file_of(dataset(np.zeros((8000, 4500), np.uint8))),
}
"""Large films that show nothing, or end too soon."""
