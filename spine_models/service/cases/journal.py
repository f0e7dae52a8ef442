"""The journal of a case: append-only, hash-chained, and the one source of the undo history.

Every edit remembers the version it was made on (``parent``), so the edits form a tree and a case points at one of its
nodes (``shows``). Undo goes to the parent; redo to the newest child, the branch that was undone last. Both are lines of
the journal themselves.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ... import __version__
from . import audit
from .case import Model
from .models import CaseRow, JournalLine


def record_edit(session: Session, case: CaseRow, kind: str, state: str) -> None:
    """Put a new state (JSON) in force."""
    _append(session, case, kind, shows=case.version + 1, parent=case.shows, state=state)


def record_shown(session: Session, case: CaseRow, kind: str, shows: int) -> None:
    """Put an earlier state in force again, or (shows = the present one) note a change of something else."""
    _append(session, case, kind, shows=shows, parent=None, state=None)


def undo_target(session: Session, case: CaseRow) -> int | None:
    """Version whose state an undo brings back, or None at the beginning."""
    return session.get_one(JournalLine, (case.id, case.shows)).parent


def redo_target(session: Session, case: CaseRow) -> int | None:
    """Version whose state a redo brings back, or None at the end."""
    children = select(func.max(JournalLine.version)).where(
        JournalLine.case_id == case.id, JournalLine.parent == case.shows
    )
    return session.scalar(children)


def first_altered_line(session: Session, case: CaseRow) -> int | None:
    """Version of the first line that is not as it was written (changed, missing, or put in), or None if all are."""
    lines = session.scalars(
        select(JournalLine).where(JournalLine.case_id == case.id).order_by(JournalLine.version)
    ).all()
    before = ""
    for expected, line in enumerate(lines, start=1):
        if line.version != expected or line.digest != _digest(before, case.film_sha256, line):
            return expected
        before = line.digest
    intact = len(lines) == case.version and lines[-1].shows == case.shows
    return None if intact else min(len(lines), case.version) + 1


def _append(session: Session, case: CaseRow, kind: str, shows: int, parent: int | None, state: str | None) -> None:
    newest = session.get(JournalLine, (case.id, case.version))
    line = JournalLine(
        case_id=case.id, version=case.version + 1, kind=kind, time=datetime.now(UTC), program=__version__,
        shows=shows, parent=parent, state=state,
    )
    line.digest = _digest(newest.digest if newest else "", case.film_sha256, line)
    session.add(line)
    case.version, case.shows, case.changed = line.version, shows, line.time
    audit.record(session, kind, case.film_sha256, model_in_force(session, case))


def model_in_force(session: Session, case: CaseRow) -> Model | None:
    """The model of the state that the case shows."""
    model = json.loads(session.get_one(JournalLine, (case.id, case.shows)).state)["model"]
    return model and Model(**model)


def _digest(before: str, film_sha256: str, line: JournalLine) -> str:
    """sha256 over the line, the film it is about and the digest of the line before."""
    fields = [before, film_sha256, line.case_id, line.version, line.kind, line.time.isoformat(), line.program,
              line.shows, line.parent, line.state]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
