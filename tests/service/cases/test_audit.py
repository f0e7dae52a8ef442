"""The audit trail: every action, no name, append-only, and no change that goes unnoticed."""

import csv
import os
import random
import re

import pytest
from case_samples import FILM, MODEL
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spine_models import __version__
from spine_models.__main__ import main
from spine_models.core.errors import DataError
from spine_models.service.cases import CaseError, Model, audit, journal
from spine_models.service.cases.database import Database
from spine_models.service.cases.models import CaseRow
from spine_models.service.cases.verify import verify_book, write_trail

MUTATIONS = int(os.environ.get("SPINE_MUTATIONS", "100"))
"""All 1,000 take some ten seconds on an idle machine."""

DROP = {"sqlite": ("DROP TRIGGER audit_unchanged", "DROP TRIGGER audit_undeleted"),
        "postgresql": ("DROP TRIGGER audit_kept ON audit",)}


def worked_on(book, marks):
    """Two cases with a few edits, a report, a deleted draft."""
    case = book.open_draft(FILM, (800, 400), marks(0), MODEL)
    for seed in range(1, 6):
        case = book.commit(case.id, case.version, marks(seed), "move corner")
    case = book.undo(case.id, case.version)
    case = book.commit(case.id, case.version, marks(9), "predict", Model("other", "d" * 64))
    book.save(case.id, case.version, "Linde", None, "a secret note")
    book.record("report pdf", FILM, MODEL)
    for film in "ab":
        case = book.open_draft(film * 64, (800, 400), None, Model("by hand", None))
    book.delete(case.id)
    return case


def test_every_action_is_a_line_without_a_name(book, marks):
    worked_on(book, marks)
    lines = book.audit_trail()
    assert [line.action for line in lines] == [
        "open", *["move corner"] * 5, "undo", "predict", "save", "report pdf", "open", "open", "delete case"]
    assert [line.line for line in lines] == list(range(1, 14)) and {line.program for line in lines} == {__version__}
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert {(line.film_sha256, line.model, line.weights_sha256) for line in lines} == {
        (FILM, "net", "e" * 64), (FILM, "other", "d" * 64), ("a" * 64, "by hand", None), ("b" * 64, "by hand", None)}
    assert lines[7].model == lines[8].model == "other"  # what the case shows from there on
    assert not re.search("Linde|secret", repr(lines))


