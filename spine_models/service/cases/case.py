"""What the case book hands out: plain values that outlive any database session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ...core.card import ModelCard
from ...core.hanging import Hanging
from ...core.landmarks import Landmarks

Status = Literal["draft", "open", "done"]
"""A draft is work on a film the user has not saved under a pseudonym."""


@dataclass(frozen=True)
class Model:
    """The model that last predicted the landmarks. weights_sha256: None for a model without weights."""

    name: str
    weights_sha256: str | None

    @classmethod
    def from_card(cls, card: ModelCard) -> Model:
        return cls(card.name, card.training.sha256 if card.training else None)


@dataclass(frozen=True, eq=False)
class State:
    """What undo brings back. landmarks: None before the first vertebra is marked; model: None for marks by hand.

    hanging: how the film lay when these landmarks were placed on it.
    """

    landmarks: Landmarks | None
    model: Model | None
    hanging: Hanging = Hanging()


@dataclass(frozen=True, eq=False)
class Case:
    """One film and the work on it, as of ``version``: hand that number back with every change.

    film_sha256: hash of the file's bytes; film_shape: (height, width) as it hangs; film_kept: the film is stored.
    pseudonym: empty for a draft. film_date: None where the user gave none. created, changed: UTC.
    """

    id: str
    version: int
    status: Status
    pseudonym: str
    film_date: date | None
    notes: str
    film_sha256: str
    film_shape: tuple[int, int]
    film_kept: bool
    state: State
    can_undo: bool
    can_redo: bool
    created: datetime
    changed: datetime

    @property
    def landmarks(self) -> Landmarks | None:
        return self.state.landmarks

    @property
    def hanging(self) -> Hanging:
        return self.state.hanging

    @property
    def model(self) -> Model | None:
        return self.state.model


@dataclass(frozen=True)
class Page:
    """Some cases of a search, and how many there are in all."""

    cases: tuple[Case, ...]
    total: int


@dataclass(frozen=True)
class Entry:
    """One line of a case's journal. version: of the case after it; shows: the version whose landmarks it left in force.

    time: UTC. program: version of this software that wrote the line.
    """

    version: int
    kind: str
    time: datetime
    shows: int
    program: str


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit trail (``audit``). time: UTC. model, weights_sha256: None where none was used."""

    line: int
    time: datetime
    program: str
    action: str
    film_sha256: str
    model: str | None
    weights_sha256: str | None


@dataclass(frozen=True)
class Trail:
    """The audit trail as it was read: lines found in order, digest of the last, and the first that was altered."""

    lines: int
    digest: str
    altered: int | None
