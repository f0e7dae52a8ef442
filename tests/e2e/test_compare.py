"""One film under two models in a real browser: side by side, zoomed together, and their consensus taken over."""

import pytest
from editor_page import UPLOAD, EditorPage, own_film
from test_cases import view_box
from test_measure import needs_model

pytestmark = pytest.mark.browser


@needs_model
def test_compare_two_models_and_adopt_their_consensus(page, address):
    page.goto(f"{address}/compare")
    removers = page.locator('.stMultiSelect button[aria-label^="Remove"]')
    removers.first.wait_for()
    while removers.count() > 2:
        count = removers.count()
        removers.last.click()
        page.wait_for_function(
            f"""document.querySelectorAll('.stMultiSelect button[aria-label^="Remove"]').length < {count}""")
    page.wait_for_timeout(500)  # until the server has begun to take up the choice
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.locator(UPLOAD).first.set_input_files(
        {"name": "film.png", "mimeType": "image/png", "buffer": own_film(211)})
    films = page.locator('[data-testid="linked-films"] svg')
    films.first.wait_for(timeout=120_000)
    assert page.locator("figcaption strong").last.inner_text() == "Consensus" and films.count() == 3
    assert [film.locator(".lf-marks polygon").count() for film in films.all()] == [17] * 3
    assert films.last.locator("ellipse").count() == 68 and films.first.locator(".lf-apart line").count() == 68
    films.first.scroll_into_view_if_needed()
    before = view_box(films.first)
    films.last.hover()
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"document.querySelector('.lf svg').viewBox.baseVal.width < {before[2] - 1}")
    assert view_box(films.first) == pytest.approx(view_box(films.last))

    page.get_by_role("button", name="Adopt and edit").click()
    editor = EditorPage(page)
    editor.root.wait_for()
    assert "The consensus of" in page.get_by_test_id("stAlert").first.inner_text()
    assert len(editor.levels) == 17
    editor.root.get_by_role("button", name="Undo").click()
    editor.settle()
    page.get_by_text("The consensus of").wait_for(state="hidden")
