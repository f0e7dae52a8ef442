"""Procedural frontal spine films whose corners are known exactly: demo films, and extra material for training.

Organs are drawn as attenuation and add up as in a projection; ``film`` turns the sum into grey values. Proportions of
the vertebrae are medians of the public labels (see ``shape``), everything else is drawn by eye after anatomy atlases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .anatomy import (
    Habitus,
    Trunk,
    draw_chest,
    draw_gas,
    draw_head,
    draw_pelvis,
    draw_ribs,
    draw_shoulders,
    draw_soft_tissue,
)  # fmt: skip
from .canvas import Canvas
from .film import Exposure, add_border, clouds, expose, mark_side, random_exposure
from .shape import NECK, CurveSpec, Spine, SpineShape, build_spine, spine_through, tilt_angles
from .vertebra import Look, draw_vertebra

__all__ = [
    "CurveSpec", "Exposure", "SpineShape", "View", "anatomy_layers", "build_spine", "film_of", "phantom",
    "random_phantom", "random_shape", "spine_through", "tilt_angles",
]  # fmt: skip


@dataclass(frozen=True)
class View:
    """What the film shows: height of T1's centre and length of T1-L5 as fractions of the film's height, and x of the
    middle of the spine as a fraction of its width."""

    t1: float = 0.10
    length: float = 0.78
    x: float = 0.5


def phantom(
    shape: SpineShape,
    seed: int | np.random.Generator,
    size: tuple[int, int] = (1024, 448),
    view: View = View(),
    exposure: Exposure | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one film; the same arguments give the same film.

    Returns pixels uint8 (H, W), bone bright, and the corners of T1-L5, float64 (17, 4, 2) px, (x, y), TL TR BL BR.
    exposure None: drawn at random.
    """
    rng = np.random.default_rng(seed)
    height, width = size
    spine = build_spine(shape, rng, view.t1 * height, view.length * height, view.x * width)
    return film_of(spine, rng, size, exposure), spine.truth


def film_of(
    spine: Spine, seed: int | np.random.Generator, size: tuple[int, int], exposure: Exposure | None = None
) -> np.ndarray:
    """uint8 (H, W) film, bone bright, of a spine that stands on a picture of this size; as ``phantom`` otherwise."""
    rng = np.random.default_rng(seed)
    film = expose(_draw_body(size, spine, rng), exposure or random_exposure(rng), rng)
    if rng.random() < 0.5:
        mark_side(film, rng)
    if rng.random() < 0.4:
        add_border(film, rng)
    return film


