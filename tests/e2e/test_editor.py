"""A reader corrects landmarks: real browser, real server, real case book; no model is needed."""

import numpy as np
import pytest
from editor_page import EDITOR, EditorPage, own_film, truth

from spine_models.core.cobb import largest_curve
from spine_models.service.cases import CaseBook
from spine_models.service.points import read_points
from spine_models.ui.edits import tools_trained
from spine_models.zoo import list_models

pytestmark = pytest.mark.browser


needs_model = pytest.mark.skipif(
    not any(entry.recommended for entry in list_models()), reason="no model is trained yet"
)


needs_tools = pytest.mark.skipif(not tools_trained(), reason="the model that suggests is not trained yet: cascade")


@pytest.fixture
def editor(page) -> EditorPage:
    return EditorPage(page)


def table_angles(page) -> list[str]:
    return page.get_by_test_id("stTable").first.locator("tbody tr td:first-child").all_inner_texts()


def test_upload_drag_undo_reload(editor, page, app):
    editor.open_marked(1)
    known, start = editor.angle, editor.positions()
    editor.drag(editor.at("T5", "TL"), (-8, 16), release=False)
    page.wait_for_function(f"{known} !== Number(document.querySelector('[data-testid=angle-MAX]').textContent)")
    assert page.locator(".le-magnifier").is_visible()
    dragged = editor.angle  # the browser's own, before Python has heard of it
    assert editor.root.get_attribute("data-pending") == "0" and f"{dragged:.1f}°" not in table_angles(page)
    page.mouse.up()
    editor.settle()
    assert editor.angle == dragged
    page.get_by_role("cell", name=f"{dragged:.1f}°").wait_for()
    moved = editor.positions()

    editor.press("Control+z")
    assert editor.angle == known and editor.positions() == start
    editor.press("Control+Shift+z")
    assert editor.angle == dragged and editor.positions() == moved

    page.reload()
    editor.handle("T1", "TL").wait_for()
    page.wait_for_function(f"document.querySelector('{EDITOR} .le-status').textContent === ''")
    assert editor.angle == dragged and np.allclose(editor.positions(), moved, atol=0.01)
    editor.press("Control+z")
    assert editor.angle == known
    kept = CaseBook(app.database).load(editor.case_id)
    assert f"{largest_curve(kept.landmarks).angle:.1f}" == f"{known:.1f}"


def test_endplates_bodies_and_turning(editor, app):
    editor.take_up_marked(2, app.database)
    start = np.array(editor.positions()).reshape(17, 4, 2)
    box = editor.root.locator(".le-stage").bounding_box()
    middle = start[10].mean(axis=0) + (box["x"], box["y"])
    upper = start[10, :2].mean(axis=0) + (box["x"], box["y"])

    editor.drag(tuple(upper), (0, -6))
    after = np.array(editor.positions()).reshape(17, 4, 2)
    assert np.allclose((after - start)[10], [[0, -6], [0, -6], [0, 0], [0, 0]], atol=0.05)
    editor.press("Control+z")
    editor.drag(tuple(middle), (7, 5))
    after = np.array(editor.positions()).reshape(17, 4, 2)
    assert np.allclose((after - start)[10], [7, 5], atol=0.05) and np.allclose(np.delete(after - start, 10, axis=0), 0)
    editor.press("Control+z")
    turn = editor.root.locator("[data-handle=rotate]").bounding_box()
    editor.drag((turn["x"] + turn["width"] / 2, turn["y"] + turn["height"] / 2), (3, -25))
    after = np.array(editor.positions()).reshape(17, 4, 2)[10]
    assert np.allclose(after.mean(axis=0), start[10].mean(axis=0), atol=0.05)
    across, before = after[1] - after[0], start[10, 1] - start[10, 0]
    assert np.linalg.norm(across) == pytest.approx(np.linalg.norm(before), abs=0.05)
    assert across[1] > before[1] + 5  # the left side went up, so the right side went down


