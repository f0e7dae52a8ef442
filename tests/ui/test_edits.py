"""The editor's messages become journaled changes, each exactly once and never on the wrong state."""

import numpy as np
import pytest
import streamlit as st

from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import CaseBook, Model
from spine_models.service.editing import with_corners
from spine_models.ui import edits
from spine_models.ui import work as working
from spine_models.ui.work import BY_HAND, Work

SHAPE = (800, 400)


def spine() -> Landmarks:
    quad = np.array([(-25, -12), (25, -12), (-25, 12), (25, 12)])
    centres = np.stack([np.full(17, 200.0), 40.0 + 40 * np.arange(17)], axis=1)
    return Landmarks(centres[:, None] + quad, sigma=np.full((17, 4), 1.5))


@pytest.fixture
def session(monkeypatch) -> dict:
    """Streamlit's session, as far as the edits see it."""
    state = {"film": None}
    monkeypatch.setattr(st, "session_state", type("State", (dict,), {"__getattr__": dict.__getitem__,
                                                                     "__setattr__": dict.__setitem__})(state))
    monkeypatch.setattr(edits, "tools_trained", lambda: False)
    return st.session_state


@pytest.fixture
def work(session) -> Work:
    return start(spine(), Model("best", "s" * 64))


def start(landmarks: Landmarks | None, model: Model) -> Work:
    film = Radiograph(np.zeros(SHAPE, np.float32), "f" * 64)
    return working.begin(film, landmarks, model)


class Browser:
    """What outbox.js sends."""

    def __init__(self, session, work: Work, client: str = "1-2") -> None:
        self.session, self.client, self.entries = session, client, []
        self.base = work.version

    def send(self, *actions: dict) -> None:
        for action in actions:
            self.entries.append({"seq": len(self.entries) + 1, "base": self.base, **action})
        self.session["editor"] = {"outbox": {"client": self.client, "entries": self.entries}}
        edits.take_edits("editor")


def move(landmarks: Landmarks, row: int, by: float) -> dict:
    corners = landmarks.corners.copy()
    corners[row, 0] += by
    return {"action": "move", "corners": corners.tolist(), "what": "TL"}


def delete_or_restore(landmarks: Landmarks, level: str) -> dict:
    missing = [name for name in STANDARD_LEVELS if name not in landmarks.levels]
    if not missing:
        return {"action": "delete", "level": level}
    rank = STANDARD_LEVELS.index(missing[0])
    if rank == 0:
        return {"action": "add", "level": "T2", "side": "above"}
    return {"action": "add", "level": STANDARD_LEVELS[rank - 1], "side": "below"}


def kinds(work: Work) -> list[str]:
    return [entry.kind for entry in CaseBook().history(work.case.id)]


def test_a_message_received_again_changes_nothing_more(session, work):
    browser = Browser(session, work)
    browser.send(move(spine(), 3, 2.5))
    browser.send()
    assert kinds(work) == ["open", "move corner"] and work.taken == 1
    assert (work.landmarks.source == "human").sum() == 1
    browser.send({"action": "undo"}, {"action": "redo"}, {"action": "undo"})
    assert kinds(work)[2:] == ["undo", "redo", "undo"] and working.same_landmarks(work.landmarks, spine())


def test_undo_pressed_once_too_often_is_no_error(session, work):
    Browser(session, work).send({"action": "undo"}, {"action": "redo"})
    assert kinds(work) == ["open"] and work.notice == ""


@pytest.mark.parametrize(
    "action, levels",
    [
        ({"action": "delete", "level": "T1"}, ("T2", "T3", "T4")),
        ({"action": "add", "level": "T1", "side": "above"}, ("C7", "T1", "T2")),
        ({"action": "rename", "level": "T1", "name": "C6"}, ("C6", "T2", "T3")),
        ({"action": "relabel", "step": 1}, ("T2", "T3", "T4")),
    ],
)
def test_each_command_is_one_step(session, work, action, levels):
    Browser(session, work).send(action)
    assert work.landmarks.levels[:3] == levels and work.base is work.landmarks and len(kinds(work)) == 2


@pytest.mark.slow
def test_500_random_edits_and_500_undos_leave_every_byte(session, work):
    rng, browser = np.random.default_rng(0), Browser(session, work)
    for _ in range(500):
        if rng.random() < 0.8:
            corners = work.landmarks.corners + rng.normal(0, 3, work.landmarks.corners.shape) * (rng.random() < 0.5)
            browser.send({"action": "move", "corners": corners.tolist(), "what": "body"})
        else:
            browser.send(delete_or_restore(work.landmarks, str(rng.choice(STANDARD_LEVELS))))
    assert len(kinds(work)) == 1 + 500
    browser.send(*[{"action": "undo"}] * 500)
    assert work.landmarks.corners.tobytes() == spine().corners.tobytes() and len(kinds(work)) == 1 + 1000


