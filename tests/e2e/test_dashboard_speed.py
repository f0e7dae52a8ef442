"""How long the Evaluation page takes in a real browser, from the click until every figure is drawn; prints medians.

    SPINE_ROUNDS=5 python -m pytest -q -s tests/e2e/test_dashboard_speed.py

On a machine that does nothing else a change must take 300 ms and the first paint 1 s; the limits here are for one that
does.
"""

import os
import time
from pathlib import Path
from statistics import median

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIGURES = {
    "Leaderboard": ["leaderboard-chart"],
    "Agreement": ["scatter", "bland-altman"],
    "Where": ["levels", "corners"],
    "Trade-offs": ["trade-off"],
    "Pairwise": ["pair"],
    "Cases": ["film"],
}
"""Of each view as it opens, as the page calls them."""

PARTS = {"Agreement": ("Severity", ["severity", "confusion"]), "Where": ("Distances, numbering", ["detection"]),
         "Pairwise": ("All pairs", ["pairs"])}
"""The other part of a view, and its figures."""

ROUNDS = int(os.environ.get("SPINE_ROUNDS", "1"))
"""Of all views; 5 to measure."""

MOST_MS, MOST_SERVER_MS = 3000, 150
"""Medians; of the server's processor time 30 to 55 ms were seen, and 300 with the charts made anew each time."""

DRAWN = "names => names.every(name => document.querySelector(`.st-key-figure-${name} .main-svg .ytick`))"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
CHANGE = """async ([control, option, names, drawn]) => {
    const button = [...document.querySelectorAll(`.st-key-${control} button`)]
        .find(one => one.innerText.trim() === option);
    const start = performance.now();
    button.click();
    while (!eval(drawn)(names)) await new Promise(requestAnimationFrame);
    return performance.now() - start;
}"""


CHOICES = [
    ("Leaderboard", "Metric", ("SMAPE, %", "Largest angle, mean error, degrees"), "leaderboard-chart", ".xtitle"),
    ("Agreement&agreement=Severity", "Model", ("Cascade", "BoostNet"), "severity", ".legendtext"),
    ("Pairwise", "Second model", ("SpineNet", "BoostNet"), "pair", ".ytitle"),
    ("Trade-offs", "Metric", ("SMAPE, %", "Largest angle, mean error, degrees"), "trade-off", ".ytitle"),
]
"""View, choice, options to change between, and a figure with the place in it that says what was chosen."""

CHOOSE = """async ([figure, place, option]) => {
    const text = option.innerText.trim().toLowerCase(), start = performance.now();
    option.click();
    const said = () => [...document.querySelectorAll(`.st-key-figure-${figure} ${place}`)].at(-1)?.textContent ?? '';
    const first = () => document.querySelector(`.st-key-figure-${figure} ${place}`)?.textContent ?? '';
    while (![said(), first()].some(name => name.toLowerCase().includes(text))) await new Promise(requestAnimationFrame);
    return performance.now() - start;
}"""


def processor_ms(process: int) -> float:
    """What the process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return 10 * (int(fields[11]) + int(fields[12]))


def test_views_change_at_once(app, visitor):
    page = visitor(viewport={"width": 1280, "height": 900})
    page.goto(f"{app.address}/dashboard")
    page.wait_for_function(DRAWN, arg=FIGURES["Leaderboard"])
    loads, paints = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        page.reload()
        page.wait_for_function(DRAWN, arg=FIGURES["Leaderboard"])
        loads.append(1000 * (time.perf_counter() - start))
        paints.append(page.evaluate(PAINT))
    page.wait_for_timeout(1500)  # all corners are being read ahead
    taken, used = {view: [] for view in FIGURES}, {view: [] for view in FIGURES}
    for turn in range(ROUNDS + 1):
        for view in (*list(FIGURES)[1:], "Leaderboard"):
            before = processor_ms(app.server.pid)
            milliseconds = page.evaluate(CHANGE, ["view", view, FIGURES[view], DRAWN])
            page.wait_for_timeout(600)
            if turn:  # what is seen for the first time is computed
                taken[view].append(milliseconds)
                used[view].append(processor_ms(app.server.pid) - before)
    print(f"\npage loaded again: first contentful paint {median(paints):.0f} ms, all drawn {median(loads):.0f} ms")
    assert median(paints) < MOST_MS
    for view in FIGURES:
        print(f"{view}: {median(taken[view]):.0f} ms, of the server's processor {median(used[view]):.0f} ms")
        assert median(taken[view]) < MOST_MS and median(used[view]) < MOST_SERVER_MS


def test_the_other_part_of_a_view_comes_at_once(app, visitor):
    page = visitor(viewport={"width": 1280, "height": 900})
    print()
    for view, (part, names) in PARTS.items():
        page.goto(f"{app.address}/dashboard?view={view}")
        page.wait_for_function(DRAWN, arg=FIGURES[view])
        first = page.locator(f".st-key-{view.lower()} button").first.inner_text().strip()
        taken = []
        for turn in range(ROUNDS + 1):
            for option, figures in ((part, names), (first, FIGURES[view])):
                milliseconds = page.evaluate(CHANGE, [view.lower(), option, figures, DRAWN])
                page.wait_for_timeout(600)
                if turn and option == part:
                    taken.append(milliseconds)
        print(f"{view}, {part.lower()}: {median(taken):.0f} ms")
        assert median(taken) < MOST_MS


def test_choices_change_a_figure_at_once(app, visitor):
    page = visitor(viewport={"width": 1280, "height": 900})
    print()
    for view, label, options, figure, place in CHOICES:
        page.goto(f"{app.address}/dashboard?view={view}")
        page.wait_for_function(DRAWN, arg=[figure])
        taken = []
        for turn in range(ROUNDS + 1):
            for option in reversed(options):
                page.get_by_role("combobox", name=label, exact=True).click()
                found = page.get_by_role("option", name=option, exact=True)
                taken.append(page.evaluate(CHOOSE, [figure, place, found.element_handle()]))
                page.wait_for_timeout(600)
        print(f"{view.partition('&')[0]}, another {label.lower()}: {median(taken[2:]):.0f} ms")
        assert median(taken[2:]) < MOST_MS
