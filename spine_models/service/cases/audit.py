"""The audit trail: what was done to which film with which model, append-only and hash-chained over all cases.

A line holds time, program version, action, hash of the film's file, model and hash of its weights: no name, no file
name, nothing that a user typed. It is written in the transaction of the action itself. Every digest covers the line and
the digest before it; the head holds the number of lines and the last digest, so that a cut end is noticed as well.
Whoever may write to the database can write the whole trail anew: note the last digest elsewhere to find that out too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import __version__
from .case import AuditEntry, Model, Trail
from .models import AuditHead, AuditLine

_HEAD = 1
_AT_ONCE = 1000
"""Lines in memory while the trail is read."""


def record(session: Session, action: str, film_sha256: str, model: Model | None) -> None:
    """Add a line. action: a few words of the program's own."""
    head = session.get_one(AuditHead, _HEAD, with_for_update=True)
    line = AuditLine(
        line=head.lines + 1, time=datetime.now(UTC), program=__version__, action=action, film_sha256=film_sha256,
        model=model and model.name, weights_sha256=model and model.weights_sha256,
    )
    line.digest = _digest(head.digest, line)
    session.add(line)
    head.lines, head.digest = line.line, line.digest
    session.flush()


def check(session: Session) -> Trail:
    """Read the whole trail and see whether it is as it was written."""
    before, count, altered = "", 0, None
    for count, line in enumerate(_lines(session), start=1):
        if line.line != count or line.digest != _digest(before, line):
            altered = count
            break
        before = line.digest
    head = session.get(AuditHead, _HEAD, populate_existing=True)
    if altered is None and (head is None or (head.lines, head.digest) != (count, before)):
        altered = count + 1 if head is None or head.lines >= count else head.lines + 1
    return Trail(count, before, altered)


def entries(session: Session) -> Iterator[AuditEntry]:
    """All lines, oldest first."""
    for line in _lines(session):
        yield AuditEntry(line.line, line.time, line.program, line.action, line.film_sha256, line.model,
                         line.weights_sha256)


def _lines(session: Session) -> Iterator[AuditLine]:
    lines = select(AuditLine).order_by(AuditLine.line).execution_options(yield_per=_AT_ONCE, populate_existing=True)
    return iter(session.scalars(lines))


def _digest(before: str, line: AuditLine) -> str:
    """sha256 over the line and the digest of the line before."""
    fields = [before, line.line, line.time.isoformat(), line.program, line.action, line.film_sha256, line.model,
              line.weights_sha256]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