def test_keys_alone_do_everything(editor, page, app):
    editor.take_up_marked(3, app.database)
    known, levels = editor.angle, editor.levels
    scale = editor.root.evaluate("(root) => root.querySelector('svg').getBoundingClientRect().height / 1400")
    start = np.array(editor.positions()).reshape(17, 4, 2)
    editor.press("n", "n", "n", "n", "n", "1", "Shift+ArrowDown", "ArrowLeft")
    after = np.array(editor.positions()).reshape(17, 4, 2) - start
    assert np.allclose(after[4], [[-scale, 10 * scale], [0, 0], [0, 0], [0, 0]], atol=0.05)
    assert page.locator(".le-part-name").inner_text() == "upper left corner" and editor.angle != known
    editor.press("Control+z", "Control+z")
    assert editor.angle == known
    editor.press("Control+y", "Control+z", "5", "ArrowUp", "0", "Shift+E", "Control+z", "Control+z")
    assert editor.angle == known

    editor.press("Delete")
    assert editor.levels == [level for level in levels if level != "T5"]
    editor.press("p", "b")
    assert editor.levels == levels
    editor.press("u")
    assert editor.levels == ["C7", *levels[:-1]]
    editor.press("d", "d")
    assert editor.levels == [*levels[1:], "S1"]
    editor.press("d")
    assert "no name can move further" in page.locator(".le-fault").inner_text()
    page.locator('[data-action="rename"]').focus()
    editor.press("Control+z", "Control+z")  # also from a list in the editor
    editor.root.locator(".le-stage").focus()
    editor.press("Control+z", "Control+z", "Control+z")
    assert editor.levels == levels and editor.angle == known

    editor.press("h")
    assert not editor.handle("T1", "TL").is_visible()
    editor.press("h", "Shift+Digit1")
    assert not editor.handle("T1", "TL").is_visible()
    editor.press("Shift+Digit1", "?")
    assert page.get_by_role("dialog").is_visible() and editor.handle("T1", "TL").is_visible()
    editor.press("?")
    assert not page.get_by_role("dialog").is_visible()


def test_a_held_key_is_one_step_and_typing_is_left_alone(editor, page, app):
    editor.take_up_marked(4, app.database)
    start = editor.positions()
    editor.press("n", "2")
    for _ in range(5):
        page.keyboard.down("ArrowRight")
    assert editor.root.get_attribute("data-pending") == "0"
    page.keyboard.up("ArrowRight")
    editor.settle()
    assert editor.positions() != start
    editor.press("Control+z")
    assert editor.positions() == start
    page.get_by_role("combobox", name="Model").focus()
    editor.press("u")
    assert editor.levels[0] == "T1"


def test_the_whole_spine_fills_the_stage(editor, page, app):
    editor.take_up_marked(20, app.database)
    whole = editor.positions()
    stage = editor.root.locator(".le-stage").bounding_box()
    editor.press("s")
    x, y = np.array(editor.positions()).T
    assert np.ptp(y) == pytest.approx(stage["height"] / 1.1, abs=1) and np.ptp(y) > 1.1 * np.ptp(np.array(whole)[:, 1])
    assert (x.min() + x.max()) / 2 == pytest.approx(stage["width"] / 2, abs=1)
    closer = editor.positions()
    editor.press("f")
    assert np.allclose(editor.positions(), whole, atol=0.05)
    page.get_by_role("button", name="Spine", exact=True).click()
    assert np.allclose(editor.positions(), closer, atol=0.05)
    editor.press("?")
    assert "whole spine" in page.get_by_role("dialog").inner_text()


def test_the_film_stays_in_sight_while_the_numbers_are_read(editor, page, app):
    editor.take_up_marked(23, app.database)
    page.get_by_text("Vertebrae, balance, pattern").click()
    row = page.get_by_role("cell", name="L5", exact=True).last
    row.scroll_into_view_if_needed()
    tilt, before = row.locator("xpath=..").inner_text(), editor.root.bounding_box()
    stage = editor.root.locator(".le-stage").bounding_box()
    assert stage["y"] > 50 and stage["y"] + stage["height"] < 900
    editor.drag(editor.at("L5", "TL"), (0, 6))
    changed = "(was) => [...document.querySelectorAll('tr')].every((row) => row.innerText !== was)"
    page.wait_for_function(changed, arg=tilt)
    assert editor.root.bounding_box() == before


