"""The Evaluation page in a real browser: a shared address, and the files of a figure."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_an_address_shows_the_same_again_and_a_figure_is_saved(page, address):
    page.goto(f"{address}/dashboard?view=Trade-offs&cost=Size&subset=Clean%2C+no+twin")
    page.get_by_role("heading", name="SMAPE, % against size").wait_for()
    chart = page.locator(".js-plotly-plot").first
    chart.locator(".xtitle").wait_for()
    assert chart.locator(".xtitle").text_content() == "Parameters, millions"
    with page.expect_download() as saved:
        chart.locator(".modebar-btn[data-title*='Download']").click()
    picture = saved.value.path().read_text(encoding="utf-8")
    assert saved.value.suggested_filename == "trade-off.svg" and picture.startswith("<svg")
    assert "Parameters, millions" in picture
    with page.expect_download() as saved:
        page.get_by_role("button", name="Data (CSV)").first.click()
    assert saved.value.path().read_text(encoding="utf-8").startswith("title,")

    page.get_by_text("Memory", exact=True).click()
    page.wait_for_url(re.compile("cost=Memory"))
    page.get_by_role("heading", name="SMAPE, % against memory").wait_for()
    assert "subset=Clean" in page.url
