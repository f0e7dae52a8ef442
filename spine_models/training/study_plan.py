"""The GAN study: which small trainings are compared, all in one fixed setting. Read without torch.

Two questions. What is the adversarial loss worth: each generator is trained with and without its critic, all else the
same. What are films worth that no patient sat for: one CNN is trained on few or all real films, with and without them.
The generator whose critic helped most on the validation films is trained once more, with and without it, as its model
in the app is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from itertools import product

GENERATORS = ("unet", "pix2pix", "spinegan", "landmark_gan")
CNN = "pix2pix"
"""Its generator, without the critic, is the CNN of the second question."""

SYNTHETIC = ("generated", "styled", "spine_synth")
SHARES = (10, 25, 100)
"""Percent of the real training cases."""


@dataclass(frozen=True)
class Setting:
    """How every run is trained. size: picture (h, w); pictures an epoch; films are kept ``sharpness`` times as high as
    the picture; synthetic films are ``mixed`` of the pictures until the share ``until`` of the training, none later.
    generators: trained with and without their critics; shares: percent of the real cases that the CNN is trained on;
    begun: networks start from the layers that their models in the app start from, else from nothing."""

    size: tuple[int, int] = (192, 96)
    epochs: int = 12
    pictures: int = 400
    batch: int = 16
    rate: float = 2e-3
    seeds: tuple[int, ...] = (0, 1, 2)
    sharpness: float = 2.0
    mixed: float = 0.5
    until: float = 0.6
    generators: tuple[str, ...] = GENERATORS
    shares: tuple[int, ...] = SHARES
    begun: bool = False

    @property
    def digest(self) -> str:
        """Eight digits that change with what a run depends on; the plan may grow by seeds, generators and shares."""
        facts = asdict(self) | {"seeds": None}
        del facts["generators"], facts["shares"]
        if not self.begun:  # there were runs before there was a choice
            del facts["begun"]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]


SETTING = Setting()
FULL_SIZE = Setting(size=(384, 192), epochs=4, pictures=568, batch=8, rate=5e-4, seeds=(0,),
                    generators=("landmark_gan",), shares=(), begun=True)  # fmt: skip
"""Once, for the generator whose critic helped most in ``SETTING`` on the validation films (SMAPE and largest angle):
size, start and budget of the app's model."""


@dataclass(frozen=True)
class StudyRun:
    """One training. model: whose generator; critic: against its adversary; synthetic: a kind of ``SYNTHETIC`` or None;
    share: percent of the real cases."""

    model: str
    critic: bool
    seed: int
    synthetic: str | None = None
    share: int = 100

    @property
    def key(self) -> str:
        """Its name in the store."""
        parts = [self.model, "critic" if self.critic else "alone"]
        parts += [self.synthetic or "real", str(self.share)]
        return "-".join((*parts, f"seed{self.seed}"))


def adversarial_runs(setting: Setting = SETTING) -> list[StudyRun]:
    """With and without the critic, seed by seed."""
    return [StudyRun(name, critic, seed)
            for seed, name, critic in product(setting.seeds, setting.generators, (False, True))]  # fmt: skip


def synthetic_runs(setting: Setting = SETTING) -> list[StudyRun]:
    """Without and with films of each kind, seed by seed; those on all real films alone are of the first question."""
    kinds = (None, *SYNTHETIC)
    return [StudyRun(CNN, False, seed, kind, share)
            for seed, kind, share in product(setting.seeds, kinds, setting.shares)]  # fmt: skip


def planned_runs(setting: Setting = SETTING) -> list[StudyRun]:
    """Every run once, in the order they are to be done."""
    return list(dict.fromkeys((*adversarial_runs(setting), *synthetic_runs(setting))))
