"""The save form of the Measure page, the chart of a curve, and the frames two films share."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import spine

from spine_models.core.landmarks import Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import Case, CaseBook, Model, State
from spine_models.service.cases.follow_up import Angle, Change, Course, Point
from spine_models.ui.case_book import as_text
from spine_models.ui.charts import FREE, LINE, LOCKED, course_chart
from spine_models.ui.courses import change_table, first_and_last, followed_pseudonyms
from spine_models.ui.film_pair import _shared_frames
from spine_models.ui.films import OpenFilm
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.work import Work

FILM = Radiograph(np.linspace(0, 1, 800 * 400, dtype=np.float32).reshape(800, 400), "f" * 64)
OPEN = OpenFilm(FILM, Film.from_radiograph(FILM), 0.0)


def measure_page() -> None:
    import streamlit as st

    from spine_models.ui.case_book import save_form

    save_form(st.session_state.work, st.session_state.open_film)


@pytest.fixture
def draft() -> Case:
    return CaseBook().open_draft(FILM.sha256, FILM.shape, spine(), Model("m", None))


def form(case: Case, film: OpenFilm | None) -> AppTest:
    app = AppTest.from_function(measure_page)
    app.session_state.work, app.session_state.open_film = Work.on(case), film
    return app.run()


def save(app: AppTest, pseudonym: str) -> AppTest:
    app.text_input[0].set_value(pseudonym)
    app.button[0].click()
    return app.run()


def test_the_form_saves_without_the_film_unless_told(draft):
    app = save(form(draft, OPEN), "P-1")
    saved = CaseBook().load(draft.id)
    assert (saved.pseudonym, saved.status, saved.film_kept) == ("P-1", "open", False)
    assert app.session_state.work.case.version == saved.version
    assert "P\\-1" in app.expander[0].label
    app.checkbox[1].check()
    save(app, "P-1")
    assert CaseBook().film(draft.id) is not None


def test_a_film_kept_with_its_writing_is_kept_anew_once_it_is_blanked(draft):
    app = form(draft, OPEN)
    app.checkbox[1].check()
    save(app, "P-1")
    clean = Radiograph(np.zeros_like(FILM.pixels), FILM.sha256)
    app.session_state.open_film = OpenFilm(clean, Film.from_radiograph(clean), 0.0)
    save(app.run(), "P-1")
    assert CaseBook().film(draft.id).pixels.max() > 0.9  # nobody asked for it
    app.session_state.blanked = {FILM.sha256}
    save(app.run(), "P-1")
    assert CaseBook().film(draft.id).pixels.max() == 0


def test_edits_go_on_after_saving(draft):
    work = save(form(draft, None), "P-1").session_state.work
    assert work.own_since == draft.version  # what the editor does on the landmarks it knows is still taken
    CaseBook().commit(work.case.id, work.case.version, spine(20), "move corner")


def test_typed_text_is_not_markdown():
    assert as_text("K_2*x* [a](b) $1$ :red[c]") == r"K\_2\*x\* \[a\]\(b\) \$1\$ \:red\[c\]"


def course(bands) -> Course:
    days = [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1), date(2026, 6, 1)]
    angles = [Angle(20.0 + at, "T5", "T11", band) for at, band in enumerate(bands)]
    points = tuple(Point(str(at), day, angle, None) for at, (day, angle) in enumerate(zip(days, angles)))
    return Course("MT", "right", "T8", points, Change(3.0, 1.24, False), None)


def test_the_chart_shows_both_ways_the_band_and_the_line():
    chart = course_chart(course([(18.0, 22.0), (19.0, 23.0), None, (21.0, 25.0)]))
    by_colour = {colour: [t for t in chart.data if t.line.color == colour] for colour in (LOCKED, FREE, LINE)}
    pair, single, angles = by_colour[LOCKED]
    assert pair.y == (18.0, 19.0, 23.0, 22.0) and pair.fill == "toself"
    assert single.y == (21.0, 25.0) and single.line.width > 0  # a band on one film must be seen too
    assert angles.y == (20.0, 21.0, 22.0, 23.0)
    assert by_colour[FREE][0].y == (None,) * 4
    assert by_colour[LINE][0].y == (25.0, 25.0)


def test_the_change_is_told_with_its_sign():
    table = change_table(course([None] * 4))
    assert list(table["Locked"]) == ["+3.0°", "+1.2°", "no"] and list(table["Free"]) == ["", "", ""]


def contrast(colour: str, background: str) -> float:
    """WCAG 2.2 contrast ratio."""
    lights = []
    for name in (colour, background):
        rgb = np.array([int(name[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        lights.append(linear @ (0.2126, 0.7152, 0.0722) + 0.05)
    return max(lights) / min(lights)


@pytest.mark.parametrize("background", ["#0E1114", "#F6F7F8"])
@pytest.mark.parametrize("colour", [LOCKED, FREE, LINE])
def test_lines_are_seen_on_both_themes(colour, background):
    assert contrast(colour, background) >= 3


def case(landmarks: Landmarks | None, shape=(800, 400), film_date: date | None = date(2025, 1, 1)) -> Case:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Case("c", 1, "open", "oak", film_date, "", "f" * 64, shape, False, State(landmarks, None), False, False,
                now, now)


def test_two_films_share_the_vertebrae_both_show():
    whole = spine()
    part = Landmarks(whole.corners[3:] * 2 + 50, whole.levels[3:])
    (origin, unit), (other_origin, other_unit) = _shared_frames(case(whole), case(part, (1700, 900)))
    t4 = (whole.centres[3] - origin) / unit
    assert (part.centres[0] - other_origin) / other_unit == pytest.approx(t4)
    assert other_unit == pytest.approx(2 * unit)


@pytest.mark.parametrize("other", [None, Landmarks(spine().corners[:1], ("C7",))])
def test_films_without_common_vertebrae_are_shown_whole(other):
    (origin, unit), (other_origin, other_unit) = _shared_frames(case(spine()), case(other, (1000, 600)))
    assert (list(origin), unit, list(other_origin), other_unit) == ([200, 400], 800, [300, 500], 1000)


def test_the_first_and_the_last_film_with_date_and_landmarks_are_compared():
    assert first_and_last([case(None), case(spine()), case(spine()), case(spine(), film_date=None)]) == (1, 2)
    assert first_and_last([case(None), case(spine())]) == (0, 1)


def test_pseudonyms_with_several_saved_films_can_be_followed(draft):
    book = CaseBook()
    book.save(draft.id, draft.version, "oak", None)
    for pseudonym in ("ash", "oak", "oak"):
        more = book.open_draft(FILM.sha256, FILM.shape, None, None)
        book.save(more.id, more.version, pseudonym, None)
    assert followed_pseudonyms() == {"oak": 3}
