"""The case book: films, the work on them, and every step of that work, kept the moment it is made."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import Row, Select, and_, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from ...core.hanging import Hanging
from ...core.landmarks import Landmarks
from ...core.radiograph import Radiograph
from . import audit, journal
from .case import AuditEntry, Case, Entry, Model, Page, State, Status, Trail
from .database import default_url, open_database
from .errors import CaseError, MissingCase, StaleCase
from .films import kept_film, restored_film
from .models import PSEUDONYM_LENGTH, CaseRow, FilmRow, JournalLine
from .states import decode_state, encode_state

Sort = Literal["changed", "created", "film_date", "pseudonym"]


class CaseBook:
    """Cases in a database; cheap to make, safe to share between threads, no session stays open between calls.

    url: SQLAlchemy database URL; by default $SPINE_DATABASE_URL, else an SQLite file in the user's data folder.
    Every method raises CaseError (a sentence for the user) when the database cannot be used, MissingCase for a case
    that is not there, and, where it takes a version, StaleCase when the case has changed since that version: then
    nothing was written.
    """

    def __init__(self, url: str | None = None) -> None:
        self._database = open_database(url or default_url())

    @property
    def location(self) -> str:
        """Where the cases are kept, as the app states it: a file or a server, without password."""
        return self._database.location

    def open_draft(
        self, film_sha256: str, film_shape: tuple[int, int], landmarks: Landmarks | None, model: Model | None,
        hanging: Hanging = Hanging(),
    ) -> Case:
        """Begin work on a film that is not saved; look first with ``of_film`` whether there is some to go on with.

        film_shape: (height, width) in pixels, of the film as read. Of the film itself nothing is stored.
        """
        with self._database.writing() as session:
            now = datetime.now(UTC)
            row = CaseRow(id=uuid.uuid4().hex, version=0, film_sha256=film_sha256, film_height=film_shape[0],
                          film_width=film_shape[1], created=now, changed=now)
            session.add(row)
            session.flush()
            journal.record_edit(session, row, "open", encode_state(State(landmarks, model, hanging)))
            return _one(session, row.id)

    def load(self, case_id: str) -> Case:
        """The case as it is now."""
        with self._database.reading() as session:
            return _one(session, case_id)

    def newest_version(self, case_id: str) -> int:
        """A cheap look whether another window has changed the case."""
        with self._database.reading() as session:
            return _found(session.scalar(select(CaseRow.version).where(CaseRow.id == case_id)))

    def of_film(self, film_sha256: str) -> tuple[Case, ...]:
        """Drafts and saved cases of a film, the one changed last first."""
        with self._database.reading() as session:
            newest_first = _cases().where(CaseRow.film_sha256 == film_sha256).order_by(CaseRow.changed.desc())
            return tuple(map(_case, session.execute(newest_first)))

    def commit(
        self, case_id: str, version: int, landmarks: Landmarks | None, kind: str, model: Model | None = None,
        hanging: Hanging | None = None,
    ) -> Case:
        """Journal one edit and put its landmarks in force.

        kind: what was done, in a few words of the program's own ("move corner"). model: where the edit is a prediction.
        hanging: where the film was turned; the landmarks are those on the turned film.
        """
        with self._editing(case_id, version) as (session, row):
            before = decode_state(session.get_one(JournalLine, (row.id, row.shows)).state)
            after = State(landmarks, model or before.model, hanging or before.hanging)
            journal.record_edit(session, row, kind, encode_state(after))
            return _one(session, case_id)

    def undo(self, case_id: str, version: int) -> Case:
        """Take the last edit back, any number of them one by one; raises CaseError when none is left."""
        with self._editing(case_id, version) as (session, row):
            journal.record_shown(session, row, "undo", _step(journal.undo_target(session, row), "undo"))
            return _one(session, case_id)

    def redo(self, case_id: str, version: int) -> Case:
        """Bring back the edit undone last; raises CaseError when there is none."""
        with self._editing(case_id, version) as (session, row):
            journal.record_shown(session, row, "redo", _step(journal.redo_target(session, row), "redo"))
            return _one(session, case_id)

    def save(
        self,
        case_id: str,
        version: int,
        pseudonym: str,
        film_date: date | None,
        notes: str = "",
        status: Literal["open", "done"] = "open",
        film: Radiograph | None = None,
    ) -> Case:
        """Keep the case under a pseudonym. film: keep it too, as it was read; None leaves it as it is, kept or not.

        Raises CaseError for a pseudonym that is empty or over PSEUDONYM_LENGTH characters, or a film of another hash.
        """
        pseudonym = _checked_pseudonym(pseudonym)
        # Slow, so before the database is locked.
        to_keep = film and kept_film(case_id, film, self.load(case_id).hanging)
        with self._editing(case_id, version) as (session, row):
            if film is not None:
                _check_same_film(row, film)
                session.merge(to_keep)
            row.pseudonym, row.film_date, row.notes, row.status = pseudonym, film_date, notes.replace("\0", ""), status
            # What was typed is not journaled: a name typed by mistake must not outlive its correction.
            journal.record_shown(session, row, "save", row.shows)
            case = _one(session, case_id)
        self._database.empty_log()
        return case

    def forget_film(self, case_id: str, version: int) -> Case:
        """Delete the kept film, not the case."""
        with self._editing(case_id, version) as (session, row):
            session.execute(delete(FilmRow).where(FilmRow.case_id == case_id))
            journal.record_shown(session, row, "forget film", row.shows)
            case = _one(session, case_id)
        self._database.compact()
        return case

    def film(self, case_id: str) -> Radiograph | None:
        """The kept film as it was read, grey values to 1/65535, under the hash of its file; None if it is not kept."""
        with self._database.reading() as session:
            row = _found(session.get(CaseRow, case_id))
            film = session.get(FilmRow, case_id)
            return film and restored_film(row, film)

    def thumbnails(self, case_ids: Sequence[str]) -> dict[str, bytes]:
        """JPEGs of those of the cases whose film is kept."""
        with self._database.reading() as session:
            rows = session.execute(select(FilmRow.case_id, FilmRow.thumbnail).where(FilmRow.case_id.in_(case_ids)))
            return {case_id: thumbnail for case_id, thumbnail in rows}

    def search(
        self,
        text: str = "",
        status: Status | None = None,
        sort: Sort = "changed",
        descending: bool = True,
        limit: int = 50,
        offset: int = 0,
    ) -> Page:
        """Saved cases (drafts with status="draft") with every word of the text in pseudonym or notes, in any case."""
        wanted = [CaseRow.status == status if status else CaseRow.status != "draft"]
        wanted += [(CaseRow.pseudonym + "\n" + CaseRow.notes).icontains(word, autoescape=True) for word in text.split()]
        column = func.lower(CaseRow.pseudonym) if sort == "pseudonym" else getattr(CaseRow, sort)
        order = (column.desc() if descending else column.asc()).nulls_last()
        with self._database.reading() as session:
            rows = session.execute(_cases().where(*wanted).order_by(order, CaseRow.id).limit(limit).offset(offset))
            total = session.scalar(select(func.count()).select_from(CaseRow).where(*wanted))
            return Page(tuple(map(_case, rows)), total)

    def visits(self, pseudonym: str) -> tuple[Case, ...]:
        """All saved cases of a pseudonym by date of film, undated ones last."""
        with self._database.reading() as session:
            by_date = _cases().where(CaseRow.pseudonym == pseudonym.strip(), CaseRow.status != "draft")
            by_date = by_date.order_by(CaseRow.film_date.asc().nulls_last(), CaseRow.created)
            return tuple(map(_case, session.execute(by_date)))

    def history(self, case_id: str) -> tuple[Entry, ...]:
        """The journal of a case, oldest line first."""
        with self._database.reading() as session:
            _found(session.get(CaseRow, case_id))
            lines = session.execute(
                select(JournalLine.version, JournalLine.kind, JournalLine.time, JournalLine.shows, JournalLine.program)
                .where(JournalLine.case_id == case_id).order_by(JournalLine.version)
            )
            return tuple(Entry(*line) for line in lines)

    def verify(self, case_id: str) -> int | None:
        """Version of the first journal line that was tampered with or is missing; None when the journal is intact."""
        with self._database.reading() as session:
            return journal.first_altered_line(session, _found(session.get(CaseRow, case_id)))

    def delete(self, case_id: str) -> None:
        """Delete the case, its journal and its film for good; deleting a case that is gone already is no error.

        The audit trail goes on to say that there was work on a film of this hash.
        """
        with self._database.writing() as session:
            row = session.get(CaseRow, case_id, with_for_update=True)
            if row is not None:
                _erase(session, row, "delete case")
        self._database.compact()

    def discard_drafts(self, unchanged_since: datetime) -> int:
        """Delete for good the drafts nobody has touched since then; returns how many."""
        old = select(CaseRow).where(CaseRow.status == "draft", CaseRow.changed < unchanged_since).with_for_update()
        with self._database.writing() as session:
            drafts = session.scalars(old).all()
            for draft in drafts:
                _erase(session, draft, "discard draft")
        if drafts:
            self._database.compact()
        return len(drafts)

    def record(self, action: str, film_sha256: str, model: Model | None) -> None:
        """Add an action that leaves the case as it is, such as a report, to the audit trail.

        action: a few words of the program's own, never a name or a file's name.
        """
        with self._database.writing() as session:
            audit.record(session, action, film_sha256, model)

    def audit_trail(self) -> tuple[AuditEntry, ...]:
        """Every action on every film, oldest first."""
        with self._database.reading() as session:
            return tuple(audit.entries(session))

    def verify_trail(self) -> Trail:
        """Whether the audit trail is as it was written."""
        with self._database.reading() as session:
            return audit.check(session)

    def verify_cases(self) -> tuple[int, dict[str, int]]:
        """How many cases there are, and of each whose journal was altered its id and the first altered step."""
        with self._database.reading() as session:
            cases = session.scalars(select(CaseRow).order_by(CaseRow.created)).all()
            found = {case.id: journal.first_altered_line(session, case) for case in cases}
        return len(found), {case_id: step for case_id, step in found.items() if step is not None}

    @contextmanager
    def _editing(self, case_id: str, version: int) -> Iterator[tuple[Session, CaseRow]]:
        """The case locked against other writers, after making sure that the caller knows its newest version."""
        with self._database.writing() as session:
            row = _found(session.get(CaseRow, case_id, with_for_update=True))
            if row.version != version:
                raise StaleCase(row.version)
            yield session, row


def _erase(session: Session, row: CaseRow, action: str) -> None:
    audit.record(session, action, row.film_sha256, journal.model_in_force(session, row))
    session.execute(delete(CaseRow).where(CaseRow.id == row.id))


def _cases() -> Select:
    """Cases with all that ``_case`` needs: the line in force, whether a later edit hangs on it, whether a film does."""
    later = aliased(JournalLine)
    return select(
        CaseRow,
        JournalLine.state,
        JournalLine.parent,
        exists().where(later.case_id == CaseRow.id, later.parent == CaseRow.shows),
        exists().where(FilmRow.case_id == CaseRow.id),
    ).join(JournalLine, and_(JournalLine.case_id == CaseRow.id, JournalLine.version == CaseRow.shows))


def _case(found: Row) -> Case:
    row, state, parent, can_redo, film_kept = found
    in_force = decode_state(state)
    return Case(
        id=row.id,
        version=row.version,
        status=row.status,
        pseudonym=row.pseudonym,
        film_date=row.film_date,
        notes=row.notes,
        film_sha256=row.film_sha256,
        film_shape=in_force.hanging.shape((row.film_height, row.film_width)),
        film_kept=film_kept,
        state=in_force,
        can_undo=parent is not None,
        can_redo=can_redo,
        created=row.created,
        changed=row.changed,
    )


def _one(session: Session, case_id: str) -> Case:
    return _case(_found(session.execute(_cases().where(CaseRow.id == case_id)).one_or_none()))


def _found(value):
    if value is None:
        raise MissingCase
    return value


def _step(target: int | None, direction: str) -> int:
    if target is None:
        raise CaseError(f"There is nothing to {direction} in this case.")
    return target


def _checked_pseudonym(typed: str) -> str:
    pseudonym = " ".join(typed.split())
    if not pseudonym or len(pseudonym) > PSEUDONYM_LENGTH or not pseudonym.isprintable():
        raise CaseError(f"Give the case a pseudonym of 1 to {PSEUDONYM_LENGTH} characters.")
    return pseudonym


def _check_same_film(row: CaseRow, film: Radiograph) -> None:
    if (film.sha256, film.shape) != (row.film_sha256, (row.film_height, row.film_width)):
        raise CaseError("This is not the film that was measured in this case: open the case's own film to keep it.")