def test_an_action_that_fails_leaves_no_line(book, draft, marks):
    with pytest.raises(CaseError):
        book.undo(draft.id, draft.version)
    with pytest.raises(CaseError):
        book.commit(draft.id, draft.version + 5, marks(1), "move corner")
    assert [line.action for line in book.audit_trail()] == ["open"]


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET action = 'x' WHERE line = 2", "DELETE FROM audit WHERE line = 2", "DELETE FROM audit",
])
def test_the_database_itself_refuses_to_change_a_line(book, url, marks, statement):
    worked_on(book, marks)
    engine = create_engine(url)
    with pytest.raises(DBAPIError, match="new lines only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    assert book.verify_trail().altered is None and book.verify_trail().lines == 13


def test_a_book_of_the_version_before_is_upgraded_with_its_cases(book, url, marks):
    case = book.open_draft(FILM, (800, 400), marks(0), MODEL)
    case = book.save(case.id, case.version, "Linde", None)
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in ("DROP TABLE audit", "DROP TABLE audit_head",
                          "UPDATE alembic_version SET version_num = '0001'"):
            connection.execute(text(statement))
    engine.dispose()
    Database(url)
    assert book.load(case.id).pseudonym == "Linde" and book.verify(case.id) is None
    assert book.verify_trail().altered is None and book.audit_trail() == ()
    book.commit(case.id, case.version, marks(1), "move corner")
    assert [line.action for line in book.audit_trail()] == ["move corner"]


def other(value, rng):
    """A value of the same kind that is not this one."""
    if value is None:
        return "0" * 64
    if isinstance(value, int):
        return value + rng.choice((-1, 1, 7))
    at = rng.randrange(len(value) or 1)
    letter = rng.choice([c for c in "0123456789abcdef" if c != value[at : at + 1]])
    return value[:at] + letter + value[at + 1 :]


def mutate(session, rng):
    """Change something in trail or journals behind the program's back; returns what, for a failed test to tell."""
    table = rng.choice(("audit", "audit", "audit", "journal", "audit_head"))
    rows = session.execute(text(f"SELECT rowid AS at, * FROM {table}")).mappings().all()
    row, kind = rng.choice(rows), rng.choice(("change", "change", "delete", "swap", "insert"))
    columns = [name for name in row if name not in ("at", "id", "case_id")]
    if table == "audit_head" or kind == "change":
        name = rng.choice(columns)
        value = other(row[name], rng)
        if name == "time" or (table == "journal" and name in ("version", "shows", "parent")):
            value = rng.choice([r[name] for r in rows if r[name] != row[name]] or [other(row[name], rng)])
        if name in ("version", "line"):
            value = max(r[name] for r in rows) + rng.choice((1, 5))
        change = text(f"UPDATE {table} SET {name} = :value WHERE rowid = :at")
        session.execute(change, {"value": value, "at": row["at"]})
        return table, name, row["at"], value
    if kind == "delete":
        cut = rng.random() < 0.3 and table == "audit"
        session.execute(text(f"DELETE FROM {table} WHERE rowid {'>=' if cut else '='} :at"), {"at": row["at"]})
        return table, kind, row["at"], cut
    twin = rng.choice([r for r in rows if r["at"] != row["at"]])
    if kind == "swap":
        name = rng.choice([n for n in columns if n not in ("version", "line") and twin[n] != row[n]])
        for one, two in ((row, twin), (twin, row)):
            session.execute(text(f"UPDATE {table} SET {name} = :value WHERE rowid = :at"),
                            {"value": two[name], "at": one["at"]})
        return table, kind, name, row["at"], twin["at"]
    number = "line" if table == "audit" else "version"
    names = [name for name in row if name != "at"]
    values = dict(row) | {number: max(r[number] for r in rows) + rng.choice((1, 2))}
    added = text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})")
    session.execute(added, values)
    return table, kind, row["at"]


def test_every_mutation_is_found(sqlite_file, marks):
    """Seeded: a changed letter, a line gone, put in, exchanged, the end cut off, the head changed."""
    book, path = sqlite_file
    worked_on(book, marks)
    engine, rng, unnoticed = create_engine(f"sqlite:///{path}"), random.Random(8), []
    with engine.begin() as connection:
        for statement in DROP["sqlite"]:
            connection.execute(text(statement))
    with Session(engine) as session:
        for _ in range(MUTATIONS):
            what = mutate(session, rng)
            cases = session.query(CaseRow).all()
            found = audit.check(session).altered is not None
            found |= any(journal.first_altered_line(session, case) is not None for case in cases)
            unnoticed += [] if found else [what]
            session.rollback()
            session.expunge_all()
    engine.dispose()
    assert not unnoticed
    assert verify_book(book)[1]  # nothing was left changed, so every find above was a true one


def test_verify_names_the_first_altered_line(book, url, marks, monkeypatch, capsys):
    monkeypatch.setenv("SPINE_DATABASE_URL", url)
    worked_on(book, marks)
    assert main(["verify"]) == 0
    said = capsys.readouterr().out
    assert "13 lines, as they were written" in said and "2 cases: as they were written" in said
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in DROP[engine.dialect.name]:
            connection.execute(text(statement))
        connection.execute(text("UPDATE audit SET action = 'predict' WHERE line = 6"))
        connection.execute(text("UPDATE journal SET kind = 'predict' WHERE version = 3"))
    engine.dispose()
    assert main(["verify"]) == 1
    said = capsys.readouterr().out
    assert "altered from line 6 on" in said and "altered from step 3 on" in said


def test_the_trail_can_be_taken_out(book, marks, tmp_path):
    worked_on(book, marks)
    write_trail(tmp_path / "trail.csv", book)
    rows = list(csv.DictReader((tmp_path / "trail.csv").open()))
    assert len(rows) == 13 and rows[-1]["action"] == "delete case" and rows[-1]["weights_sha256"] == ""
    with pytest.raises(DataError, match="cannot be written"):
        write_trail(tmp_path / "no" / "trail.csv", book)
