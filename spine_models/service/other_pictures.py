"""Pictures that are no upright frontal spine film, to try the gate on; none of them was used in training.

From packages' own samples (scikit-image and pydicom ship them), drawn here (noise, text pages, patterns, phantoms seen
from the side), and films turned upside down or on their side.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..core.errors import DataError, ImageError
from ..core.radiograph import Radiograph
from ..imaging.load import read_radiograph
from ..imaging.phantom import CurveSpec, SpineShape, View, phantom
from .provenance import REPOSITORY

Picture = tuple[str, str, Radiograph]
"""Group, name, picture as the app would read it."""

SIDEWAYS = {1: "turned left", 2: "upside down", 3: "turned right"}
_FONT = REPOSITORY / "assets" / "fonts" / "LiberationSans-Regular.ttf"
_SEED = 6


def other_pictures() -> list[Picture]:
    """Every picture that the app would read at all: a file refused by the reader needs no gate."""
    sources = {
        "photograph": _sample_photographs, "other DICOM image": _sample_dicoms, "noise": _noise, "text page": _pages,
        "pattern": _patterns, "lateral-like": _lateral, "turned phantom": _turned_phantoms,
    }  # fmt: skip
    pictures = [(group, name, film) for group, make in sources.items() for name, film in _read(make())]
    return list({film.sha256: (group, name, film) for group, name, film in pictures}.values())  # each but once


def turned(name: str, film: Radiograph, quarters: int) -> list[Picture]:
    """A film turned by quarters of a turn, read as if it had come so; none where the reader refuses its shape."""
    again = _read([(name, np.rint(np.rot90(film.pixels, quarters) * 255))])
    return [(f"film {SIDEWAYS[quarters]}", name, wrong) for name, wrong in again]


def _read(pictures) -> Iterator[tuple[str, Radiograph]]:
    for name, grey in pictures:
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(grey).astype(np.uint8)).save(file, "PNG")
        try:
            yield name, read_radiograph(file.getvalue())
        except ImageError:
            continue


def _sample_photographs() -> Iterator[tuple[str, np.ndarray]]:
    """The pictures that lie in scikit-image's own package."""
    try:
        import skimage.data
    except ImportError as error:
        raise DataError("The gate is tried on scikit-image's pictures: pip install -r requirements-dev.txt.") from error
    folder = Path(skimage.data.__file__).parent
    for path in sorted([*folder.glob("*.png"), *folder.glob("*.jpg")]):
        yield path.stem, np.asarray(Image.open(path).convert("L"))


def _sample_dicoms() -> Iterator[tuple[str, np.ndarray]]:
    """The images among the test files in pydicom's own package; of one image in many encodings only the first."""
    try:
        import pydicom
        import pydicom.data
    except ImportError as error:
        raise DataError("The gate is tried on pydicom's test files: pip install -r requirements-dev.txt.") from error
    seen = []
    for path in sorted((Path(pydicom.data.__file__).parent / "test_files").glob("*.dcm")):
        try:
            with warnings.catch_warnings(action="ignore"):
                pixels = pydicom.dcmread(path, force=True).pixel_array
        except Exception:  # many of these files are broken on purpose
            continue
        grey = np.asarray(pixels, np.float32)
        while grey.ndim > 2:
            grey = grey.mean(-1) if grey.shape[-1] in (3, 4) else grey[0]
        grey = 255 * (grey - grey.min()) / max(np.ptp(grey), 1e-6)
        small = cv2.resize(grey, (16, 16), interpolation=cv2.INTER_AREA)
        if any(np.abs(small - other).mean() < 8 for other in seen):
            continue
        seen.append(small)
        scale = max(1.0, 256 / min(grey.shape))
        yield path.stem, cv2.resize(grey, None, fx=scale, fy=scale)


def _noise() -> Iterator[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(_SEED)
    for number, size in enumerate([(800, 320), (512, 512), (900, 360), (640, 480)]):
        yield f"white noise {number}", rng.integers(0, 256, size)
    for number, grain in enumerate([4, 16, 50, 120]):
        cloud = cv2.resize(rng.standard_normal((1000 // grain + 3, 420 // grain + 3)), (400, 960),
                           interpolation=cv2.INTER_CUBIC)
        yield f"clouds {number}", 128 + 50 * np.clip(cloud, -2.5, 2.5)


def _pages() -> Iterator[tuple[str, np.ndarray]]:
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    for number, (size, points, white) in enumerate(
        [((900, 640), 14, True), ((1000, 700), 22, True), ((900, 380), 16, True), ((1100, 800), 40, True),
         ((800, 330), 12, False), ((900, 640), 18, False)]
    ):  # fmt: skip
        page = Image.new("L", size[::-1], 255 if white else 0)
        lines = textwrap.wrap(text[600 * number :], width=int(1.75 * size[1] / points))[: int(size[0] / points / 1.4)]
        ImageDraw.Draw(page).multiline_text((24, 24), "\n".join(lines), 0 if white else 255,
                                            ImageFont.truetype(str(_FONT), points))
        yield f"page {number}", np.asarray(page)


def _patterns() -> Iterator[tuple[str, np.ndarray]]:
    y, x = np.mgrid[:900, :360].astype(np.float32)
    yield "ramp down", y / 900 * 255
    yield "ramp across", x / 360 * 255
    yield "column", 255 * np.exp(-(((x - 180) / 40) ** 2))
    yield "stripes", 128 + 127 * np.sign(np.sin(y / 20))
    yield "rings", 128 + 127 * np.sin(np.hypot(x - 180, y - 450) / 12)
    yield "ellipse", 255.0 * (((x - 180) / 120) ** 2 + ((y - 450) / 330) ** 2 < 1)
    plot = np.full((600, 800), 255, np.uint8)
    cv2.rectangle(plot, (80, 40), (760, 540), 0, 2)
    curve = np.stack([np.linspace(80, 760, 200), 290 + 200 * np.sin(np.linspace(0, 9, 200))], axis=1)
    cv2.polylines(plot, [curve.astype(np.int32)], False, 0, 3)
    yield "plot", plot


def _lateral() -> Iterator[tuple[str, np.ndarray]]:
    """Phantoms with the spine at the back of the trunk and nothing behind it, bent as from the side."""
    for number, (kyphosis, lordosis) in enumerate([(35, 45), (45, 55), (25, 40), (55, 60), (40, 35), (30, 60)]):
        shape = SpineShape((CurveSpec("T7", kyphosis, "right"), CurveSpec("L3", lordosis, "left")), body_width=1.25)
        film, corners = phantom(shape, number, (1000, 560), View(0.10, 0.74, 0.5))
        rows = np.arange(len(film))
        back = np.interp(rows, corners.mean(1)[:, 1], corners[..., 0].max(axis=1)) + 30
        behind = np.clip((np.arange(film.shape[1])[None] - back[:, None]) / 12, 0, 1)
        side = film * (1 - behind)
        side = np.roll(side, 150, axis=1)
        yield f"lateral {number}", side if number % 2 else side[:, ::-1]


def _turned_phantoms() -> Iterator[tuple[str, np.ndarray]]:
    for number, angle in enumerate([20, 35, 50, 28]):
        film, _ = phantom(SpineShape((CurveSpec("T9", angle, "left"),)), 70 + number, (1000, 420))
        for quarters, how in SIDEWAYS.items():
            yield f"phantom {number} {how}", np.rot90(film, quarters)
