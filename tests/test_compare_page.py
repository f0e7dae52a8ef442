"""The Compare page as a user meets it, with made-up models in place of the networks."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import APP, MODELS, doubtful, editor_data, film, predictions, sentences, spine, upload  # noqa: F401

from spine_models.core.errors import DetectionError
from spine_models.core.landmarks import LEVELS, Landmarks
from spine_models.core.prediction import Prediction
from spine_models.service.cases import CaseBook
from spine_models.service.editing import with_corners


@pytest.fixture
def app(predictions) -> AppTest:  # noqa: F811
    return AppTest.from_file(str(APP), default_timeout=120).run().switch_page("pages/compare.py").run()


@pytest.fixture
def says(predictions, monkeypatch) -> dict:  # noqa: F811
    """What each model is to say: landmarks, or an exception."""
    answers = {}

    def predict(radiograph, name):
        predictions.append(name)
        answer = answers.get(name, spine())
        if isinstance(answer, Exception):
            raise answer
        card = next(model.card for model in MODELS if model.name == name)
        return Prediction(answer, np.zeros(radiograph.shape, np.uint8), np.ones(len(answer)), card)

    monkeypatch.setattr("spine_models.service.inference.predict", predict)
    return answers


def panels(app: AppTest) -> dict[str, dict]:
    return {panel["title"]: panel for panel in editor_data(app)["panels"]}


def a_level_lower() -> Landmarks:
    """The same vertebrae, each under the name of the next one below."""
    levels = spine().levels
    return Landmarks(spine().corners, (*levels[1:], LEVELS[LEVELS.index("L5") + 2]))


def test_the_recommended_model_comes_first_and_untrained_ones_do_not(app):
    assert app.multiselect[0].value == ["best", "other", "plain+refiner"]


def test_without_a_film_nothing_is_run(app, predictions):  # noqa: F811
    assert "pick a demo film" in sentences(app) and not predictions


def test_models_and_consensus_stand_side_by_side(app, says, predictions):  # noqa: F811
    says["other"] = spine(25.0)
    upload(app, film())
    assert not app.exception
    shown = panels(app)
    assert list(shown) == [*(MODELS[names].card.title for names in (5, 2)), *list(shown)[2:]]
    assert list(shown)[-1] == "Consensus" and len(editor_data(app)["films"]) == 1
    assert all(len(panel["vertebrae"]) == 17 and not panel["note"] for panel in shown.values())
    assert len(shown["Consensus"]["ellipses"]) == 68 and len(shown["Other"]["moves"]) == 68
    row = app.table[0].value.iloc[0]
    assert row["Best"].startswith("60.0°") and row["Other"].startswith("50.0°")
    assert 50 < float(row["Consensus"].partition("°")[0]) < 60
    ran = list(predictions)
    app.multiselect[0].set_value(["other", "best"]).run()
    assert predictions == ran and list(panels(app)) == ["Other", "Best", "Consensus"]


@pytest.mark.parametrize(
    "answer, sentence",
    [(DetectionError("No spine was found."), "No spine was found."), (RuntimeError("x"), "fault of the program")],
)
def test_a_model_that_fails_says_so_in_its_column(app, says, predictions, answer, sentence):  # noqa: F811
    says["other"] = answer
    upload(app, film())
    assert not app.exception and sentence in panels(app)["Other"]["note"]
    assert not panels(app)["Other"]["vertebrae"] and "Consensus" in panels(app)
    assert app.table[0].value.iloc[0]["Other"] == "no result"


def test_a_failure_is_not_tried_again(app, says, predictions):  # noqa: F811
    says["other"] = DetectionError("No spine was found.")
    upload(app, film())
    app.run()
    assert predictions.count("other") == 1


def test_untrained_and_broken_models_show_their_sentence(app, says):
    app.multiselect[0].set_value(["best", "empty", "bad"]).run()
    upload(app, film())
    assert not app.exception and "not been trained" in panels(app)["Empty"]["note"]
    assert "line 3 is not Python" in panels(app)["bad"]["note"]
    assert "Consensus" not in panels(app) and not list(app.button)  # of one model there is none to adopt


def test_another_numbering_is_said_and_the_same_curve_stays_one_row(app, says):
    says["other"] = a_level_lower()
    upload(app, film())
    assert "Other numbers the vertebrae a level lower than the consensus: its T10 is T9 there." in sentences(app)
    assert len(app.table[0].value) == 1 and "T1–L5" in app.table[0].value.iloc[0]["Best"]
    assert panels(app)["Consensus"]["vertebrae"][0]["level"] == "T1"


def test_models_that_see_different_spines_give_no_consensus(app, says):
    app.multiselect[0].set_value(["best", "other"]).run()
    says["other"] = replace(spine(), corners=spine().corners + (100, 0))
    upload(app, film())
    assert "different places" in sentences(app) and "Consensus" not in panels(app) and not app.exception


def test_the_consensus_is_adopted_and_can_be_undone(app, says):
    says["other"] = spine(25.0)
    upload(app, film())
    app.button(key="adopt").click().run()
    assert not app.exception
    case = app.session_state.work.case
    assert case.model.name.startswith("consensus of best, other") and case.can_undo
    assert "is in force" in sentences(app) and app.selectbox(key="model").value == case.model.name
    before = CaseBook().undo(case.id, case.version)
    assert before.model.name == "best" and before.landmarks.corners == pytest.approx(spine().corners)


def test_corners_of_a_human_are_kept_unless_told_otherwise(app, says):
    app.switch_page("pages/measure.py").run()
    upload(app, film())
    work = app.session_state.work
    mine = spine().corners.copy()
    mine[3, 0] += 7
    work.case = CaseBook().commit(work.case.id, work.case.version, with_corners(spine(), mine), "move corner")
    app.switch_page("pages/compare.py").run()
    assert app.checkbox(key="keep_human").label == "Keep the corner placed by hand"
    app.button(key="adopt").click().run()
    landmarks = app.session_state.work.landmarks
    assert landmarks.corners[3, 0] == pytest.approx(mine[3, 0]) and (landmarks.source == "human").sum() == 1
    app.switch_page("pages/compare.py").run()
    app.checkbox(key="keep_human").uncheck()
    app.button(key="adopt").click().run()
    assert (app.session_state.work.landmarks.source == "model").all()
    assert "It replaced the corner you placed" in app.session_state.work.greeting


def test_a_consensus_in_force_is_not_asked_about_the_next_film(app, says):
    upload(app, film())
    app.button(key="adopt").click().run()
    app.switch_page("pages/measure.py").run()  # the test does not stay where the app has gone
    upload(app, film(1))
    assert not app.exception and not app.error and app.session_state.work.case.model.name == "best"


def test_a_doubtful_picture_is_compared_only_when_the_reader_says_so(doubtful, app, predictions):  # noqa: F811
    upload(app, film())
    assert "does not look like" in sentences(app) and not predictions and editor_data(app) is None
    app.button(key="measure-anyway").click().run()
    assert not app.exception and predictions and editor_data(app) is not None
