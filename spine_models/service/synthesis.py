"""Films on request: a spine with exactly the curves asked for, a film of it, drawn or learnt, and its truth.

A drawn film is one of this project's phantoms; a learnt one is made by the synthesiser, once that is trained.
"""

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
from ..imaging.phantom import CurveSpec, Exposure, SpineShape, film_of, random_shape
from ..imaging.phantom.exact import exact_spine
from ..imaging.phantom.shape import Spine
from ..zoo import list_models
from .inference import ONE_AT_A_TIME, shared_model
from .points import write_points

SYNTHESISER = "spine_synth"
DRAWN, LEARNT = "drawn", "learnt"
SIZE = (1152, 480)
T1, LENGTH = 0.085, 0.80  # height of T1 and length of the spine, of the film's height
LARGEST = 80.0  # degrees
WIDTHS, EXPOSURES, NOISES = (0.8, 1.25), (-1.0, 1.0), (0.0, 1.0)
GRAIN = 0.06  # standard deviation, of white, at noise 1


@dataclass(frozen=True)
class Request:
    """curves: top to bottom, sides alternating; exactly these angles. body_width: factor on the width of the bodies.

    exposure: -1 dark to 1 bright; noise: 0 none to 1 coarse. wobble: jitter of single vertebrae, degrees.
    maker: DRAWN or LEARNT.
    """

    curves: tuple[CurveSpec, ...] = ()
    seed: int = 0
    body_width: float = 1.0
    exposure: float = 0.0
    noise: float = 0.15
    wobble: float = 0.5
    maker: str = DRAWN

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


def makers() -> list[str]:
    """Who can make films here; the phantom first, whose vertebrae are clearer."""
    trained = any(entry.name == SYNTHESISER and entry.status == "trained" for entry in list_models())
    return [DRAWN, LEARNT] if trained else [DRAWN]


def synthesize(request: Request) -> SyntheticFilm:
    """The film of a request; the same request gives the same film.

    Raises DataError when no spine has these curves, ModelError when the synthesiser has no weights.
    """
    make = _learnt if request.maker == LEARNT else _drawn
    pixels, corners = make(request, SpineShape(request.curves, request.body_width, wobble=request.wobble))
    landmarks = Landmarks(corners, STANDARD_LEVELS)
    return SyntheticFilm(request, pixels, landmarks, measure_curves(landmarks))


def _drawn(request: Request, shape: SpineShape) -> tuple[np.ndarray, np.ndarray]:
    spine = _placed(shape, request.seed, SIZE)
    look = Exposure(gamma=1.15 * float(np.exp(-0.7 * request.exposure)), flatten=0.5, noise=255 * GRAIN * request.noise)
    return film_of(spine, request.seed, SIZE, look), spine.truth


def _learnt(request: Request, shape: SpineShape) -> tuple[np.ndarray, np.ndarray]:
    model, card = shared_model(SYNTHESISER)
    spine = _placed(shape, request.seed, card.input_size)
    with ONE_AT_A_TIME:
        film = model.film(spine, request.seed)
    enlarged = SIZE[0] // card.input_size[0]
    film = cv2.resize(film, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    film = np.clip(film, 0, 1) ** np.exp(-0.7 * request.exposure)
    grain = np.random.default_rng(request.seed).standard_normal(film.shape, dtype=np.float32)
    film = film + request.noise * GRAIN * 1.8 * cv2.GaussianBlur(grain, (0, 0), 0.8)
    return np.rint(np.clip(film, 0, 1) * 255).astype(np.uint8), (spine.truth + 0.5) * enlarged - 0.5


def _placed(shape: SpineShape, seed: int, size: tuple[int, int]) -> Spine:
    return exact_spine(shape, seed, T1 * size[0], LENGTH * size[0], size[1] / 2)


def random_request(rng: np.random.Generator, maker: str) -> Request:
    """None to three curves of the usual patterns, 10 to 75 degrees; build, exposure and noise at random."""
    shape = random_shape(rng)
    curves = tuple(CurveSpec(curve.apex, max(curve.angle, 10.0), curve.side) for curve in shape.curves)
    exposure, noise = float(np.clip(rng.normal(0, 0.3), -1, 1)), float(rng.uniform(0, 0.5))
    return Request(curves, int(rng.integers(2**31)), shape.body_width, exposure, noise, maker=maker)


def random_films(count: int, seed: int, maker: str) -> Iterator[SyntheticFilm]:
    """Films of random requests; requests that no spine meets are drawn again."""
    rng, made = np.random.default_rng(seed), 0
    while made < count:
        try:
            film = synthesize(random_request(rng, maker))
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
