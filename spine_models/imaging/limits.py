"""How large a picture may be, judged before one of its pixels is decoded."""

from __future__ import annotations

import numpy as np

from ..core.errors import ImageError

MAX_PIXELS = 64_000_000
MIN_SIDE = 64
LONGEST = 8.0
"""Longer over shorter side beyond which a picture is no film of a spine."""

LARGEST_FILE = 300_000_000
"""Bytes; the largest film that is read, 64 million pixels in colour, is smaller."""

TOO_LARGE = f"The picture has more than the {MAX_PIXELS // 10**6} million pixels allowed: save it smaller."

MAX_WIDE_PIXELS = 32_000_000
"""The same where a pixel takes four bytes once decoded: transparency, 32 bits, four colours, a TIFF in colour."""

TOO_LARGE_AS_SAVED = (
    f"The picture has more than the {MAX_WIDE_PIXELS // 10**6} million pixels allowed as it is saved: "
    f"save it in 8-bit or 16-bit grey (up to {MAX_PIXELS // 10**6} million), or smaller."
)

FLAT = "The picture is (nearly) all {}: check the exposure, or that this is the right file."
BLACK, GREY = "black", "in one shade of grey"


def check_shades(stored: np.ndarray) -> None:
    """Raises ImageError where pixels as stored (any shape) all have one value, before they are copied."""
    if stored.min() == stored.max():
        raise ImageError(FLAT.format(GREY if stored.flat[0] else BLACK))


def check_size(width: int, height: int) -> None:
    """Raises ImageError for a picture that is too large, too small or too long to be a film that can be measured."""
    if width * height > MAX_PIXELS:
        raise ImageError(TOO_LARGE)
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"The picture has only {width} x {height} pixels, too few to measure on "
            f"(at least {MIN_SIDE} each way): use the full-size film."
        )
    if max(width, height) > LONGEST * min(width, height):
        raise ImageError(
            f"The picture is {width} pixels wide and {height} tall, which no frontal spine film is: "
            "crop it to the trunk, from neck to pelvis."
        )
