"""Several models on one film: which ones, what each says, what they agree on, and taking that over into the work."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from spine_models.core.errors import LandmarkError, SpineError
from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import Model
from spine_models.service.compared import MOST, first_choice
from spine_models.service.consensus import Consensus, consensus, with_human_corners
from spine_models.service.consensus_study import read_consensus_study
from spine_models.ui import work as working
from spine_models.ui.films import OpenFilm
from spine_models.ui.hanging import hanging_of
from spine_models.ui.measuring import Measurement, Reading, measure, read_film
from spine_models.ui.models import model_title
from spine_models.ui.work import Work
from spine_models.zoo import ModelEntry

WHICH = {"test": "test films", "fullbody": "full-body films no model was trained on"}
"""The sets of the study of the consensus."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says about the film, or in fault the sentence why it says nothing."""

    entry: ModelEntry
    reading: Reading | None = None
    measurement: Measurement | None = None
    fault: str = ""

    @property
    def title(self) -> str:
        return self.entry.card.title if self.entry.card else self.entry.name


@dataclass(frozen=True, eq=False)
class Agreement:
    """What the models that gave an answer agree on; fault: the sentence why they do not."""

    answers: tuple[Answer, ...]
    found: Consensus | None = None
    measurement: Measurement | None = None
    fault: str = ""

    @property
    def members(self) -> tuple[Answer, ...]:
        """The models that take part."""
        slips = self.found.slips if self.found else ()
        return tuple(answer for answer, slip in zip(self.answers, slips) if slip is not None)


def model_choice(models: Sequence[ModelEntry]) -> list[ModelEntry]:
    """The reader's choice, in the order chosen; at first those of ``first_choice``."""
    by_name = {entry.name: entry for entry in models}
    if not set(st.session_state.get("compared", [None])) <= set(by_name):  # the first time, or a model's file is gone
        st.session_state.compared = first_choice(models)
    chosen = st.multiselect(
        f"Models, up to {MOST}",
        by_name,
        key="compared",
        format_func=lambda name: model_title(by_name[name]),
        max_selections=MOST,
        placeholder="Choose models to compare",
        wrap=True,
        persist_state="session",
    )
    return [by_name[name] for name in chosen]


def answers_of(film: OpenFilm, models: Sequence[ModelEntry]) -> list[Answer]:
    """One model after the other, with a bar that tells which is at work where they have not all answered before."""
    wanted = film.radiograph.sha256, *((entry.name, entry.card and entry.card.training) for entry in models)
    if st.session_state.get("compared_before") == wanted:
        return [_answer(film, entry) for entry in models]
    answers, bar = [], st.progress(0.0)
    for place, entry in enumerate(models):
        bar.progress(place / len(models), f"{model_title(entry)} is looking at the film, {place + 1} of {len(models)}")
        answers.append(_answer(film, entry))
    bar.empty()
    st.session_state.compared_before = wanted
    return answers


def _answer(film: OpenFilm, entry: ModelEntry) -> Answer:
    try:
        reading = read_film(film, entry)
        return Answer(entry, reading, measure(reading.landmarks, film.radiograph.shape[0], reading.card))
    except SpineError as error:
        return Answer(entry, fault=str(error))
    except Exception as error:  # a fault in one model must not cost the reader the others
        logging.getLogger(__name__).exception("Model %s failed on a film", entry.name)
        return Answer(entry, fault=f"This model met a fault of the program ({type(error).__name__}): please report it.")


def agreement(answers: Sequence[Answer], film_height: int) -> Agreement:
    """What they agree on; the first of them decides where as many number the vertebrae one way as another."""
    able = tuple(answer for answer in answers if answer.reading)
    try:
        found = consensus([answer.reading.landmarks for answer in able])
        return Agreement(able, found, measure(found.landmarks, film_height, None))
    except LandmarkError as error:
        return Agreement(able, fault=str(error))


def consensus_record(members: Sequence[ModelEntry]) -> str:
    """Sentence on how the consensus of these models did beside one of them alone; empty where it was not measured."""
    said, titles = [], {entry.name: entry.card.title for entry in members}
    for one in read_consensus_study(members):
        (apart, low, high), alone = one["largest_error"]["difference"], one["largest_error"]["alone"][0]
        said.append(f"{one['films']} {WHICH[one['split']]} by {one['largest_error']['consensus'][0]:.1f}°, "
                    f"{titles[one['alone']]} alone by {alone:.1f}° (difference {apart:+.1f}°, "
                    f"95 % interval {low:+.1f} to {high:+.1f}°)")
    return f"On average these models' consensus missed the largest angle of {'; of '.join(said)}." if said else ""


def human_corners(work: Work | None) -> int:
    """How many corners of the work a human has placed."""
    return 0 if work is None or work.landmarks is None else int((work.landmarks.source == "human").sum())


def corner_count(corners: int) -> str:
    """So many corners, in words a sentence can go on with."""
    return "the corner" if corners == 1 else f"the {corners} corners"


def adopt(agreed: Agreement, film: OpenFilm, work: Work | None, keep_human: bool) -> None:
    """Put the consensus in force in the work on this film, undoable; raises LandmarkError, CaseError.

    keep_human: corners a human has placed stay where they are. Without work there was nothing yet to undo to, so it
    begins with what the first model said.
    """
    landmarks = agreed.found.landmarks
    human = human_corners(work)
    if human and keep_human:
        landmarks = with_human_corners(landmarks, work.landmarks)
    if work is None:
        first = agreed.members[0].reading
        work = working.begin(film.as_read, first.landmarks, Model.from_card(first.card), hanging_of(film, None))
    working.put_in_force(work, landmarks, "adopt consensus", consensus_model(agreed.members))
    working.follow_model(work)
    work.greeting = _greeting(agreed, landmarks, human)


def _greeting(agreed: Agreement, landmarks: Landmarks, human: int) -> str:
    titles = ", ".join(answer.title for answer in agreed.members)
    kept = int((landmarks.source == "human").sum())
    told = f"The consensus of {titles} is in force."
    if human:
        told += f" It {'kept' if kept else 'replaced'} {corner_count(human)} you placed."
    return f"{told} Undo brings back what was there before."


def consensus_model(members: Sequence[Answer]) -> Model:
    """What the case book names as the source of the landmarks; its hash is that of the members' weights, in order."""
    names = ", ".join(answer.entry.name for answer in members)
    weights = "".join(answer.reading.card.training.sha256 for answer in members)
    return Model(f"consensus of {names}", hashlib.sha256(weights.encode()).hexdigest())
