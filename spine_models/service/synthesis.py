"""Films on request: a spine with exactly the curves asked for, the film the synthesiser makes of it, and its truth."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..core.cobb import Curve, measure_curves
from ..core.errors import DataError
from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..imaging.phantom import CurveSpec, SpineShape, random_shape
from ..imaging.phantom.exact import exact_spine
from .inference import ONE_AT_A_TIME, shared_model
from .points import write_points

SYNTHESISER = "spine_synth"
ENLARGED = 3
T1, LENGTH = 0.085, 0.80  # height of T1 and length of the spine, of the film's height
LARGEST = 80.0  # degrees
WIDTHS, EXPOSURES, NOISES = (0.8, 1.25), (-1.0, 1.0), (0.0, 1.0)
GRAIN = 0.06  # standard deviation, of white, at noise 1


@dataclass(frozen=True)
class Request:
    """curves: top to bottom, sides alternating; exactly these angles. body_width: factor on the width of the bodies.

    exposure: -1 dark to 1 bright; noise: 0 none to 1 coarse. wobble: jitter of single vertebrae, degrees.
    """

    curves: tuple[CurveSpec, ...] = ()
    seed: int = 0
    body_width: float = 1.0
    exposure: float = 0.0
    noise: float = 0.15
    wobble: float = 0.5

    def __post_init__(self) -> None:
        if any(not 10 <= curve.angle <= LARGEST for curve in self.curves):
            raise DataError(f"A curve has 10 to {LARGEST:.0f} degrees.")
        limits = (self.body_width, WIDTHS), (self.exposure, EXPOSURES), (self.noise, NOISES)
        if any(not low <= value <= high for value, (low, high) in limits):
            raise DataError("Body width goes from 0.8 to 1.25, exposure from -1 to 1, noise from 0 to 1.")


@dataclass(frozen=True, eq=False)
class SyntheticFilm:
    """pixels: uint8 (1152, 480), bone bright. landmarks: the exact truth. curves: as measured on the truth."""

    request: Request
    pixels: np.ndarray
    landmarks: Landmarks
    curves: tuple[Curve, ...]

    @property
    def png(self) -> bytes:
        """The film as a file."""
        return cv2.imencode(".png", self.pixels)[1].tobytes()


def synthesize(request: Request) -> SyntheticFilm:
    """The film of a request; the same request gives the same film.

    Raises DataError when no spine has these curves, ModelError when the synthesiser has no weights.
    """
    model, card = shared_model(SYNTHESISER)
    height, width = card.input_size
    shape = SpineShape(request.curves, request.body_width, wobble=request.wobble)
    spine = exact_spine(shape, request.seed, T1 * height, LENGTH * height, width / 2)
    with ONE_AT_A_TIME:
        film = model.film(spine, request.seed)
    film = cv2.resize(film, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    film = np.clip(film, 0, 1) ** np.exp(-0.7 * request.exposure)
    grain = np.random.default_rng(request.seed).standard_normal(film.shape, dtype=np.float32)
    film = film + request.noise * GRAIN * 1.8 * cv2.GaussianBlur(grain, (0, 0), 0.8)
    landmarks = Landmarks((spine.truth + 0.5) * ENLARGED - 0.5, STANDARD_LEVELS)
    pixels = np.rint(np.clip(film, 0, 1) * 255).astype(np.uint8)
    return SyntheticFilm(request, pixels, landmarks, measure_curves(landmarks))


def random_request(rng: np.random.Generator) -> Request:
    """None to three curves of the usual patterns, 10 to 75 degrees; build, exposure and noise at random."""
    shape = random_shape(rng)
    curves = tuple(CurveSpec(curve.apex, max(curve.angle, 10.0), curve.side) for curve in shape.curves)
    exposure, noise = float(np.clip(rng.normal(0, 0.3), -1, 1)), float(rng.uniform(0, 0.5))
    return Request(curves, int(rng.integers(2**31)), shape.body_width, exposure, noise)


def random_films(count: int, seed: int) -> Iterator[SyntheticFilm]:
    """Films of random requests; requests that no spine meets are drawn again."""
    rng = np.random.default_rng(seed)
    made = 0
    while made < count:
        try:
            film = synthesize(random_request(rng))
        except DataError:
            continue
        made += 1
        yield film


def write_films(films: Iterator[SyntheticFilm], out: Path) -> None:
    """Each film as PNG with its points as JSON beside it, and ``requests.csv``: what was asked for, film by film."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with open(out / "requests.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["film", "seed", "curves", "body_width", "exposure", "noise"])
            for number, film in enumerate(films, 1):
                name, asked = f"spine-{number:04d}", film.request
                (out / f"{name}.png").write_bytes(film.png)
                (out / f"{name}.json").write_bytes(write_points(film.landmarks, "json"))
                curves = "; ".join(f"{curve.apex} {curve.angle:.2f} {curve.side}" for curve in asked.curves)
                table.writerow([name, asked.seed, curves, asked.body_width, asked.exposure, asked.noise])
    except OSError as error:
        raise DataError(f"The films cannot be written to {out}: {error.strerror}.") from error
