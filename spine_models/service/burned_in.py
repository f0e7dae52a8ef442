"""Writing burned into a film (names, dates, numbers): found by the look of it, and blanked where the user asks.

Writing is rows of small parts that stand out sharply from what is round them: as high as each other, side by side, on
one line. Nothing is read, so a date and the word ERECT are the same here. A lone letter, such as a side marker, is no
row. The spine, with a margin, is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..core.landmarks import Landmarks
from ..core.radiograph import Radiograph

MARGIN = 0.35
"""Film round the vertebrae that is never blanked, as a share of their width."""

_MOSTLY = 0.8
"""Share of a place that lies on the spine from which on it is bone or metal that looks like writing."""

_LONGEST_SIDE = 2400
"""Pixels of the copy of the film that is looked at; all that follows is in its pixels."""
_THICKEST = 21
"""A stroke that is wider is not found."""
_CONTRASTS = (60, 110)
"""Grey levels of 255 by which a stroke stands out: faint writing, and bright writing on a ground that is not even."""
_LEAST, _MOST = 6, 80
"""Height of a letter."""
_SHARP = 0.55
"""Least step at the edge of a stroke from one pixel to the next, as a share of its contrast."""
_DOUBTFUL = (25, 0.4)
"""Contrast and sharpness of what is taken for a letter beside a sure row, such as one that runs on over bone."""
_FURTHEST = 12
"""Letter heights by which a row is continued with such letters at most, to either side."""
_FEWEST, _FEWEST_ALONG = 3, 6
"""Letters in a row across the film, and along it, where vertebral arches, screws and rulers stand in rows too."""
_GAP, _TALLER, _LEVEL = 1.3, 1.7, 0.6
"""Neighbours in a row: distance in letter heights, ratio of heights and overlap of heights, at most and at least."""
_ON_LINE = 0.6
"""Share of the letters of a row that stand, or hang, on one line at least."""
_SLIM = 0.25
"""Width of a letter as a share of its height, at least, in the middle of a row: the strokes of a ruler are thinner."""
_SHADES = 40
"""Grey levels by which letters of a row differ at most."""


@dataclass(frozen=True)
class Box:
    """Pixels of the film from (left, top) to before (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def pixels(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)


def find_writing(pixels: np.ndarray) -> tuple[Box, ...]:
    """Places of a film, float32 (H, W) in [0, 1], that hold writing, across or along it, from the top down."""
    scale = min(1.0, _LONGEST_SIDE / max(pixels.shape))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    grey = np.rint(small * 255).clip(0, 255).astype(np.uint8)
    rows = [row for polarity in (grey, 255 - grey) for contrast in _CONTRASTS
            for row in _rows(_parts(polarity, contrast, _SHARP))]
    if not rows:
        return ()
    places = _places(rows, np.concatenate([_parts(polarity, *_DOUBTFUL)[:, :4] for polarity in (grey, 255 - grey)]))
    height, width = pixels.shape
    boxes = []
    for left, top, right, bottom in places:
        boxes.append(Box(max(0, int(left / scale)), max(0, int(top / scale)), min(width, int(np.ceil(right / scale))),
                         min(height, int(np.ceil(bottom / scale)))))
    return tuple(sorted(boxes, key=lambda box: (box.top, box.left)))


def without_writing(film: Radiograph, places: Sequence[Box], landmarks: Landmarks | None) -> Radiograph:
    """The film with these places filled with the grey round them, but for the spine. landmarks: on this film."""
    if not places:
        return film
    pixels, kept = film.pixels.copy(), _spine(film.shape, landmarks)
    for box in places:
        part = pixels[box.pixels]
        part[kept[box.pixels] == 0] = _grey_round(film.pixels, box)
    pixels.setflags(write=False)
    return replace(film, pixels=pixels)


def off_the_spine(places: Sequence[Box], shape: tuple[int, int], landmarks: Landmarks | None) -> tuple[Box, ...]:
    """Those of the places that do not lie on the spine, where what looks like writing is bone or metal."""
    if not places:
        return ()
    kept = _spine(shape, landmarks)
    return tuple(box for box in places if kept[box.pixels].mean() < _MOSTLY)


def blanked_sentence(places: int) -> tuple[str, ...]:
    """What is said with a report whose pictures are without writing in so many places; nothing where there was none."""
    if not places:
        return ()
    return (f"Writing burned into the film was blanked in {places} {'place' if places == 1 else 'places'}: look at the "
            "picture before you pass it on.",)


def _parts(grey: np.ndarray, contrast: int, sharp: float) -> np.ndarray:
    """(N, 5) left, top, right, bottom and grey of whatever is bright, narrow, sharp and as large as a letter."""
    square = np.ones((3, 3), np.uint8)
    raised = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((_THICKEST, _THICKEST), np.uint8))
    mask = (raised > contrast).astype(np.uint8)
    edge = (mask & ~cv2.erode(mask, square)).astype(bool)
    step = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, square)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height, area = stats.T
    wanted = (height >= _LEAST) & (height <= _MOST) & (width >= 2) & (width <= 2.5 * height + 2)
    wanted &= (area >= 8) & (area > 0.12 * width * height)
    wanted[0] = False  # the ground
    parts = []
    for label in np.flatnonzero(wanted):
        box = slice(top[label], top[label] + height[label]), slice(left[label], left[label] + width[label])
        own = labels[box] == label
        if np.median(step[box][own & edge[box]]) > sharp * np.percentile(raised[box][own], 90):
            parts.append((box[1].start, box[0].start, box[1].stop, box[0].stop, np.percentile(grey[box][own], 80)))
    return np.array(parts, float).reshape(-1, 5)


