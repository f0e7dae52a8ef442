"""Taking up work again: by the address, by the film, after another window."""

import io
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from spine_models.core.landmarks import Landmarks
from spine_models.imaging.load import read_radiograph
from spine_models.service.cases import Case, CaseBook
from spine_models.service.editing import with_corners
from spine_models.ui.work import BY_HAND

APP = Path(__file__).parents[2] / "app.py"


def film(seed: int = 0) -> bytes:
    grey = np.random.default_rng(seed).integers(0, 256, (800, 400), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()


def marks() -> Landmarks:
    quad = np.array([(-25, -12), (25, -12), (-25, 12), (25, 12)])
    centres = np.stack([200 + 3.0 * np.arange(17) ** 1.5, 40.0 + 40 * np.arange(17)], axis=1)
    return Landmarks(centres[:, None] + quad)


@pytest.fixture
def case() -> Case:
    """One vertebra of a draft has been moved."""
    st.cache_resource.clear()  # to AppTest every session is the same one
    book, radiograph = CaseBook(), read_radiograph(film())
    case = book.open_draft(radiograph.sha256, radiograph.shape, marks(), BY_HAND)
    return book.commit(case.id, case.version, with_corners(marks(), marks().corners + 1), "move vertebra")


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30)


def sentences(app: AppTest) -> str:
    return " ".join(part.value for part in [*app.info, *app.warning, *app.error, *app.caption])


def test_the_same_film_brings_back_the_work_on_it_and_says_so(app, case):
    app.run().file_uploader[0].set_value(("film.png", film(), "image/png"))
    app.run()
    assert not app.exception and "worked on this film before" in sentences(app)
    assert app.session_state.work.case.id == case.id and app.query_params["case"] == case.id
    assert app.selectbox(key="model").value == BY_HAND.name and "68 of 68 corners placed by hand" in sentences(app)


def test_without_the_film_the_work_is_shown_all_the_same(app, case):
    app.query_params["case"] = case.id
    app.run()
    assert not app.exception and app.session_state.film is None
    assert "68 of 68" in sentences(app) and app.table


def test_an_address_of_no_case_gets_a_sentence(app, case):
    app.query_params["case"] = "no-such-case"
    app.run()
    assert not app.exception and "not in the case book" in app.warning[0].value
    assert "case" not in app.query_params


def test_what_another_window_did_is_shown(app, case):
    app.query_params["case"] = case.id
    app.run()
    CaseBook().undo(case.id, case.version)
    app.run()
    assert app.session_state.work.notice.startswith("This case was changed in another window")
    assert (app.session_state.work.landmarks.source == "model").all()
    CaseBook().delete(case.id)
    app.run()
    assert not app.exception and app.session_state.work is None
