"""Case books on SQLite and, where its server is installed, on a throw-away PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import numpy as np
import pytest
from case_samples import FILM, MODEL
from sqlalchemy import create_engine, text

from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import CaseBook


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Address of an empty database (on the server: of an empty schema, which is quicker to make)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cases.sqlite'}"
    server = request.getfixturevalue("postgresql_server")
    schema = f"cases_{uuid.uuid4().hex}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{schema}"


@pytest.fixture
def book(url):
    return CaseBook(url)


@pytest.fixture
def sqlite_file(tmp_path):
    """A case book on SQLite and its file."""
    path = tmp_path / "cases.sqlite"
    return CaseBook(f"sqlite:///{path}"), path


@pytest.fixture
def draft(book, marks):
    return book.open_draft(FILM, (800, 400), marks(0), MODEL)


@pytest.fixture
def marks(upright):
    """Function (seed) -> landmarks of a spine whose corners have been moved at random."""

    def make(seed: int) -> Landmarks:
        rng = np.random.default_rng(seed)
        corners = upright() + rng.normal(0, 5, (17, 4, 2))
        sigma = np.where(rng.random((17, 4)) < 0.5, np.nan, rng.random((17, 4)))
        return Landmarks(corners, sigma=sigma, source=rng.choice(["model", "human"], (17, 4)))

    return make


@pytest.fixture(scope="session")
def postgresql_server():
    """URL of a server that lives as long as the tests; only a local socket is open."""
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver: pip install 'psycopg[binary]'")
    programs = _programs()
    user = _server_user()
    # Not pytest's tmp_path: only its owner can enter that, and its name may be too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="spine-pg-"))
    shutil.chown(folder, user)
    run = {"user": user, "cwd": folder, "check": True, "stdout": subprocess.DEVNULL}
    control = [programs / "pg_ctl", "-D", folder / "data", "-w"]
    try:
        subprocess.run([programs / "initdb", "-D", folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8"], **run)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **run)
        try:
            yield f"postgresql+psycopg://tester@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Folder of initdb and pg_ctl, which Debian keeps off the PATH."""
    found = shutil.which("initdb") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    if not found:
        pytest.skip("needs a PostgreSQL server: install Debian's package postgresql")
    return Path(found).parent


def _server_user() -> str:
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("needs a PostgreSQL server, which does not run as root: run the tests as another user")