def _rows(parts: np.ndarray) -> Iterator[np.ndarray]:
    """(4,) boxes round parts (N, 5) that stand side by side on a line as letters do, across the film or along it."""
    yield from _lines(parts, _FEWEST)
    yield from (box[[1, 0, 3, 2]] for box in _lines(parts[:, [1, 0, 3, 2, 4]], _FEWEST_ALONG))


def _lines(parts: np.ndarray, fewest: int) -> Iterator[np.ndarray]:
    """Those of so many letters across the film."""
    parts = parts[np.argsort(parts[:, 0])]
    left, top, right, bottom, shade = parts.T
    height = bottom - top
    row_of = np.arange(len(parts))
    for one in range(len(parts)):
        reach = np.searchsorted(left, right[one] + _GAP * _TALLER * height[one], side="right")
        others = slice(one + 1, reach)
        taller = np.maximum(height[one], height[others])
        lower = np.minimum(height[one], height[others])
        overlap = np.minimum(bottom[one], bottom[others]) - np.maximum(top[one], top[others])
        near = (left[others] - right[one] <= _GAP * taller) & (taller <= _TALLER * lower) & (overlap >= _LEVEL * lower)
        near &= np.abs(shade[others] - shade[one]) <= _SHADES
        for other in np.flatnonzero(near) + one + 1:
            row_of[row_of == row_of[other]] = row_of[one]
    for row in np.unique(row_of):
        members = parts[row_of == row]
        if len(members) >= fewest and _is_writing(members):
            yield np.concatenate([members[:, :2].min(axis=0), members[:, 2:4].max(axis=0)])


def _is_writing(members: np.ndarray) -> bool:
    """Whether neighbours (N, 5) stand or hang on one line, and are as wide as letters."""
    width, height = members[:, 2] - members[:, 0], members[:, 3] - members[:, 1]
    letter = np.median(height)
    lined_up = [np.mean(np.abs(edge - np.median(edge)) <= max(1.5, 0.15 * letter)) for edge in members[:, [1, 3]].T]
    return max(lined_up) >= _ON_LINE and np.median(width / height) >= _SLIM


def _places(rows: Sequence[np.ndarray], parts: np.ndarray) -> list[np.ndarray]:
    """Boxes round rows that belong together, with the parts (N, 4) beside them that may be letters too."""
    places = []
    for row in rows:
        letter = min(row[2] - row[0], row[3] - row[1])
        small = parts[(parts[:, 2:] - parts[:, :2] <= 1.6 * letter).all(axis=1)]
        across = row[2] - row[0] >= row[3] - row[1]
        along = np.array([-2, -0.9, 2, 0.9] if across else [-0.9, -2, 0.9, 2])
        grown = row
        while True:
            beside = small[_touch(grown + letter * along, small)]
            wider = np.concatenate([np.minimum(grown[:2], beside[:, :2].min(axis=0, initial=np.inf)),
                                    np.maximum(grown[2:], beside[:, 2:].max(axis=0, initial=-np.inf))])
            wider = np.clip(wider, *_furthest(row, letter))
            if (wider == grown).all():
                break
            grown = wider
        edge = (0.4 * letter + 1) * np.array([-1, -1, 1, 1])
        places.append(grown + edge)
    return _merged(places)


def _furthest(row: np.ndarray, letter: float) -> np.ndarray:
    """(2, 4): how far a row may grow: by so many letters along its line, by two lines across it."""
    free = letter * np.array([_FURTHEST, 2] if row[2] - row[0] >= row[3] - row[1] else [2, _FURTHEST])
    low, high = np.concatenate([row[:2] - free, row[2:]]), np.concatenate([row[:2], row[2:] + free])
    return np.stack([low, high])


def _merged(places: list[np.ndarray]) -> list[np.ndarray]:
    """Boxes, of those that touch one round all of them."""
    merged = []
    while places:
        place = places.pop()
        met = [index for index, other in enumerate(places) if _touch(place, other[None])[0]]
        if met:
            whole = np.array([place, *(places.pop(index) for index in reversed(met))])
            places.append(np.concatenate([whole[:, :2].min(axis=0), whole[:, 2:].max(axis=0)]))
        else:
            merged.append(place)
    return merged


def _touch(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N,) whether each of the boxes (N, 4) meets the box (4,)."""
    return ((others[:, 0] <= box[2]) & (others[:, 2] >= box[0]) & (others[:, 1] <= box[3]) & (others[:, 3] >= box[1]))


def _grey_round(pixels: np.ndarray, box: Box) -> float:
    """Median of a frame round the box, as wide as a fifth of its shorter side."""
    edge = max(3, min(box.bottom - box.top, box.right - box.left) // 5)
    top, left = max(0, box.top - edge), max(0, box.left - edge)
    frame = np.ma.array(pixels[top : box.bottom + edge, left : box.right + edge], mask=False)
    frame[box.top - top : box.bottom - top, box.left - left : box.right - left] = np.ma.masked
    return float(np.ma.median(frame)) if frame.count() else 0.0


def _spine(shape: tuple[int, int], landmarks: Landmarks | None) -> np.ndarray:
    """uint8 (H, W), 1 on the vertebrae, between them and a margin round them."""
    mask = np.zeros(shape, np.uint8)
    if landmarks is None:
        return mask
    corners = landmarks.corners
    width = np.median(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1))
    for first in range(max(1, len(corners) - 1)):
        hull = cv2.convexHull(np.rint(corners[first : first + 2]).astype(np.int32).reshape(-1, 1, 2))
        cv2.fillConvexPoly(mask, hull, 1)
        cv2.polylines(mask, [hull], True, 1, max(1, round(2 * MARGIN * width)))
    return mask
