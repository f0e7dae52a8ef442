"""``make tour``: the pictures of the README's tour, taken in Chromium from the running app with demo films alone."""

import tempfile
from pathlib import Path

from conftest import ARGUMENTS, REPOSITORY, App
from editor_page import DEMO, EDITOR, UPLOAD
from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = REPOSITORY / "assets" / "tour"
FILM = DEMO / "double-major-curve.png"
COLOURS = 128


def picture(page: Page, name: str) -> None:
    """Keep what is on screen once it has come to rest, in few colours, so that the file is small."""
    page.wait_for_timeout(1500)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(REPOSITORY), path.stat().st_size // 1024, "kB")


def upload(page: Page) -> None:
    page.locator(UPLOAD).first.set_input_files(FILM)


def measure(page: Page) -> None:
    upload(page)
    page.locator(f"{EDITOR} .le-status").wait_for(state="attached")
    page.get_by_test_id("angle-MAX").wait_for()
    picture(page, "measure")


def compare(page: Page) -> None:
    upload(page)
    films = page.locator('[data-testid="linked-films"] svg')
    films.first.wait_for()
    films.first.scroll_into_view_if_needed()
    picture(page, "compare")


def evaluation(page: Page) -> None:
    page.locator(".js-plotly-plot, [data-testid=stDataFrame]").first.wait_for()
    picture(page, "evaluation")


def synthesis(page: Page) -> None:
    page.get_by_test_id("stImage").first.wait_for()
    picture(page, "synthesis-lab")


PAGES = {"": measure, "compare": compare, "dashboard": evaluation, "synthesis": synthesis}


def tour() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        try:
            app.start()
            for path, show in PAGES.items():
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.set_default_timeout(180_000)
                page.goto(f"{app.address}/{path}")
                show(page)
                page.close()
        finally:
            browser.close()
            app.stop()


if __name__ == "__main__":
    tour()
