"""The whole way of a user through the app, with pictures in artefacts/ and no serious accessibility finding on it."""

import io

import pytest
from accessibility import grave_findings
from conftest import ARTEFACTS
from editor_page import EditorPage
from pypdf import PdfReader

from spine_models.service.cases import CaseBook

pytestmark = pytest.mark.browser


IS_IN = """(theme) => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/g)
    .slice(0, 3).every((part) => (part > 127) === (theme === 'light'))"""
AT_REST = """Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 5000)
    .map((one) => one.finished.catch(() => null)))"""


def stop_and_look(page, name: str) -> None:
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")
    page.evaluate(AT_REST)  # contrast is not measured between two themes
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"journey-{name}.png")
    assert grave_findings(page) == []


def save(page, pseudonym: str, date: str) -> None:
    page.get_by_text("Save in the case book", exact=True).click()
    page.get_by_label("Pseudonym").fill(pseudonym)
    page.get_by_role("group", name="Date of the film").get_by_role("spinbutton").first.click()
    page.keyboard.type(date.replace("-", ""))  # year, month, day: each part goes on to the next
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text(f"Saved as {pseudonym}").wait_for()


def test_from_the_first_film_to_the_follow_up(page, address, app):
    page.get_by_role("heading", name="Measure the curves").wait_for()
    page.wait_for_function(IS_IN, arg="dark")
    stop_and_look(page, "1-start")
    editor = EditorPage(page)
    editor.open_marked(21)
    editor.drag(editor.at("T5", "TL"), (-8, 16))
    shown = editor.angle
    page.get_by_role("cell", name=f"{shown:.1f}°").wait_for()
    for part in ("Vertebrae, balance, pattern", "Report: text, PDF, DICOM, pictures", "AASCE challenge angles"):
        page.get_by_text(part, exact=True).click()
    page.get_by_role("cell", name="Third").wait_for()
    stop_and_look(page, "2-measured")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PDF").click()
    text = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages[0].extract_text()
    assert f"{shown:.1f}°" in text
    save(page, "ash", "2024-03-01")

    page.goto(address)
    editor.open_marked(22)
    save(page, "ash", "2025-03-01")
    page.get_by_role("link", name="Cases").click()
    page.get_by_text("ash", exact=True).first.wait_for()
    stop_and_look(page, "3-cases")
    page.get_by_role("link", name="Follow-up").click()
    page.locator('[data-testid="linked-films"] svg').first.wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    stop_and_look(page, "4-follow-up")
    page.get_by_role("link", name="Models").click()
    page.get_by_test_id("stTable").first.wait_for()
    stop_and_look(page, "5-models")
    book = CaseBook(app.database)
    visits = book.visits("ash")
    assert [str(visit.film_date) for visit in visits] == ["2024-03-01", "2025-03-01"]
    for visit in visits:
        book.delete(visit.id)


@pytest.mark.parametrize("path", ["", "cases", "follow_up", "models"])
def test_light_pages_have_enough_contrast(visitor, address, path):
    page = visitor()
    page.add_init_script(f"""localStorage.setItem("spine-models-themed:/{path}", "yes");
        localStorage.setItem("stActiveTheme-/{path}-v2", '"Light"')""")
    page.goto(f"{address}/{path}")
    page.get_by_test_id("intended-use").wait_for()
    page.get_by_test_id("stHeading").first.wait_for()
    page.wait_for_function(IS_IN, arg="light")
    stop_and_look(page, f"light-{path or 'measure'}")
