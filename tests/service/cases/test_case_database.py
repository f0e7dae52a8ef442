"""Where the case book lies, its schema, and the sentences when it cannot be used."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from case_samples import FILM
from sqlalchemy import create_engine, text

from spine_models.service.cases import CaseBook, CaseError
from spine_models.service.cases.database import Database, default_url
from spine_models.service.cases.models import Base

REPOSITORY = Path(__file__).parents[3]


def test_the_migrations_make_the_schema_the_code_uses(book, url):
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_cases_survive_the_next_start(book, url, draft):
    Database(url)
    assert book.load(draft.id).film_sha256 == FILM


def test_several_processes_may_be_the_first(url):
    code = "import sys; from spine_models.service.cases import CaseBook; CaseBook(sys.argv[1]).search()"
    processes = [subprocess.Popen([sys.executable, "-c", code, url], cwd=REPOSITORY, stderr=subprocess.PIPE)
                 for _ in range(3)]
    assert [(process.communicate()[1], process.returncode) for process in processes] == [(b"", 0)] * 3


def test_a_book_of_a_newer_program_is_left_alone(book, url):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CaseError, match="newer version of this program"):
        Database(url)
    engine.dispose()


def test_sqlite_is_set_to_lose_nothing(sqlite_file):
    book, path = sqlite_file
    with book._database.reading() as session:
        pragmas = [session.scalar(text(f"PRAGMA {name}"))
                   for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")]
    assert pragmas == ["wal", 2, 1, 1, 15000] and book.location == str(path)


def test_the_book_lies_where_the_setting_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SPINE_DATABASE_URL", f"sqlite:///{tmp_path / 'mine.sqlite'}")
    assert CaseBook().location == str(tmp_path / "mine.sqlite")
    monkeypatch.delenv("SPINE_DATABASE_URL")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_url().startswith("sqlite:///") and Path(default_url()[10:]).name == "cases.sqlite"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "not valid"),
        ("oracle9://x", "not valid"),
        ("sqlite://", "names no file"),
        ("sqlite:////dev/null/cases.sqlite", "cannot be used"),
        ("mysql+nosuch://x/y", "not valid"),
        ("oracle://x/y", "not installed"),
        (f"sqlite:///{__file__}", "file is not a database"),
    ],
)
def test_a_book_that_cannot_be_opened_says_so(url, sentence):
    with pytest.raises(CaseError, match=sentence) as refusal:
        CaseBook(url)
    assert "\n" not in str(refusal.value)


def test_a_password_is_never_shown():
    with pytest.raises(CaseError, match="cannot be used") as refusal:
        CaseBook("postgresql+psycopg://reader:geheim@127.0.0.1:1/cases?connect_timeout=2")
    assert "geheim" not in str(refusal.value) and "reader" in str(refusal.value)
