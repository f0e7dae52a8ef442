"""The tables of the case book.

A case holds no landmarks: it points (``shows``) at the line of its journal whose state is in force, so that the two
cannot disagree. Its ``version`` is the number of its newest journal line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import DateTime, Double, ForeignKey, Index, LargeBinary, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PSEUDONYM_LENGTH = 120


class UtcDateTime(TypeDecorator):
    """Aware UTC datetimes; SQLite would hand them back naive, PostgreSQL in the time zone of the session."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime}


class CaseRow(Base):
    """One case. id: random, so that an address with a case in it can be neither guessed nor given out twice."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    shows: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(8), default="draft", index=True)
    pseudonym: Mapped[str] = mapped_column(String(PSEUDONYM_LENGTH), default="", index=True)
    film_date: Mapped[date | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    film_sha256: Mapped[str] = mapped_column(String(64), index=True)
    film_height: Mapped[int]
    film_width: Mapped[int]
    created: Mapped[datetime]
    changed: Mapped[datetime]


class JournalLine(Base):
    """One change of a case; lines are added, never altered.

    state: landmarks and model after the change as JSON (``states``), for changes of the landmarks only.
    shows: version of the line whose state is in force after this one: its own for an edit, an earlier one for an undo.
    parent: for an edit, the version whose state was in force before it: where undo leads.
    digest: hash of this line and of the digest before it.
    """

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_parent", "case_id", "parent"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    time: Mapped[datetime]
    program: Mapped[str] = mapped_column(String(32))
    shows: Mapped[int]
    parent: Mapped[int | None]
    state: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class FilmRow(Base):
    """A film the user chose to keep, as pixels only (``films``): a file would carry tags and names along."""

    __tablename__ = "films"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)
    thumbnail: Mapped[bytes] = mapped_column(LargeBinary)
    row_spacing_mm: Mapped[float | None] = mapped_column(Double)
    column_spacing_mm: Mapped[float | None] = mapped_column(Double)


class AuditLine(Base):
    """One action on a film, of whatever case or none; lines outlive the case, and are never altered (``audit``)."""

    __tablename__ = "audit"

    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    program: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(64))
    film_sha256: Mapped[str] = mapped_column(String(64))
    model: Mapped[str | None] = mapped_column(String(120))
    weights_sha256: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """How many lines the audit trail has, and the digest of the last: the one row whoever adds a line must hold."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