def test_what_was_done_on_another_state_is_refused(session, work):
    browser = Browser(session, work)
    working.put_in_force(work, spine(), "predict", Model("other", "t" * 64))
    browser.send(move(spine(), 3, 2.5))
    assert work.notice == edits.OUTDATED and kinds(work) == ["open", "predict"]
    browser.base = "another/9"
    browser.send({"action": "delete", "level": "T1"})
    assert work.notice == edits.OUTDATED and len(work.landmarks) == 17


def test_another_windows_change_is_never_overwritten(session, work):
    book = CaseBook()
    theirs = with_corners(spine(), spine().corners + 1)
    book.commit(work.case.id, work.case.version, theirs, "move vertebra")
    Browser(session, work).send(move(spine(), 3, 2.5))
    assert "another window" in work.notice
    for landmarks in (work.landmarks, book.load(work.case.id).landmarks):
        assert working.same_landmarks(landmarks, theirs)


def test_an_impossible_edit_gets_its_sentence(session, work):
    browser = Browser(session, work)
    browser.send({"action": "rename", "level": "T1", "name": "L1"})
    assert "top to bottom" in work.notice
    browser.send({"action": "move", "corners": [[[None, 1]] * 4] * 17, "what": "TL"})
    assert "finite" in work.notice
    browser.send({"action": "accept"})
    assert "no suggestion" in work.notice and kinds(work) == ["open"]
    browser.send(move(spine(), 0, 1.0))
    assert work.notice == ""


def test_undo_leads_back_across_models_and_the_picker_follows(session, work):
    browser = Browser(session, work)
    browser.send(move(spine(), 3, 2.5))
    mine = work.landmarks
    other = Landmarks(spine().corners + 7)
    working.put_in_force(work, other, "predict", Model("other", "t" * 64))
    browser.base = work.version
    session["model"] = "other"
    browser.send({"action": "undo"})
    assert working.same_landmarks(work.landmarks, mine) and session["model"] == "best"
    browser.send({"action": "redo"})
    assert working.same_landmarks(work.landmarks, other) and session["model"] == "other"


def test_the_same_answer_again_is_no_change(session, work):
    working.put_in_force(work, spine(), "predict", work.case.model)
    assert kinds(work) == ["open"]


def test_a_correction_is_followed_by_a_suggestion_the_reader_may_accept(session, work, monkeypatch):
    suggested = Landmarks(spine().corners + 5)
    seen = []

    class Tools:
        def suggest(self, before, after, pixels):
            seen.append((before, after))
            return suggested

    monkeypatch.setattr(edits, "tools_trained", lambda: True)
    monkeypatch.setattr("spine_models.service.corner_tools.corner_tools", Tools)
    browser = Browser(session, work)
    browser.send(move(spine(), 3, 2.5))
    browser.send(move(work.landmarks, 4, 2.5))
    assert work.ghost is suggested and working.same_landmarks(seen[-1][0], spine())  # against what the model had said
    browser.send({"action": "accept"})
    assert working.same_landmarks(work.landmarks, suggested) and work.ghost is None
    browser.send(move(work.landmarks, 5, 1.0))
    assert working.same_landmarks(seen[-1][0], suggested)
    browser.send({"action": "undo"})
    assert work.ghost is None and kinds(work)[-4:] == ["move corner", "accept suggestion", "move corner", "undo"]


def test_marking_by_hand_goes_on_until_every_vertebra_has_its_corners(session):
    work = start(None, BY_HAND)
    assert work.marking
    browser = Browser(session, work)
    browser.send(*({"action": "mark", "centre": [200, y]} for y in (100, 140)))
    assert work.landmarks.levels == ("T1", "T2") and work.marking
    browser.send({"action": "place"})
    assert "cannot be placed" in work.notice
    corners = work.landmarks.corners + 1
    browser.send({"action": "move", "corners": corners.tolist(), "what": "body"})
    assert not work.marking and (work.landmarks.source == "human").all()
    browser.send({"action": "delete", "level": "T1"}, {"action": "delete", "level": "T2"})
    assert work.landmarks is None and work.marking


def test_a_case_book_that_cannot_be_used_costs_no_work(session, monkeypatch):
    monkeypatch.setenv("SPINE_DATABASE_URL", "sqlite:////dev/null/cases.sqlite")
    work = start(spine(), BY_HAND)
    Browser(session, work).send(move(spine(), 3, 2.5))
    assert work.notice == "" and (work.landmarks.source == "human").sum() == 1
    assert "kept only until the program ends" in working.where_it_is_kept()
