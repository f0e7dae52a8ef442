"""The app started as a user starts it, in a real Chromium."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

REPOSITORY = Path(__file__).parents[2]
ARTEFACTS = REPOSITORY / "artefacts"
START_SECONDS = 60
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONSOLE: list[str] = []
"""What the browser has written to its console in the test that runs."""


def missing(what: str) -> None:
    """Skip, or fail where the browser tests must run."""
    sentence = f"needs {what}: install Debian's chromium and requirements-dev.txt to run the browser tests"
    if os.environ.get("SPINE_REQUIRE_BROWSER") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # the first is lighter
    if chromium is None:
        missing("Chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("the Python package playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


class App:
    """The app on a free port, with a case book of its own. started: every one of this test run."""

    started: list["App"] = []

    def __init__(self, folder: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self.database = f"sqlite:///{folder / 'cases.sqlite'}"
        self.log = folder / "log.txt"
        self.environment = {**os.environ, **environment, "SPINE_DATABASE_URL": self.database}

    def start(self) -> None:
        options = [f"--server.port={self.port}", "--server.headless=true"]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
        App.started.append(self)
        with self.log.open("w") as output:
            self.server = subprocess.Popen(
                command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT, env=self.environment
            )
        wait_until_ready(self.address, self.server, self.log)

    def stop(self) -> None:
        self.server.terminate()
        try:
            self.server.wait(timeout=20)
        except subprocess.TimeoutExpired:  # on a busy machine; no test is about a graceful end
            self.server.kill()
            self.server.wait()


@pytest.fixture(scope="session")
def app(browser, tmp_path_factory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("app"))
    try:
        app.start()
        yield app
    finally:
        app.stop()


@pytest.fixture(scope="session")
def address(app) -> str:
    """Address of the running app."""
    return app.address


def wait_until_ready(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(START_SECONDS * 4):
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                if answer.read() == b"ok":  # a wrong address answers 200 too, with a page
                    return
        except OSError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.25)
    pytest.fail(f"The app did not start:\n{log.read_text()}")


@pytest.fixture
def visitor(browser) -> Iterator[Callable]:
    """Call it for the empty window of a fresh visitor, who is gone after the test."""
    contexts, faults = [], []
    CONSOLE.clear()

    def arrive(**options):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(60_000)
        context.on("console", lambda line: CONSOLE.append(f"{line.type}: {line.text}"))
        context.on("weberror", lambda fault: faults.append(str(fault.error)))
        contexts.append(context)
        return context.new_page()

    yield arrive
    for context in contexts:
        context.close()
    assert not faults  # no script of ours, or of Streamlit's, may fail unseen


@pytest.fixture
def page(visitor, address):
    """A fresh visitor on the first page."""
    page = visitor()
    page.goto(address)
    return page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Beside a browser test that fails: what was on screen, in the console and in the server's log."""
    report = yield
    if report.failed and "browser" in item.funcargs:
        report.sections.append(("browser", evidence(item)))
    return report


def evidence(item) -> str:
    """Leaves a picture of each open window in artefacts/; returns the rest as text."""
    ARTEFACTS.mkdir(exist_ok=True)
    parts = []
    for page in [page for context in item.funcargs["browser"].contexts for page in context.pages]:
        picture = ARTEFACTS / f"failed-{re.sub(r'[^a-zA-Z0-9]+', '-', item.name)}-{len(parts)}.png"
        try:
            text = page.inner_text("body", timeout=5000)
            page.screenshot(path=picture, timeout=10_000)
        except Exception as error:  # a window that has crashed is no reason to hide why the test failed
            text = f"(no picture: {error})"
        parts.append(f"{page.url}, see {picture}:\n{text}")
    parts.append("Console:\n" + "\n".join(CONSOLE[-30:]))
    if App.started:
        parts.append("Server log:\n" + App.started[-1].log.read_text()[-3000:])
    return "\n\n".join(parts)
