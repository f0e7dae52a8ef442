"""``gan-study``: the small trainings of ``study_plan``, each kept in ``runs/gan_study/<run>`` and resumed from there.

Models and critics are those of the zoo, in ``study_plan.SETTING`` at a smaller size and from nothing: no layer starts
from another model. All runs of one seed see the same films in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..core import centre_codec
from ..core.centre_codec import UNKNOWN_LEVEL
from ..core.errors import DetectionError, ModelError
from ..core.landmarks import STANDARD_LEVELS
from ..imaging.load import read_radiograph
from ..imaging.warp import inverse, spine_frame, through, warp
from ..zoo._finder import find_spine, shared_finder
from ..zoo._framed import FramedModel
from ..zoo.registry import import_model
from . import films
from .adversarial import ADVERSARIES, AdversarialTask, Adversary
from .beginning import begin
from .critics import PatchCritic
from .films import Film
from .framed_task import VISITS, WORKING_HEIGHTS, FramedTask, Jitter, sample
from .labels import LabelledFilm
from .study_films import synthetic_films
from .study_plan import SETTING, Setting, StudyRun
from .trainer import Schedule, Trainer

RUNS = Path("runs") / "gan_study"
FULL = 384  # height of the picture the working heights of the films are meant for
STUDY_ADVERSARIES = ADVERSARIES | {"unet": Adversary(PatchCritic, 3, weight=0.05)}


class StudyTask(FramedTask):
    """Framed real films, and synthetic ones mixed in for a while; says nothing about validation."""

    def __init__(
        self, model: FramedModel, real: list[Film], synthetic: list[Film], setting: Setting = SETTING
    ) -> None:
        self.model, self.jitter, self.setting = model, Jitter(), setting
        self.films, self.real = real + synthetic, len(real)
        model.prepare(self.framed_spines([film for film in real if (film.levels != UNKNOWN_LEVEL).all()]))

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        """The same number of pictures whatever films there are; each pool is gone through before it is repeated."""
        plan, added = self.setting, len(self.films) - self.real
        count = round(plan.mixed * plan.pictures) if added and progress < plan.until else 0
        drawn = np.concatenate([_drawn(self.real, plan.pictures - count, rng), self.real + _drawn(added, count, rng)])
        return rng.permutation(drawn)

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, targets = [], []
        for film in (self.films[index] for index in indices):
            picture, corners = sample(film, self.model.SIZE, self.jitter, rng)
            pictures.append(picture)
            if (film.levels == UNKNOWN_LEVEL).any():
                targets.append(centre_codec.encode(corners, film.valid, film.levels, self.model.SIZE))
            else:
                targets.append(self.model.encode(corners, film.valid))
        x = torch.from_numpy(np.stack(pictures)[:, None])
        return x, {name: torch.from_numpy(np.stack([t[name] for t in targets])) for name in targets[0]}

    def validate(self, model: FramedModel) -> dict[str, float]:
        return {}


def _drawn(films: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` of so many films, none a second time before all have come once."""
    if not count:
        return np.zeros(0, int)
    return np.concatenate([rng.permutation(films) for _ in range(-(-count // films))])[:count]


@dataclass(eq=False)
class StudyFilms:
    """The films of the study, loaded when they are first asked for."""

    data: Path
    setting: Setting = SETTING

    @cached_property
    def named(self) -> list[Film]:
        """Real training films whose level names hold, full-body ones as often as the protocol says."""
        height = {name: self._height(rows) for name, rows in WORKING_HEIGHTS.items()}
        pools = {"spineweb": films.spineweb(self.data, "train", height["spineweb"]),
                 "fullbody": films.fullbody(self.data, "train", height["fullbody"])}  # fmt: skip
        return [film for name, pool in pools.items() for film in pool * VISITS[name]
                if (film.levels != UNKNOWN_LEVEL).all()]  # fmt: skip

    def real(self, share: int) -> list[Film]:
        """Those of ``share`` percent of the cases; a smaller share is part of every larger one."""
        cases = sorted({(film.source.path.parent.name, film.source.case_id) for film in self.named})
        order = np.random.default_rng(0).permutation(len(cases))
        kept = {cases[i] for i in order[: max(1, round(len(cases) * share / 100))]}
        return [film for film in self.named if (film.source.path.parent.name, film.source.case_id) in kept]

    def synthetic(self, kind: str | None) -> list[Film]:
        if kind is None:
            return []
        if kind not in self._synthetic:
            self._synthetic[kind] = synthetic_films(kind, self.data, self._height(WORKING_HEIGHTS["spineweb"]))
        return self._synthetic[kind]

    @cached_property
    def _synthetic(self) -> dict[str, list[Film]]:
        return {}

    def _height(self, rows: int) -> int:
        return round(self.setting.sharpness * self.setting.size[0] / FULL * rows / 2)


def judged_parts(self: FramedModel, x: Tensor, out: dict[str, Tensor], targets: dict[str, Tensor]):
    """What a critic of the U-Net's painting sees: background, vertebra and gap, nought where unknown."""
    return out["part"].softmax(1) * targets["known"], targets["part"] * targets["known"]


def study_model(name: str, setting: Setting = SETTING) -> FramedModel:
    """The network of a zoo model for the study's picture size, untrained but for what it is to begin from."""
    kind = type(import_model(name).build())
    if not issubclass(kind, FramedModel):
        raise ModelError(f"Model {name} cannot be part of the study: it does not look at framed spines.")
    judged = {"judged": judged_parts} if name == "unet" else {}
    start = {} if setting.begun else {"BEGINS_FROM": None}
    model = type(kind.__name__, (kind,), {"SIZE": setting.size} | start | judged)()
    begin(model)
    return model


def train_run(run: StudyRun, pool: StudyFilms, folder: Path = RUNS) -> Trainer:
    """The finished training of a run, gone on with if it was begun; its ``ema`` is the model."""
    setting = pool.setting
    torch.manual_seed(run.seed)
    model = study_model(run.model, setting)
    task = StudyTask(model, pool.real(run.share), pool.synthetic(run.synthetic), setting)
    if run.critic:
        task = AdversarialTask(task, STUDY_ADVERSARIES[run.model])
    planned = Schedule(epochs=setting.epochs, batch=setting.batch, rate=setting.rate, ema=100.0, seed=run.seed,
                       validate_every=setting.epochs)  # fmt: skip
    trainer = Trainer(model, task, planned, folder / setting.digest / run.key)
    trainer.fit()
    return trainer


def finished_model(run: StudyRun, setting: Setting = SETTING, folder: Path = RUNS) -> FramedModel | None:
    """The averaged model of a run whose last checkpoint is here, without its films; None where it is not."""
    path = folder / setting.digest / run.key / "last.pt"
    state = torch.load(path, weights_only=True) if path.is_file() else {"epoch": 0}
    if state["epoch"] < setting.epochs:
        return None
    model = study_model(run.model, setting).eval()
    model.load_state_dict(state["ema"])
    return model


@dataclass(frozen=True, eq=False)
class FramedFilm:
    """A labelled film as every run sees it: picture (h, w) or None where the finder found no spine, and its frame."""

    film: LabelledFilm
    picture: np.ndarray | None
    frame: np.ndarray | None


def framed(chosen: list[LabelledFilm], setting: Setting = SETTING) -> list[FramedFilm]:
    """Films through the shared finder, once for all runs."""
    found = []
    for film in chosen:
        pixels = read_radiograph(film.path).pixels
        try:
            frame = spine_frame(find_spine(shared_finder(), pixels), setting.size)
        except DetectionError:
            found.append(FramedFilm(film, None, None))
        else:
            found.append(FramedFilm(film, warp(pixels, frame, setting.size), frame))
    return found


def measured_corners(model: FramedModel, seen: list[FramedFilm]) -> np.ndarray:
    """(N, 17, 4, 2) corners in pixels of the films, NaN where no spine was found."""
    corners = np.full((len(seen), len(STANDARD_LEVELS), 4, 2), np.nan)
    for spine, look in zip(corners, seen):
        if look.picture is None:
            continue
        try:
            decoded, _ = model.look(look.picture)
        except DetectionError:
            continue
        spine[:] = through(inverse(look.frame), decoded.corners)
    return corners
