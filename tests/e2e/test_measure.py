"""A user uploads a film and reads the angle; real browser, real server, real network."""

import json
from pathlib import Path

import numpy as np
import pytest

from spine_models.core.cobb import largest_curve
from spine_models.core.errors import ModelError
from spine_models.core.landmarks import Landmarks
from spine_models.zoo import recommended_model

DEMO = Path(__file__).parents[2] / "assets" / "demo"
UPLOAD = '[data-testid="stFileUploaderDropzoneInput"]'
EDITOR = '[data-testid="landmark-editor"]'
TOLERANCE = 8.0  # degrees the model may miss the demo film's known angle by; its accuracy is judged elsewhere

pytestmark = pytest.mark.browser


def has_model() -> bool:
    try:
        return bool(recommended_model())
    except ModelError:
        return False


needs_model = pytest.mark.skipif(not has_model(), reason="no model is trained yet: run `python -m spine_models train`")


@pytest.fixture(scope="module")
def film() -> Path:
    """The demo film with the largest curve."""
    return max(DEMO.glob("*.png"), key=true_angle)


def true_angle(film: Path) -> float:
    truth = json.loads(film.with_suffix(".json").read_text(encoding="utf-8"))
    return largest_curve(Landmarks(truth["corners"], truth["levels"])).angle


def upload(page, film: Path):
    page.locator(UPLOAD).set_input_files(film)
    page.locator(EDITOR).wait_for()


def film_grey(page) -> float:
    """Mean grey of what the canvas shows, 0 to 255."""
    page.wait_for_function(f"document.querySelector('{EDITOR} .le-status').textContent === ''")
    script = """async (canvas) => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value, i) => sum + (i % 4 ? 0 : value), 0) / (data.length / 4);
    }"""
    return page.locator(f"{EDITOR} canvas.le-film").evaluate(script)


@needs_model
def test_upload_a_film_and_read_the_angle(page, film):
    upload(page, film)
    shown = float(page.get_by_test_id("angle-MAX").inner_text())
    cells = page.get_by_test_id("stTable").first.locator("tbody tr td:first-child")
    assert max(float(text.rstrip("°")) for text in cells.all_inner_texts()) == shown
    assert shown == pytest.approx(true_angle(film), abs=TOLERANCE)
    handles = page.locator(f"{EDITOR} [data-level][data-corner]")
    assert handles.count() == 4 * 17
    assert handles.and_(page.locator('[data-level="T1"][data-corner="TL"]')).is_visible()
    assert film_grey(page) > 10
    assert page.locator(".le-fault").inner_text() == ""  # browser and server measured the same angles


@needs_model
def test_layers_zoom_and_grey_window(page, film):
    upload(page, film)
    page.get_by_role("button", name="Corners").click()
    handle = page.locator(f'{EDITOR} [data-level="L5"][data-corner="BR"]')
    handle.wait_for(state="hidden")
    page.get_by_role("button", name="Corners").click()
    handle.wait_for(state="visible")
    before = handle.bounding_box()
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"document.querySelector('{EDITOR} [data-level=L5]').r.baseVal.value > 0")
    after = handle.bounding_box()
    zoomed = [after["x"] + after["width"] / 2, after["y"] + after["height"] / 2]
    assert np.allclose(zoomed, [x, y], atol=1)  # the point under the pointer stays
    page.mouse.down(button="right")
    page.mouse.move(x - 120, y + 40, steps=4)
    page.mouse.up(button="right")
    assert int(page.locator('[data-window="width"]').input_value()) == 70
    assert int(page.locator('[data-window="centre"]').input_value()) == 60


@needs_model
def test_the_film_is_shown_where_its_address_does_not_answer(page, film):
    page.route("**/media/*", lambda route: route.fulfill(status=404))
    upload(page, film)
    page.wait_for_function(f"document.querySelector('{EDITOR} .le-status').textContent === ''")
    assert film_grey(page) > 10


def test_dark_at_first_and_light_when_chosen(visitor, address):
    page, loads = visitor(color_scheme="light"), []
    page.on("load", lambda _: loads.append(page.url))
    page.goto(address)
    scheme = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme"
    page.wait_for_function(f"({scheme})() === 'dark'")
    page.get_by_role("menu").wait_for(state="detached")
    assert len(loads) == 1  # the page is not loaded again, which would call off what the reader has begun
    page.get_by_test_id("stMainMenu").click()
    page.get_by_role("menuitemradio", name="Light").click()
    page.wait_for_function(f"({scheme})() === 'light'")
    page.goto(f"{address}/models")
    page.get_by_test_id("intended-use").wait_for()
    page.get_by_role("heading", name="Models").wait_for()
    page.wait_for_function(f"({scheme})() === 'light'")


def test_a_bad_file_gets_a_sentence(page):
    page.locator(UPLOAD).set_input_files({"name": "film.png", "mimeType": "image/png", "buffer": b"no film"})
    alert = page.get_by_test_id("stAlert")
    alert.wait_for()
    assert "export the film as PNG" in alert.inner_text()
    assert page.locator(EDITOR).count() == 0
