"""Undo, redo, the audit trail and what a killed process leaves."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from case_samples import FILM, MODEL, same_bytes
from sqlalchemy import create_engine, text

from spine_models.service.cases import CaseBook, CaseError

EDITS = 500
REPOSITORY = Path(__file__).parents[3]


@pytest.mark.slow
def test_500_edits_and_500_undos_leave_every_byte_as_it_was(sqlite_file, marks):
    book, _ = sqlite_file
    case = book.open_draft(FILM, (800, 400), marks(0), MODEL)
    for seed in range(1, EDITS + 1):
        case = book.commit(case.id, case.version, marks(seed), "move corner")
    assert same_bytes(book.load(case.id).landmarks, marks(EDITS))
    for seed in reversed(range(EDITS)):
        case = book.undo(case.id, case.version)
        if seed % 50 == 0:
            assert same_bytes(case.landmarks, marks(seed))
    assert not case.can_undo and case.can_redo and case.version == 1 + 2 * EDITS
    with pytest.raises(CaseError, match="nothing to undo"):
        book.undo(case.id, case.version)
    assert book.verify(case.id) is None


def test_undo_and_redo_follow_a_plain_list_of_states(book, draft, marks):
    """Random walk against the textbook model: a new edit cuts off what was undone; saving does not."""
    rng, states, here, case = random.Random(3), [0], 0, draft
    for seed in range(1, 80):
        action = rng.choice(["edit", "undo", "undo", "redo", "save"])
        if action == "edit":
            states[here + 1 :] = [seed]
            here += 1
            case = book.commit(case.id, case.version, marks(seed), "move corner")
        elif action == "save":
            case = book.save(case.id, case.version, "Linde", None)
        elif here == (0 if action == "undo" else len(states) - 1):
            with pytest.raises(CaseError, match=f"nothing to {action}"):
                getattr(book, action)(case.id, case.version)
        else:
            here += 1 if action == "redo" else -1
            case = getattr(book, action)(case.id, case.version)
        assert same_bytes(case.landmarks, marks(states[here]))
        assert (case.can_undo, case.can_redo) == (here > 0, here < len(states) - 1)
    assert len(book.history(case.id)) == case.version > 50


def test_the_journal_names_every_step_but_not_what_was_typed(book, draft, marks):
    case = book.commit(draft.id, draft.version, marks(1), "move corner")
    case = book.undo(case.id, case.version)
    case = book.save(case.id, case.version, "Linde", None)
    entries = book.history(case.id)
    assert [(entry.version, entry.kind, entry.shows) for entry in entries] == [
        (1, "open", 1), (2, "move corner", 2), (3, "undo", 1), (4, "save", 1),
    ]
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)


TAMPERINGS = (
    "UPDATE journal SET kind = 'rotate' WHERE version = 3",
    "UPDATE journal SET shows = 1 WHERE version = 3",
    "UPDATE journal SET parent = 1 WHERE version = 3",
    "UPDATE journal SET program = '9' WHERE version = 3",
    "UPDATE journal SET digest = '0' WHERE version = 3",
    "UPDATE journal SET time = (SELECT time FROM journal WHERE version = 1) WHERE version = 3",
    "UPDATE journal SET state = (SELECT state FROM journal WHERE version = 2) WHERE version = 3",
    "DELETE FROM journal WHERE version = 3",
    "DELETE FROM journal WHERE version >= 3",
    "UPDATE cases SET version = 2, shows = 2",
)


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_changed_journal_is_found_out(book, url, draft, marks, tampering):
    case = draft
    for seed in range(1, 5):
        case = book.commit(case.id, case.version, marks(seed), "move corner")
    assert book.verify(case.id) is None
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(tampering))
    engine.dispose()
    assert book.verify(case.id) == 3


def test_one_changed_digit_of_a_state_is_found_out(book, url, draft, marks):
    case = book.commit(draft.id, draft.version, marks(1), "move corner")
    engine, rng = create_engine(url), random.Random(0)
    with engine.connect() as connection:
        original = connection.scalar(text("SELECT state FROM journal WHERE version = 2"))
    write = text("UPDATE journal SET state = :state WHERE version = 2")
    for _ in range(20):
        at = rng.choice([place for place, letter in enumerate(original) if letter.isdigit()])
        changed = original[:at] + str((int(original[at]) + 1) % 10) + original[at + 1 :]
        with engine.begin() as connection:
            connection.execute(write, {"state": changed})
        assert book.verify(case.id) == 2
    with engine.begin() as connection:
        connection.execute(write, {"state": original})
    assert book.verify(case.id) is None
    engine.dispose()


WORKER = """
import sys
import numpy as np
from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import CaseBook
book = CaseBook(sys.argv[1])
found = book.of_film("f" * 64)
case = found[0] if found else book.open_draft("f" * 64, (800, 400), None, None)
while True:
    marks = Landmarks(np.random.default_rng(case.version + 1).normal(size=(17, 4, 2)))
    case = book.commit(case.id, case.version, marks, "move corner")
    print(case.version, flush=True)
"""


def test_a_killed_process_loses_no_committed_edit(url):
    """SIGKILL at random moments; the next process goes on where the last stood."""
    book, rng, acknowledged = CaseBook(url), random.Random(), 1
    for _ in range(3):
        command = [sys.executable, "-c", WORKER, url]
        worker = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        first = int(worker.stdout.readline())
        assert first == acknowledged + 1
        time.sleep(rng.uniform(0, 0.5))
        worker.send_signal(signal.SIGKILL)
        lines = [line for line in worker.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
        acknowledged = max([first, *map(int, lines)])
        (case,) = book.of_film(FILM)
        expected = np.random.default_rng(case.version).normal(size=(17, 4, 2))
        assert case.version in (acknowledged, acknowledged + 1) and book.verify(case.id) is None
        assert case.landmarks.corners.tobytes() == expected.tobytes()
        acknowledged = case.version