def test_fast_edits_are_all_kept_one_by_one(editor, app):
    editor.take_up_marked(5, app.database)
    before = len(CaseBook(app.database).history(editor.case_id))
    editor.press("n", "1", *["ArrowDown", "ArrowLeft"] * 6)  # no waiting in between
    kept = CaseBook(app.database)
    assert len(kept.history(editor.case_id)) == before + 12
    editor.press(*["Control+z"] * 12)
    assert kept.load(editor.case_id).landmarks.corners.tobytes() == read_points(truth(), "a.json").corners.tobytes()


def click_centres(editor, rows: slice) -> None:
    """Faster than Python answers."""
    box = editor.root.locator(".le-stage").bounding_box()
    scale = box["height"] / 1400
    left = box["x"] + (box["width"] - 600 * scale) / 2
    for x, y in read_points(truth(), "a.json").centres[rows]:
        editor.page.mouse.click(left + x * scale, box["y"] + y * scale)
    editor.settle()


def test_vertebrae_are_marked_from_nothing_by_clicks_on_their_centres(editor, page):
    editor.choose_by_hand()
    editor.upload(own_film(6))
    assert page.get_by_test_id("angle-MAX").inner_text() == ""
    click_centres(editor, slice(0, 3))
    assert editor.levels == ["T1", "T2", "T3"] and editor.human == 0
    click_centres(editor, slice(3, 17))
    assert len(editor.levels) == 17 and editor.angle == pytest.approx(35, abs=8)
    editor.press("Control+z")
    assert len(editor.levels) == 16
    editor.drag(editor.at("T3", "BR"), (4, 4))
    assert editor.human == 1


@needs_tools
def test_the_program_places_the_corners_round_clicked_centres(editor, app):
    editor.choose_by_hand()
    editor.upload(own_film(14))
    click_centres(editor, slice(0, 17))
    known = read_points(truth(), "a.json").corners
    boxes = CaseBook(app.database).load(editor.case_id).landmarks.corners
    editor.press("Enter")
    placed = CaseBook(app.database).load(editor.case_id).landmarks
    errors = [np.linalg.norm(corners - known, axis=2).mean() for corners in (boxes, placed.corners)]
    assert errors[1] < 0.6 * errors[0] and (placed.source == "model").all(), errors
    assert not editor.page.locator(".le-offer").is_visible()


def test_points_are_saved_with_their_source(editor, page, app):
    editor.take_up_marked(7, app.database)
    editor.press("n", "1", "ArrowDown")
    page.get_by_text("Points: save, load").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save points").click()
    saved = read_points(download.value.path().read_bytes(), "points.txt")
    before = read_points(truth(), "a.json")
    assert np.allclose((saved.corners - before.corners)[0, 0], (0, 1)) and (saved.source == "human").all()


def test_two_windows_on_one_case(editor, page, app):
    editor.take_up_marked(8, app.database)
    second = EditorPage(page.context.new_page())
    second.page.goto(page.url)
    second.handle("T1", "TL").wait_for()
    editor.press("n", "0", "Shift+ArrowRight")
    first = editor.positions()
    second.press("n", "0", "Shift+ArrowLeft")
    assert "changed in another window" in second.page.locator(".le-fault").inner_text()
    assert np.allclose(second.positions(), first, atol=0.05)  # nothing of the first window's work is lost
    second.press("Shift+ArrowLeft")
    assert second.page.locator(".le-fault").inner_text() == ""


FRAMES = """(seconds) => new Promise((done) => {
    const times = [performance.now()];
    const tick = () => {
        times.push(performance.now());
        if (times.at(-1) - times[0] < 1000 * seconds) requestAnimationFrame(tick);
        else done(times.slice(1).map((time, index) => time - times[index]));
    };
    requestAnimationFrame(tick);
})"""


