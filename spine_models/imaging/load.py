"""Read a film's file into a Radiograph: DICOM, JPG, PNG, TIFF, 1 to 32 bits, grey, colour or palette.

The grey scale: the darkest 0.5 % of the pixels become 0, the brightest 0.5 % become 1, linear in between; then a film
with dark bone is inverted. The number of pixels is judged from the header, before one is decoded.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..core.errors import ImageError
from ..core.radiograph import Radiograph
from .dicom import is_dicom, read_dicom
from .limits import BLACK, FLAT, GREY, LARGEST_FILE, MAX_WIDE_PIXELS, TOO_LARGE, TOO_LARGE_AS_SAVED, check_size
from .polarity import is_inverted

_HUGE_FILE = f"The file is larger than {LARGEST_FILE // 10**6} MB, which no film of a spine is: choose the film itself."
_DAMAGED = "The file is damaged or incomplete: export or copy the film again."
_FORMATS = ("JPEG", "PNG", "TIFF")
_ORIENTATION, _BITS, _SAMPLE_FORMAT = 0x0112, 258, 339  # EXIF and TIFF tags
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")  # .convert("L") would clip these to white
_SAMPLES = 250_000


def read_radiograph(source: bytes | Path) -> Radiograph:
    """Read a film from its bytes or its path.

    Raises ImageError, one sentence on what is wrong and what to do, for anything that is not a measurable film.
    """
    content = _content(source)
    try:
        grey, facts = _from_dicom(content) if is_dicom(content) else _from_picture(content)
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError("The film is too large for this computer's memory: save it with fewer pixels.") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, EOFError, ...
        raise ImageError(_DAMAGED) from error
    pixels = _scale(grey)
    if is_inverted(pixels):
        np.subtract(1, pixels, out=pixels)
        facts["notes"] = (*facts["notes"], "Bone was dark on this film: it has been inverted.")
    pixels.setflags(write=False)
    return Radiograph(pixels, hashlib.sha256(content).hexdigest(), **facts)


def _from_dicom(content: bytes) -> tuple[np.ndarray, dict]:
    """Grey pixels and the facts for the Radiograph."""
    film = read_dicom(content)
    return film.grey, {"pixel_spacing_mm": film.pixel_spacing_mm, "patient_left": film.patient_left,
                       "notes": film.notes}


def _from_picture(content: bytes) -> tuple[np.ndarray, dict]:
    """The same of a JPG, PNG or TIFF."""
    picture = _open(content)
    check_size(*picture.size)
    _check_numbers(picture)
    _grey_range(_glance(picture, content))  # a black picture is refused before it is copied
    grey, notes = _decode(picture)
    return grey, {"notes": tuple(notes)}


def _glance(picture: Image.Image, content: bytes) -> np.ndarray:
    """Grey pixels of a small copy. Raises ImageError where decoding takes more memory than is spent on a refusal."""
    if _is_wide(picture) and picture.width * picture.height > MAX_WIDE_PIXELS:
        if picture.format == "TIFF" or picture.mode != "RGB" or picture.has_transparency_data:
            raise ImageError(TOO_LARGE_AS_SAVED)
        small = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)  # colour is never held
        if small is None:
            raise ImageError(_DAMAGED)
        return small
    if picture.format == "TIFF":
        picture = _open(content)  # Pillow forgets how a TIFF is to be turned once it has been decoded
    scale = max(int((picture.width * picture.height / _SAMPLES) ** 0.5), 1)
    return _grey(picture.resize((picture.width // scale, picture.height // scale), Image.Resampling.NEAREST))


def _is_wide(picture: Image.Image) -> bool:
    """Whether Pillow holds it in four bytes a pixel."""
    return len(picture.getbands()) > 1 or picture.mode in ("I", "F")


def _content(source: bytes | Path) -> bytes:
    if isinstance(source, Path):
        try:
            if source.stat().st_size > LARGEST_FILE:
                raise ImageError(_HUGE_FILE)
            source = source.read_bytes()
        except FileNotFoundError as error:
            raise ImageError(f"There is no file {source.name}: check the path.") from error
        except OSError as error:
            raise ImageError(f"The file {source.name} cannot be read: {error.strerror}.") from error
    if not source:
        raise ImageError("The file is empty: export the film again.")
    if len(source) > LARGEST_FILE:
        raise ImageError(_HUGE_FILE)
    return source


def _open(content: bytes) -> Image.Image:
    """Read the header only."""
    try:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(TOO_LARGE) from error
    except UnidentifiedImageError as error:
        raise ImageError("The file is no DICOM, JPG, PNG or TIFF (up to 32 bits): export the film as PNG.") from error
    except Exception as error:  # broken headers raise what they like
        raise ImageError("The file is damaged at its beginning: export or copy the film again.") from error


def _check_numbers(picture: Image.Image) -> None:
    """Refuse two rare TIFF number types that Pillow decodes with wrapped grey values, without a word."""
    tags = getattr(picture, "tag_v2", {})
    bits, signed = tags.get(_BITS, (8,))[0], tags.get(_SAMPLE_FORMAT, (1,))[0] == 2
    if (bits == 8 and signed) or (bits == 32 and picture.mode == "I" and not signed):
        raise ImageError("The TIFF stores its grey values in a rare number type: export the film as 16-bit PNG.")


def _orientation(picture: Image.Image) -> int:
    """EXIF orientation (1 is upright). Of a PNG, Pillow decodes the pixels for it: check their number first."""
    return picture.getexif().get(_ORIENTATION, 1)


def _decode(picture: Image.Image) -> tuple[np.ndarray, list[str]]:
    """Grey pixels (H, W), any number type, upright; and what was done to them."""
    notes = []
    if getattr(picture, "n_frames", 1) > 1:
        notes.append(f"The file holds {picture.n_frames} pictures: the first one is used.")
    if 2 <= _orientation(picture) <= 8:
        notes.append("The film was turned upright as its EXIF orientation says.")
        picture = ImageOps.exif_transpose(picture)
    return _grey(picture), notes


def _grey(picture: Image.Image) -> np.ndarray:
    if picture.mode in _DEEP_MODES:
        return np.asarray(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, (0, 0, 0, 255)), picture)
    return np.asarray(picture.convert("L"))


def _grey_range(grey: np.ndarray) -> tuple[float, float]:
    """The grey values that become 0 and 1, from a sample; raises ImageError where they are (nearly) the same."""
    step = max(int((grey.size / _SAMPLES) ** 0.5), 1)
    sample = grey[::step, ::step].astype(np.float64)
    finite = sample[np.isfinite(sample)]
    low, high = np.percentile(finite, [0.5, 99.5]) if finite.size else (0.0, 0.0)
    if not high - low > _least_contrast(grey.dtype, low, high):
        raise ImageError(FLAT.format(BLACK if high <= (0 if grey.dtype.kind == "f" else 8) else GREY))
    return low, high


def _scale(grey: np.ndarray) -> np.ndarray:
    """Stretch the contrast to float32 in [0, 1]; raises ImageError when there is none."""
    low, high = _grey_range(grey)
    pixels = grey.astype(np.float32)
    pixels -= np.float32(low)
    pixels *= np.float32(1 / (high - low))
    if grey.dtype.kind == "f":
        np.nan_to_num(pixels, copy=False, nan=0.0)
    return np.clip(pixels, 0, 1, out=pixels)


def _least_contrast(kind: np.dtype, low: float, high: float) -> float:
    """Grey values (floats: a share of the values themselves) that JPEG and sensor noise alone may span."""
    return 1e-4 * max(abs(low), abs(high)) if kind.kind == "f" else 7
