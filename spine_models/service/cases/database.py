"""One engine per database URL: made, and its schema upgraded, at first use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from .errors import CaseError

URL_VARIABLE = "SPINE_DATABASE_URL"
MIGRATIONS = Path(__file__).parent / "migrations"

_WAIT_SECONDS = 15
"""How long a change waits for another window's change before it gives up."""

_UPGRADE_LOCK = 7305117
"""Any number nobody else uses: key of the PostgreSQL lock under which one process at a time upgrades the schema."""

_databases: dict[str, Database] = {}
_databases_lock = Lock()


def default_url() -> str:
    """$SPINE_DATABASE_URL, else an SQLite file in the user's data folder."""
    return os.environ.get(URL_VARIABLE) or f"sqlite:///{user_data_path('spine_models') / 'cases.sqlite'}"


def open_database(url: str) -> Database:
    """The database of a URL, the same object for all threads; raises CaseError if it cannot be opened."""
    with _databases_lock:
        if url not in _databases:
            _databases[url] = Database(url)
        return _databases[url]


class Database:
    """A database with today's schema. location: where the cases are, for the user; without password."""

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.location = str(Path(parsed.database).absolute()) if _is_sqlite(parsed) else parsed.render_as_string()
        with self._sentences():
            self._engine = _sqlite_engine(parsed) if _is_sqlite(parsed) else _server_engine(parsed)
            with self._writer.begin() as connection:
                _upgrade(connection)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent snapshot; nothing is written."""
        with self._sentences(), Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are committed at the end all together, or not at all after an exception."""
        with self._sentences(), Session(self._writer) as session, session.begin():
            yield session

    def compact(self) -> None:
        """Leave no byte of deleted rows in an SQLite file or its write-ahead log. A server does so in its own time."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._sentences(), closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM")
        if not self.empty_log():
            raise CaseError(
                "The case is deleted, but another program is reading the case book, so traces may remain in "
                f"{self.location}-wal until every window is closed."
            )

    def empty_log(self) -> bool:
        """Leave no byte of overwritten text in SQLite's write-ahead log; False if a reader still needs the log."""
        if self._engine.dialect.name != "sqlite":
            return True
        with self._sentences(), closing(self._engine.raw_connection()) as connection:
            busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    @cached_property
    def _writer(self) -> Engine:
        return self._engine.execution_options(writes=True)

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """A database's failures as one sentence; never with the values of a row in it."""
        try:
            yield
        except (DBAPIError, sqlite3.Error, OSError) as error:
            reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            raise CaseError(f"The case book at {self.location} cannot be used: {reason}.") from error
        except ModuleNotFoundError as error:
            raise CaseError(
                f"The case book at {self.location} needs the Python module {error.name}, which is not installed."
            ) from error
        except CommandError as error:
            raise CaseError(
                f"The case book at {self.location} was written by a newer version of this program: update the program."
            ) from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise CaseError(
            "The address of the case book is not valid: write it like sqlite:////folder/cases.sqlite "
            "or postgresql://user@server/name."
        ) from error
    if _is_sqlite(parsed) and not parsed.database:
        raise CaseError("The address of the case book names no file: write it like sqlite:////folder/cases.sqlite.")
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _server_engine(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


def _sqlite_engine(url: URL) -> Engine:
    # Only this user may read the folder: it holds medical notes.
    Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _WAIT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions late, and none around CREATE TABLE
    # Python's lower: SQLite's own knows ASCII only, and a search should find Ü by ü.
    connection.create_function("lower", 1, lambda value: value and value.lower(), deterministic=True)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer after another's commit would fail without waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
