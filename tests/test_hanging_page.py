"""A film that lies wrong is asked about, put right with one click, and the sides are named as the user says."""

import io

import numpy as np
import pytest
from PIL import Image
from test_pages import app, doubtful, editor_data, film, predictions, sentences, upload  # noqa: F401 (fixtures)

from spine_models.service.cases import CaseBook


@pytest.fixture
def upside_down(predictions, monkeypatch):  # noqa: F811
    """Every film seems upside down until it has been turned."""
    seen = []

    def turns_to_upright(radiograph):
        seen.append(radiograph)
        return 2 if len(seen) == 1 else 0

    monkeypatch.setattr("spine_models.service.orientation.turns_to_upright", turns_to_upright)
    return seen


def case_of(page):
    book = CaseBook()
    return book.load(page.session_state.work.case.id)


def test_a_film_upside_down_is_turned_before_anything_is_measured(app, predictions, upside_down):  # noqa: F811
    upload(app, film())
    assert "upside down" in sentences(app) and not predictions and not app.table
    app.button(key="turn-upright").click().run()
    assert not app.exception and predictions == ["best"] and app.table
    assert case_of(app).hanging.turns == 2
    assert editor_data(app)["film"]["id"].endswith("-r2")
    assert np.array_equal(app.session_state.work.case.hanging.pixels(upside_down[0].pixels), upside_down[1].pixels)
    assert "was turned (upside down)" in sentences(app)


def test_a_film_that_is_right_is_measured_as_it_is(app, predictions, upside_down):  # noqa: F811
    upload(app, film())
    app.button(key="is-upright").click().run()
    assert predictions == ["best"] and case_of(app).hanging.turns == 0 and "upside down" not in sentences(app)


def test_a_film_that_also_the_gate_doubts_is_asked_about_once(doubtful, upside_down, app, predictions):  # noqa: F811
    upload(app, film())
    assert "upside down" in sentences(app) and "does not look like" not in sentences(app)
    app.button(key="is-upright").click().run()
    assert predictions == ["best"] and "does not look like" not in sentences(app)


def test_turning_measures_again_and_undo_brings_film_and_landmarks_back(app, predictions):  # noqa: F811
    upload(app, film())
    before = case_of(app)
    app.button(key="hang-Right").click().run()
    after = case_of(app)
    assert not app.exception and after.hanging.turns == 1 and after.film_shape == before.film_shape[::-1]
    assert predictions == ["best", "best"]
    assert [line.kind for line in CaseBook().history(after.id)] == ["open", "turn film"]
    back = CaseBook().undo(after.id, after.version)
    assert back.hanging.turns == 0 and back.film_shape == before.film_shape
    assert np.array_equal(back.landmarks.corners, before.landmarks.corners)
    assert CaseBook().verify(after.id) is None


def test_mirroring_takes_the_landmarks_along(app, predictions):  # noqa: F811
    upload(app, film())
    side, before = app.table[0].value["Side"].iloc[0], case_of(app).landmarks
    app.button(key="hang-Mirror").click().run()
    case = case_of(app)
    assert case.hanging.mirrored and np.allclose(case.landmarks.centres[:, 0], 399 - before.centres[:, 0])
    assert [line.kind for line in CaseBook().history(case.id)] == ["open", "mirror film"]
    assert {side, app.table[0].value["Side"].iloc[0]} == {"left", "right"}


@pytest.mark.parametrize("left", ["left", "right"])
def test_sides_are_the_patients_once_they_are_known(app, predictions, left):  # noqa: F811
    upload(app, film())
    on_film = app.table[0].value["Side"].iloc[0]
    app.radio[0].set_value(left).run()
    patients = "left" if on_film == left else "right"
    assert not app.exception and app.table[0].value["Side"].iloc[0] == f"pt {patients}"
    assert f"convex to the patient's {patients}" in app.code[0].value
    app.button(key="hang-Mirror").click().run()
    assert app.table[0].value["Side"].iloc[0] == f"pt {patients}"  # the film is mirrored, the patient is not


def test_a_film_is_kept_as_it_was_read(app, predictions):  # noqa: F811
    data = film()
    upload(app, data)
    app.button(key="hang-Left").click().run()
    case, opened = case_of(app), app.session_state.work
    CaseBook().save(case.id, case.version, "P-1", None, film=_as_read(data))
    kept = CaseBook().film(opened.case.id)
    assert kept.shape == (800, 400) and case.hanging.shape(kept.shape) == case.film_shape == (400, 800)


def _as_read(data: bytes):
    from spine_models.imaging.load import read_radiograph

    assert Image.open(io.BytesIO(data)).size == (400, 800)
    return read_radiograph(data)
