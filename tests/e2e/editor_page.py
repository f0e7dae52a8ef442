"""The landmark editor as the browser tests see it, by its stable hooks."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from spine_models.imaging.load import read_radiograph
from spine_models.service.cases import CaseBook
from spine_models.service.points import read_points
from spine_models.ui.work import BY_HAND

DEMO = Path(__file__).parents[2] / "assets" / "demo"
FILM = "single-thoracic-curve"
EDITOR = '[data-testid="landmark-editor"]'
UPLOAD = '[data-testid="stFileUploaderDropzoneInput"]'

DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What was changed before is on the screen."""


def own_film(number: int, size: tuple[int, int] | None = None) -> bytes:
    """The demo film with one pixel changed, so no other test has worked on it; size: (width, height) of the result."""
    picture = Image.open(DEMO / f"{FILM}.png").convert("L")
    if size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    picture.putpixel((0, 0), number)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def truth(scale: tuple[float, float] = (1.0, 1.0)) -> bytes:
    """The demo film's known corners as a file of points."""
    points = json.loads((DEMO / f"{FILM}.json").read_text(encoding="utf-8"))
    corners = np.array(points["corners"]) * scale
    return json.dumps({"levels": points["levels"], "corners": corners.tolist()}).encode()


class EditorPage:
    """Handles, angles and the ways to wait for Python."""

    def __init__(self, page) -> None:
        self.page = page
        self.root = page.locator(EDITOR)

    def choose_by_hand(self) -> None:
        self.page.get_by_role("combobox", name="Model").click()
        self.page.get_by_role("option", name="mark by hand").click()

    def upload(self, film: bytes, name: str = "film.png") -> None:
        files = {"name": name, "mimeType": "image/png", "buffer": film}
        self.page.locator(UPLOAD).first.set_input_files(files)
        self.root.wait_for()
        self.page.wait_for_function(f"document.querySelector('{EDITOR} .le-status').textContent === ''")

    def load_points(self, points: bytes) -> None:
        self.page.get_by_text("Points: save, load").click()
        files = {"name": "points.json", "mimeType": "application/json", "buffer": points}
        self.page.locator(UPLOAD).last.set_input_files(files)
        self.handle("T1", "TL").wait_for()

    def open_marked(self, number: int) -> None:
        """A film with its known corners, no model asked."""
        self.choose_by_hand()
        self.upload(own_film(number))
        self.load_points(truth())

    def take_up_marked(self, number: int, database: str) -> None:
        """The same, as work of an earlier visit: the quicker way where a test is not about how it began."""
        film, book = read_radiograph(own_film(number)), CaseBook(database)
        draft = book.open_draft(film.sha256, film.shape, None, BY_HAND)
        book.commit(draft.id, draft.version, read_points(truth(), "points.json"), "load points")
        self.upload(own_film(number))
        self.handle("T1", "TL").wait_for()

    def handle(self, level: str, corner: str):
        return self.root.locator(f'[data-level="{level}"][data-corner="{corner}"]')

    def at(self, level: str, corner: str) -> tuple[float, float]:
        """Middle of a handle in the window, CSS pixels."""
        box = self.handle(level, corner).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    @property
    def angle(self) -> float:
        return float(self.page.get_by_test_id("angle-MAX").inner_text())

    @property
    def levels(self) -> list[str]:
        self.page.evaluate(DRAWN)
        return self.root.locator(".le-names text").all_text_contents()

    @property
    def human(self) -> int:
        """Number of corners placed by a human."""
        return self.root.locator('[data-source="human"]').count()

    def settle(self) -> None:
        """Wait until Python has dealt with every edit."""
        self.page.wait_for_function(f"document.querySelector('{EDITOR}').dataset.pending === '0'")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def drag(self, start: tuple[float, float], by: tuple[float, float], release: bool = True) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + by[0], start[1] + by[1], steps=6)
        if release:
            mouse.up()
            self.settle()

    def positions(self) -> list[tuple[float, float]]:
        """Every handle on the screen, once it is drawn."""
        self.page.evaluate(DRAWN)
        script = "(all) => all.map((circle) => [circle.cx.baseVal.value, circle.cy.baseVal.value])"
        return self.root.locator("[data-corner]").evaluate_all(script)

    @property
    def case_id(self) -> str:
        return self.page.url.partition("case=")[2]
