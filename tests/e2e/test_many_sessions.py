"""Twenty readers at once, each in a Chromium context of its own, upload and measure; asked for by SPINE_LOAD_SECONDS.

A session must see its own film only: the angle on screen is that of the case in its address, whose film is the very
file it uploaded. Prints how long a reader waits from the upload to the angle, the server's memory, the longest queue.
"""

import asyncio
import hashlib
import os
import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ARGUMENTS, App
from editor_page import UPLOAD, own_film
from playwright.async_api import Error, async_playwright

from spine_models.core.cobb import largest_curve
from spine_models.service.cases import CaseBook

SECONDS = int(os.environ.get("SPINE_LOAD_SECONDS", "0"))  # 300 is the length this must stand
SESSIONS = int(os.environ.get("SPINE_LOAD_SESSIONS", "20"))
MOST_MEMORY_MB = 3000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not SECONDS, reason="takes minutes of both cores: set SPINE_LOAD_SECONDS=300 to run it"),
]


class Findings:
    def __init__(self) -> None:
        self.waits: list[float] = []
        self.faults: list[str] = []
        self.queue = 0
        self.memory: list[float] = []


def memory_mb(pid: int) -> float:
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


async def read_films(browser, number: int, address: str, book: CaseBook, end: float, found: Findings) -> None:
    """One reader: a film after the other until the time is over."""
    for turn in range(1000):
        if time.monotonic() > end:
            return
        context = await browser.new_context()
        context.set_default_timeout(180_000)
        try:
            page = await context.new_page()
            await page.goto(address)
            await page.locator(UPLOAD).first.wait_for(state="attached")
            film = own_film((number * 10 + turn) % 250, (600 + turn, 1400 + number))
            start = time.monotonic()
            await page.locator(UPLOAD).first.set_input_files(
                {"name": "film.png", "mimeType": "image/png", "buffer": film}
            )
            angle = page.get_by_test_id("angle-MAX")
            while not (await angle.count() and re.fullmatch(r"[\d.]+", await angle.inner_text())):
                before = re.search(r"(\d+|One) films? (?:is|are) before yours", await page.inner_text("body"))
                found.queue = max(found.queue, int(before[1].replace("One", "1")) if before else 0)
                await asyncio.sleep(0.5)
            found.waits.append(time.monotonic() - start)
            await page.wait_for_url("**case=*")
            case = book.load(page.url.partition("case=")[2])
            own = hashlib.sha256(film).hexdigest()
            shown, known = await angle.inner_text(), largest_curve(case.landmarks).angle
            if case.film_sha256 != own or abs(float(shown) - known) > 0.051:
                found.faults.append(f"session {number} saw another session's film: {shown} for {known}")
        except Error as error:
            found.faults.append(f"session {number}: {error.message[:200]}")
        finally:
            await context.close()


async def crowd(app: App, found: Findings) -> None:
    book, end = CaseBook(app.database), time.monotonic() + SECONDS
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        readers = [
            asyncio.create_task(read_films(browser, number, app.address, book, end, found))
            for number in range(SESSIONS)
        ]
        while not all(reader.done() for reader in readers):
            found.memory.append(memory_mb(app.server.pid))
            await asyncio.sleep(2)
        await asyncio.gather(*readers)


def test_no_session_sees_another_and_nothing_grows_without_bound(tmp_path, capsys):
    app, found = App(tmp_path), Findings()
    app.start()
    try:
        thread = threading.Thread(target=lambda: asyncio.run(crowd(app, found)))  # pytest's own loop is taken
        thread.start()
        thread.join()
        assert app.server.poll() is None, app.log.read_text()
    finally:
        app.stop()
    with capsys.disabled():
        p50, p95 = np.percentile(found.waits, [50, 95])
        print(f"\n{SESSIONS} sessions, {SECONDS} s: {len(found.waits)} films, wait p50 {p50:.1f} s, p95 {p95:.1f} s, "
              f"longest queue {found.queue}, memory {max(found.memory):.0f} MB at most, {found.memory[-1]:.0f} last")
    assert not found.faults, "\n".join(found.faults)
    assert len(found.waits) >= SESSIONS
    assert "Traceback" not in app.log.read_text() and max(found.memory) < MOST_MEMORY_MB
