"""The server dies or the line to it does: nothing but the drag in progress may be lost."""

import os

import numpy as np
import pytest
from conftest import App
from editor_page import EditorPage, own_film
from line import Line

from spine_models.service.cases import CaseBook

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_killed_server_loses_no_edit(visitor, tmp_path):
    app = App(tmp_path)
    app.start()
    try:
        editor = EditorPage(visitor())
        editor.page.goto(app.address)
        editor.open_marked(11)
        editor.press("n", "1", "Shift+ArrowDown", "ArrowLeft")
        moved, address = editor.positions(), editor.page.url
        app.server.kill()
        app.server.wait()
        app.start()
        editor.page.goto(address)  # the film is gone with the server's memory, the work is not
        editor.handle("T1", "TL").wait_for()
        assert "Open the film again" in editor.page.locator(".le-status").inner_text()
        editor.page.get_by_text("Film", exact=True).click()
        editor.upload(own_film(11))
        assert np.allclose(editor.positions(), moved, atol=0.05)
        editor.press("Control+z", "Control+z")
        assert editor.angle == pytest.approx(35, abs=0.05)
    finally:
        app.stop()


@pytest.mark.slow
def test_an_edit_made_while_the_line_is_down_is_called_unkept_and_kept_later(visitor, app):
    seconds = int(os.environ.get("SPINE_PAUSE", "2"))  # 180 is the pause the editor must stand; it takes four minutes
    line = Line(app.port)
    editor = EditorPage(visitor())
    editor.page.goto(line.address)
    editor.open_marked(14 + seconds % 7)
    editor.press("n", "1", "Shift+ArrowDown")
    before, book = editor.positions(), CaseBook(app.database)
    steps = len(book.history(editor.case_id))
    line.cut()
    editor.page.keyboard.press("ArrowLeft")
    unkept = editor.root.locator(".le-unkept")
    unkept.filter(has_text="Your last change is not kept yet").wait_for()
    moved = editor.positions()
    editor.page.wait_for_timeout(1000 * seconds)
    assert len(book.history(editor.case_id)) == steps and unkept.inner_text() and moved != before
    line.mend()
    unkept.wait_for(state="hidden", timeout=120_000)  # Streamlit tries the line ever less often
    editor.settle()
    assert len(book.history(editor.case_id)) == steps + 1 and np.allclose(editor.positions(), moved, atol=0.05)
    editor.press("Control+z")
    assert np.allclose(editor.positions(), before, atol=0.05)