def random_phantom(rng: np.random.Generator, height: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """A film of random shape, build, exposure and field of view: from skull-to-thigh to a narrow crop of the trunk.

    Returns pixels uint8 (height, W), W / height in 0.25-0.58, and corners (17, 4, 2) px, all of them on the film.
    """
    while True:
        if rng.random() < 0.35:
            view, widest = View(rng.uniform(0.12, 0.31), rng.uniform(0.46, 0.60), rng.normal(0.5, 0.05)), 0.58
        else:
            view, widest = View(rng.uniform(0.025, 0.16), rng.uniform(0.66, 0.91), rng.normal(0.49, 0.05)), 0.50
        film, corners = phantom(random_shape(rng), rng, (height, round(height * rng.uniform(0.25, widest))), view)
        if corners.min() >= 1 and (corners.max(axis=(0, 1)) <= [film.shape[1] - 2, height - 2]).all():
            return film, corners


def random_shape(rng: np.random.Generator) -> SpineShape:
    """None to three curves of the usual patterns (after Lenke's types), 0-75 degrees."""
    pattern = rng.choice(5, p=[0.15, 0.3, 0.15, 0.3, 0.1])
    apexes = ([], [rng.choice(["T7", "T8", "T9", "T10"])], [rng.choice(["T12", "L1", "L2", "L3"])],
              [rng.choice(["T7", "T8", "T9"]), rng.choice(["L1", "L2", "L3"])],
              [rng.choice(["T3", "T4"]), rng.choice(["T8", "T9"]), rng.choice(["L2", "L3"])])[pattern]  # fmt: skip
    side = "left" if rng.random() < 0.65 else "right"
    if len(apexes) == 3:
        side = "left" if side == "right" else "right"
    main = min(12 + rng.gamma(2.2, 11), 75)
    curves = []
    for apex in apexes:
        curves.append(CurveSpec(str(apex), float(main * rng.uniform(0.55, 1.0) if len(apexes) > 1 else main), side))
        side = "left" if side == "right" else "right"
    return SpineShape(
        tuple(curves), body_width=float(np.clip(rng.normal(1, 0.08), 0.8, 1.25)), disc=rng.uniform(0.7, 1.35),
        wobble=rng.uniform(0.3, 1.3), balance=rng.normal(0, 0.03),
    )  # fmt: skip


def anatomy_layers(size: tuple[int, int], spine: Spine, rng: np.random.Generator) -> np.ndarray:
    """Attenuation, float32 (3, H, W): soft tissue, bones round the spine, the spine; a random build, no texture."""
    habitus = _random_habitus(rng)
    soft, bone = _draw_trunk(size, spine, habitus, rng)
    column = Canvas(size, bone.pen)
    _draw_spine(column, spine, habitus.bone, rng)
    return np.stack([np.maximum(soft.density, 0), bone.density, column.density])


def _draw_body(size: tuple[int, int], spine: Spine, rng: np.random.Generator) -> np.ndarray:
    """Attenuation (H, W) of soft tissue plus bone, each with a texture of its own."""
    habitus = _random_habitus(rng)
    soft, bone = _draw_trunk(size, spine, habitus, rng)
    _draw_spine(bone, spine, habitus.bone, rng)
    unit = spine.length
    tissue = 0.02 * clouds(size, 0.09 * unit, rng) + 0.012 * clouds(size, 0.02 * unit, rng)
    spongy = 0.08 * clouds(size, 0.004 * unit, rng) + 0.06 * clouds(size, 0.03 * unit, rng)
    return np.maximum(soft.density, 0) * (1 + tissue) + bone.density * np.clip(1 + spongy, 0.3, 1.7)


def _random_habitus(rng: np.random.Generator) -> Habitus:
    return Habitus(
        girth=rng.uniform(0.88, 1.2), chest=rng.uniform(0.88, 1.1), air=rng.uniform(0.35, 0.7),
        bone=rng.uniform(0.7, 1.25), gas=rng.uniform(0, 1),
    )  # fmt: skip


def _draw_trunk(
    size: tuple[int, int], spine: Spine, habitus: Habitus, rng: np.random.Generator
) -> tuple[Canvas, Canvas]:
    """Soft tissue, and the bones round the spine."""
    pen = max(spine.length / 420, 0.8)
    soft, bone = Canvas(size, pen), Canvas(size, pen)
    trunk = Trunk(spine, follow=rng.uniform(0.3, 0.75))
    draw_soft_tissue(soft, trunk, habitus)
    draw_chest(soft, trunk, habitus, rng)
    draw_gas(soft, trunk, habitus, rng)
    draw_head(soft, trunk, habitus, rng)
    draw_shoulders(soft, bone, trunk, habitus, rng)
    draw_ribs(bone, trunk, spine, habitus, rng)
    draw_pelvis(bone, trunk, habitus, rng)
    return soft, bone


def _draw_spine(canvas: Canvas, spine: Spine, bone: float, rng: np.random.Generator) -> None:
    tip = rng.normal(0, 0.5) + np.linspace(rng.normal(0, 0.6), rng.normal(0, 0.6), len(spine.corners))
    density, cortex, processes = rng.uniform(0.10, 0.22), rng.uniform(0.06, 0.15), rng.uniform(0.09, 0.18)
    for row, corners in enumerate(spine.corners):
        lumbar = float(np.clip((row - NECK - 7) / 6, 0, 1))
        look = Look(
            lumbar, spine.rotation[row] + rng.normal(0, 0.04), density * bone * (0.8 + 0.35 * lumbar),
            cortex * bone, processes * bone, tip[row],
        )  # fmt: skip
        draw_vertebra(canvas.density, corners, look, canvas.pen)
