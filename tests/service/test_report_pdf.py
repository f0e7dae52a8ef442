"""One page whose every number is the screen's, whatever it is asked to hold."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from pypdf import PdfReader
from report_samples import CALIBRATION, FILM, SHAPE, WEIGHTS, bent_spine, report_on, wedged

from spine_models import INTENDED_USE, __version__
from spine_models.core.hanging import Hanging
from spine_models.core.landmarks import LEVELS, STANDARD_LEVELS, Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import Case, Model, State, follow_up
from spine_models.service.report import Subject
from spine_models.service.report_film import Box, window_round
from spine_models.service.report_pdf import PAPERS, report_pdf
from spine_models.service.report_rows import level_rows, stance_rows
from spine_models.service.report_text import notes, pattern_sentences, reliability_sentences, shape_sentences
from spine_models.ui.measuring import measure
from spine_models.ui.results import curve_table

RADIOGRAPH = Radiograph(np.random.default_rng(0).random(SHAPE, dtype=np.float32), FILM, notes=("Jane^DOE.dcm",))


def page_of(report, film=RADIOGRAPH, courses=(), paper="A4"):
    reader = PdfReader(io.BytesIO(report_pdf(report, film, courses, paper)))
    assert len(reader.pages) == 1
    return reader.pages[0]


def words(page):
    """The text of the page, its line breaks and runs of spaces taken as one space."""
    return " ".join(page.extract_text().split())


def places(page):
    """(text, x, y) of every piece of text on the page, in points."""
    found = []

    def visit(text, cm, tm, font, size):
        if text.strip():
            x, y = tm[4], tm[5]
            found.append((text, cm[0] * x + cm[2] * y + cm[4], cm[1] * x + cm[3] * y + cm[5]))

    page.extract_text(visitor_text=visit)
    return found


def visit_of(day, bend):
    state, now = State(bent_spine(bend), None), datetime(2026, 1, 1, tzinfo=UTC)
    return Case(str(day), 1, "open", "P-017", day, "", FILM, SHAPE, False, state, False, False, now, now)


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_it_is_one_page_of_the_paper_asked_for(paper, size):
    page = page_of(report_on(), paper=paper)
    assert (round(page.mediabox.width), round(page.mediabox.height)) == size


def test_its_curves_are_those_of_the_screen():
    report = report_on(bent_spine(25, swings=1.0))
    card = SimpleNamespace(calibration=CALIBRATION)
    on_screen = curve_table(measure(report.landmarks, SHAPE[0], card))
    assert len(on_screen) == 2 and "90 %" in on_screen
    text = words(page_of(report))
    for row in on_screen.to_dict("records"):
        assert " ".join(row.values()) in text


def test_its_table_has_every_number_of_every_level():
    report = report_on(wedged(bent_spine(0), "T9", 15), spacing=(0.5, 0.5))
    text = words(page_of(report))
    for row in level_rows(report.deformity):
        cells = [f"{c.text} ({c.usual})" if c.usual else c.text for c in (row.wedge, row.ratio, row.tilt, row.disc)]
        assert " ".join([row.level, row.shape, *cells]) in text
    for what, value in stance_rows(report.deformity, report.curves):
        assert f"{what} {value}" in text


def test_it_says_what_the_text_says():
    report = report_on(bent_spine(source=np.where(np.arange(68).reshape(17, 4) < 3, "human", "model")),
                       warnings=("The numbering is uncertain.",))
    text = words(page_of(report))
    sentences = (*pattern_sentences(report), *shape_sentences(report), *reliability_sentences(report), *notes(report))
    assert "3 of 68 corners were placed by a human: T1." in sentences
    assert all(sentence in text for sentence in sentences)


def test_it_names_model_weights_program_film_and_use():
    text = words(page_of(report_on()))
    for fact in (f"Model cascade · weights sha256 {WEIGHTS} · spine_models {__version__}", f"Film sha256 {FILM}",
                 "400 × 800 pixels", INTENDED_USE):
        assert fact in text


def test_a_straight_spine_has_the_sentence_of_the_screen():
    assert "No curve of 10° or more. The largest angle is 0.0°, between" in words(page_of(report_on(bent_spine(0))))


def test_it_shows_the_film_and_says_so_where_it_cannot():
    assert len(page_of(report_on()).images) == 1
    without = page_of(report_on(), film=None)
    assert len(without.images) == 0 and "The film was not at hand" in words(without)


def test_of_the_patient_it_holds_what_the_user_typed_alone():
    subject = Subject("P-017 Ж", date(2026, 3, 4), "in <b>brace</b> & corset")
    pdf = report_pdf(report_on(subject=subject), RADIOGRAPH)
    reader = PdfReader(io.BytesIO(pdf))
    text = words(reader.pages[0])
    assert "P-017 Ж" in text and "Film of 2026-03-04" in text and "in <b>brace</b> & corset" in text
    assert "DOE" not in text and b"DOE" not in pdf and not (reader.metadata.author or "")
    assert "P-017" not in str(reader.metadata)


def test_earlier_films_make_a_follow_up():
    visits = [visit_of(date(2024, 1, 4), 20), visit_of(date(2025, 2, 5), 30)]
    text = words(page_of(report_on(), courses=follow_up(visits).courses))
    assert "40.0° to 60.0° (+20.0°; between the end vertebrae of the first film +20.0°)." in text
    assert "Follow-up" in text and "2024-01-04" in text and "2025-02-05" in text


def test_one_film_makes_none():
    courses = follow_up([visit_of(date(2024, 1, 4), 20)]).courses
    assert courses and "Follow-up" not in words(page_of(report_on(), courses=courses))


@pytest.mark.parametrize("paper", PAPERS)
def test_the_most_that_can_be_asked_of_it_stays_in_its_place(paper):
    """Every level known, curves all the way down, doubts, a long note and name, many earlier films."""
    rough = bent_spine(35, LEVELS, swings=5.5)
    corners = rough.corners + np.random.default_rng(1).normal(0, 4, rough.corners.shape)
    landmarks = Landmarks(corners, LEVELS, rough.sigma, np.full((len(LEVELS), 4), "human"))
    subject = Subject("W" * 120, date(2026, 3, 4), "note " * 2000)
    doubts = ("The numbering is uncertain: " + "check it on the film " * 8 + ".",) * 5
    report = report_on(landmarks, subject, model=Model("a_model_with_a_very_long_name+refiner", WEIGHTS),
                       warnings=doubts)
    assert len(report.curves) > 8
    visits = [replace(visit_of(date(2010 + year, 1, 4), 0), state=State(landmarks, None)) for year in range(12)]
    page = page_of(report, None, follow_up(visits).courses, paper)
    width, height = page.mediabox.width, page.mediabox.height
    found = places(page)
    assert all(0 < x < width - 34 and 20 < y < height - 20 for _, x, y in found)
    table_top = next(y for text, _, y in found if text.startswith("Level"))
    column = [y for text, x, y in found if x > 250 and text.split()[0] in ("Findings", "Reliability", "Follow-up")]
    last = min(y for text, _, y in found if "of the first film" in text)
    assert len(column) == 3 and table_top < last < min(column)
    assert "(shortened)" in words(page) and INTENDED_USE in words(page)


def test_the_film_fills_the_box_round_the_spine():
    box = Box(0, 0, 200, 400)
    corners = bent_spine(0).corners
    window = window_round(corners, box, None)
    on_page = window.to_page(corners, box)
    low, high = on_page.min(axis=(0, 1)), on_page.max(axis=(0, 1))
    assert (low > 0).all() and (high < (200, 400)).all()
    assert ((low + high) / 2).tolist() == pytest.approx([100, 200]) and high[1] - low[1] > 320
    assert on_page[0, 0, 1] > on_page[-1, 0, 1]  # T1 above L5 on a page whose y goes up


def test_a_film_that_ends_at_the_spine_is_shown_larger():
    corners, box = bent_spine(0).corners, Box(0, 0, 200, 400)
    tight = window_round(corners - corners.min(axis=(0, 1)), box, (int(np.ptp(corners[..., 1])) + 1, 60))
    assert tight.scale > window_round(corners, box, None).scale


def test_levels_are_all_there_for_a_short_spine():
    short = Landmarks(bent_spine().corners[3:8], STANDARD_LEVELS[3:8])
    text = words(page_of(report_on(short)))
    assert all(f"{level} within range" in text for level in STANDARD_LEVELS[3:8]) and "Coronal balance" not in text


def test_sides_are_the_patients_where_they_are_known():
    report = report_on(hanging=Hanging(patient_left="right"))
    told = words(page_of(report))
    side = "left" if report.curves[0].side == "right" else "right"
    assert f"pt {side}" in told and "patient's left" in told and "left of the film" not in told