@pytest.mark.slow
def test_a_large_film_stays_fluid_while_a_corner_is_dragged(editor, page):
    width, height = 3200, 6400  # 20 megapixels
    editor.choose_by_hand()
    editor.upload(own_film(10, (width, height)))
    editor.load_points(truth((width / 600, height / 1400)))
    x, y = editor.at("T8", "TL")
    editor.drag((x, y), (5, 5), release=False)
    # The hand moves while the browser counts: every animation frame brings a new place.
    page.evaluate(
        """([x, y]) => { const stage = document.querySelector('.le-stage'); let turn = 0;
        window.shaking = setInterval(() => stage.dispatchEvent(new PointerEvent('pointermove', {
            pointerId: 1, pointerType: 'mouse', bubbles: true, clientX: x + (turn++ % 12), clientY: y + (turn * 7) % 15,
        })), 8); }""",
        [x, y],
    )
    frames = np.array(page.evaluate(FRAMES, 3))
    page.evaluate("clearInterval(window.shaking)")
    page.mouse.up()
    editor.settle()
    assert len(frames) > 60 and np.percentile(frames, 95) <= 50, np.percentile(frames, [50, 95, 100])
    assert editor.angle != pytest.approx(35, abs=0.05)


@needs_model
def test_another_model_is_a_step_that_can_be_undone(editor, page):
    editor.upload(own_film(12))
    editor.handle("T1", "TL").wait_for()
    editor.drag(editor.at("T7", "TR"), (12, 4))
    mine, human = editor.positions(), editor.human
    assert human == 1
    editor.choose_by_hand()
    page.wait_for_function(f"document.querySelectorAll('{EDITOR} [data-corner]').length === 0")
    editor.press("Control+z")
    assert editor.human == human and np.allclose(editor.positions(), mine, atol=0.05)
    page.wait_for_function("!document.querySelector('[data-testid=stSelectbox]').innerText.includes('by hand')")


@needs_model
@needs_tools
def test_a_suggestion_is_accepted_by_one_key_and_undone_by_another(editor, page):
    editor.upload(own_film(13))
    editor.handle("T1", "TL").wait_for()
    editor.drag(editor.at("T7", "TL"), (30, 0))
    offer = page.locator(".le-offer")
    offer.wait_for()
    outlines = editor.root.locator(".le-ghost polygon").count()
    corrected = editor.positions()
    assert outlines > 0 and f"{outlines} vertebra" in offer.inner_text()
    editor.press("Enter")
    after = editor.positions()
    assert not offer.is_visible() and after != corrected
    assert np.allclose(after[4 * 6], corrected[4 * 6], atol=0.05) and editor.human == 1
    editor.press("Control+z")
    assert np.allclose(editor.positions(), corrected, atol=0.05)
    editor.press("x")
    assert not offer.is_visible()


def touch(session, kind: str, *points: tuple[float, float]) -> None:
    """Fingers as the operating system reports them; session: of the browser's own protocol."""
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def test_fingers_tap_drag_pan_and_pinch(visitor, app):
    page = visitor(viewport={"width": 1180, "height": 820}, has_touch=True)
    page.goto(app.address)
    fingers = page.context.new_cdp_session(page)
    editor = EditorPage(page)
    editor.take_up_marked(9, app.database)
    start = editor.positions()
    x, y = editor.at("T8", "TL")

    touch(fingers, "touchStart", (x, y))  # an untouched vertebra: the finger pans the film
    for step in range(1, 9):
        touch(fingers, "touchMove", (x - 5 * step, y))
    touch(fingers, "touchEnd")
    assert np.allclose(np.array(editor.positions()) - start, [-40, 0], atol=0.6) and editor.human == 68

    page.keyboard.press("f")
    page.touchscreen.tap(x + 12, y + 8)
    editor.root.locator(".le-outline").wait_for()
    touch(fingers, "touchStart", (x, y))
    for step in range(1, 9):
        touch(fingers, "touchMove", (x - 3 * step, y))
    assert page.locator(".le-magnifier").is_visible()
    touch(fingers, "touchEnd")
    editor.settle()
    change = np.array(editor.positions()) - start
    assert np.allclose(change[28], [-24, 0], atol=0.6) and np.allclose(np.delete(change, 28, axis=0), 0, atol=0.05)

    before = np.ptp(np.array(editor.positions())[:, 1])
    touch(fingers, "touchStart", (x, y - 60), (x, y + 60))
    for step in range(1, 9):
        touch(fingers, "touchMove", (x, y - 60 - 8 * step), (x, y + 60 + 8 * step))
    touch(fingers, "touchEnd")
    assert np.ptp(np.array(editor.positions())[:, 1]) > 1.8 * before
    assert editor.root.get_attribute("data-pending") == "0"
