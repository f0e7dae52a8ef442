"""The case book in a real browser: find a case, go on with it, follow it up, delete it."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from spine_models.core.cobb import largest_curve
from spine_models.core.landmarks import Landmarks
from spine_models.imaging.load import read_radiograph
from spine_models.service.cases import Case, CaseBook, Model

DEMO = Path(__file__).parents[2] / "assets" / "demo" / "single-thoracic-curve.png"

pytestmark = pytest.mark.browser


@pytest.fixture
def book(app) -> CaseBook:
    """The case book of the running app."""
    return CaseBook(app.database)


def add(book: CaseBook, pseudonym: str, film_date: date, keep: bool) -> Case:
    film = read_radiograph(DEMO.read_bytes())
    truth = json.loads(DEMO.with_suffix(".json").read_text(encoding="utf-8"))
    landmarks = Landmarks(truth["corners"], truth["levels"])
    case = book.open_draft(film.sha256, film.shape, landmarks, Model("by hand", None))
    return book.save(case.id, case.version, pseudonym, film_date, film=film if keep else None)


def test_find_change_open_and_delete_a_case(page, address, book):
    case = add(book, "oak-1", date(2024, 5, 2), keep=True)
    page.goto(f"{address}/cases")
    page.get_by_label("Search").fill("oak-1")
    page.get_by_label("Search").press("Enter")
    row = page.locator(f".st-key-case-{case.id}")
    row.get_by_role("img").wait_for()
    row.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Pseudonym").fill("oak-2")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="hidden")
    assert book.load(case.id).pseudonym == "oak-2"

    page.get_by_label("Search").fill("oak-2")
    page.get_by_label("Search").press("Enter")
    row.get_by_role("button", name="Open").click()
    angle = page.get_by_test_id("angle-MAX")
    angle.wait_for()
    assert float(angle.inner_text()) == pytest.approx(largest_curve(case.landmarks).angle, abs=0.06)
    assert page.url.endswith(f"?case={case.id}")
    page.wait_for_function("document.querySelector('.le-status').textContent === ''")  # the kept film is on screen

    page.get_by_role("link", name="Cases").click()
    row.get_by_role("button", name="Delete").click()
    assert "This is final" in dialog.inner_text()
    dialog.get_by_role("button", name="Delete for good").click()
    dialog.wait_for(state="hidden")
    row.wait_for(state="detached")
    assert not book.of_film(case.film_sha256)


def view_box(film) -> np.ndarray:
    """x, y, width, height of the part of a film that is shown, film pixels."""
    return np.array(film.get_attribute("viewBox").split(), dtype=float)


def test_two_films_are_zoomed_together(page, address, book):
    cases = [add(book, "elm", date(2023, 1, 1), keep=True), add(book, "elm", date(2025, 1, 1), keep=False)]
    page.goto(f"{address}/follow_up")
    films = page.locator('[data-testid="linked-films"] svg')
    films.first.wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    assert films.first.locator("image").count() == 1 and films.last.locator("image").count() == 0
    assert films.last.locator("polygon").count() == 17
    assert "landmarks only" in page.locator("figcaption").last.inner_text()
    films.first.scroll_into_view_if_needed()
    before = [view_box(film) for film in films.all()]
    box = films.first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    page.mouse.wheel(0, -500)
    page.wait_for_function(f"document.querySelector('.lf svg').viewBox.baseVal.width < {before[0][2] - 1}")
    after = [view_box(film) for film in films.all()]
    assert after[0] == pytest.approx(after[1])  # the same spine on either side
    assert after[0][2:] / before[0][2:] == pytest.approx(np.exp([-1, -1]))
    fixed = [view[:2] + view[2:] * (0.75, 0.25) for view in (before[0], after[0])]
    assert fixed[1] == pytest.approx(fixed[0], abs=2)  # the point under the pointer stays
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75 - 60, box["y"] + box["height"] * 0.25, steps=3)
    page.mouse.up()
    moved = [view_box(film) for film in films.all()]
    assert moved[0] == pytest.approx(moved[1]) and moved[0][0] > after[0][0]
    for case in cases:
        book.delete(case.id)
