"""Streamlit ends a call of a component that the next one overtakes, on the same element: nothing may start anew."""

import base64
from pathlib import Path

import numpy as np
import pytest

from spine_models.core.cobb import largest_curve, measure_curves
from spine_models.core.landmarks import Landmarks
from spine_models.service.points import read_points
from spine_models.ui import landmark_editor as editor
from spine_models.ui import linked_films as linked
from spine_models.ui.landmark_editor.film_url import Film

pytestmark = pytest.mark.browser

TRUTH = Path(__file__).parents[2] / "assets" / "demo" / "single-thoracic-curve.json"
FILM = Film("film", b"", 600, 1400)
START = """async ([html, script]) => {
  document.body.innerHTML = `<main>${html}</main>`;
  window.component = (await import(script)).default;
  window.sent = [];
  window.ends = [];
}"""
CALL = """(data) => {
  const setStateValue = (name, value) => sent.push(value);
  ends.push(component({ parentElement: document.body, data, setStateValue }));
}"""


@pytest.fixture
def spine() -> Landmarks:
    return read_points(TRUTH.read_bytes(), TRUTH.name)


@pytest.fixture
def drawn(monkeypatch) -> list[dict]:
    """What the components are given, in place of drawing them."""
    given = []
    for module in (editor, linked):
        monkeypatch.setattr(module, "_component", lambda: lambda data, **_: given.append(data))
    return given


def overtaken(page, html: Path, script: str, data: dict) -> None:
    """Two calls at once: Streamlit ends the first after it has begun the second."""
    address = "data:text/javascript;base64," + base64.b64encode(script.encode()).decode()
    page.evaluate(START, [html.read_text(), address])
    page.evaluate(CALL, data)
    page.evaluate("ends[0]()")
    page.evaluate(CALL, data)


def test_the_editor_goes_on_with_its_edits(visitor, spine, drawn):
    editor.landmark_editor(FILM, spine, measure_curves(spine), largest_curve(spine), "case/1", "editor")
    page = visitor()
    overtaken(page, editor.FRONTEND / "editor.html", editor.bundle(), drawn[0])
    page.wait_for_function("document.querySelectorAll('.le-names text').length > 0")
    assert page.locator(".le-names text").all_text_contents() == list(spine.levels)  # not over an earlier spine
    page.keyboard.press("u")
    page.evaluate("ends[1]()")
    assert page.get_by_test_id("landmark-editor").get_attribute("data-pending") == "1"
    page.keyboard.press("Control+z")
    assert [entry["action"] for entry in page.evaluate("sent.at(-1).entries")] == ["relabel", "undo"]

    page.evaluate("document.querySelector('main').remove()")
    page.evaluate("ends[1]()")
    page.keyboard.press("Control+z")
    assert page.evaluate("sent.length") == 2  # gone from the page, gone from the keyboard


def test_films_side_by_side_stay_as_they_were_zoomed(visitor, spine, drawn):
    panel = linked.Panel("one", "One", FILM, spine, np.zeros(2), 1.0)
    linked.linked_films([panel, panel], "films")
    page = visitor()
    script = (linked.FRONTEND / "linked_films.js").read_text()
    overtaken(page, linked.FRONTEND / "linked_films.html", script, drawn[0])
    first = page.locator("figure svg").first
    before = first.get_attribute("viewBox")
    first.press("+")
    zoomed = first.get_attribute("viewBox")
    page.evaluate("ends[1]()")
    page.evaluate(CALL, drawn[0])
    assert page.locator("figure").count() == 2 and first.get_attribute("viewBox") == zoomed != before
