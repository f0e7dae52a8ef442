"""Every page as a user meets it, with a made-up model in place of the networks."""

import io
import json
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from spine_models.core.card import ModelCard, Training
from spine_models.core.cobb import largest_curve
from spine_models.core.errors import DetectionError
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.prediction import Prediction
from spine_models.ui import measuring
from spine_models.ui.theme import INTENDED_USE
from spine_models.zoo import ModelEntry

APP = Path(__file__).parents[1] / "app.py"
SMALL = {"input_size": (8, 8), "codec": "none", "paper": "None.", "intended_use": "Tests.", "limits": ("Made up.",)}


def entry(name: str, status: str, recommended: bool = False, error: str | None = None,
          base: str | None = None) -> ModelEntry:
    training = Training(params=1, sha256=name * 8, data="d", label_revision="1", epochs=1, minutes=1, seed=0,
                        validation={"validation_smape": 7.25, "fullbody_largest": 3.14, "dice": 0.9})
    card = ModelCard(name=name, family="CNN", title=name.title(), summary=f"{name} in one sentence.",
                     training_data="Films.", training=training if status == "trained" else None, **SMALL)
    return ModelEntry(name, "CNN", status, recommended, None if status == "broken" else card, error, base)


MODELS = [
    entry("empty", "untrained"),
    entry("bad", "broken", error="line 3 is not Python."),
    entry("other", "trained"),
    entry("plain", "trained"),
    entry("plain+refiner", "trained", base="plain"),
    entry("best", "trained", recommended=True),
]


def spine(bend: float = 30.0) -> Landmarks:
    """One curve of 2 * bend degrees, T1-L5 on a film 400 pixels wide."""
    tilt = np.radians(bend * np.cos(np.linspace(0, np.pi, 17)))
    right, down = np.stack([np.cos(tilt), np.sin(tilt)], 1), np.stack([-np.sin(tilt), np.cos(tilt)], 1)
    centres = np.cumsum(down * 40, axis=0) + (200, 20)
    quad = np.array([(-30, -14), (30, -14), (-30, 14), (30, 14)])
    return Landmarks(centres[:, None] + quad[:, :1] * right[:, None] + quad[:, 1:] * down[:, None], STANDARD_LEVELS)


def film(seed: int = 0) -> bytes:
    grey = np.random.default_rng(seed).integers(0, 256, (800, 400), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def predictions(monkeypatch) -> list[str]:
    """Replaces list of models and inference; holds the names of the models that were run."""
    ran = []

    def predict(radiograph, name):
        ran.append(name)
        card = next(model.card for model in MODELS if model.name == name)
        mask = np.zeros(radiograph.shape, np.uint8)
        return Prediction(spine(), mask, np.ones(17), card, {"network": 0.25}, ("The numbering is uncertain.",))

    monkeypatch.setattr("spine_models.service.inference.predict", predict)
    monkeypatch.setattr("spine_models.service.inference.shared_model", lambda name: None)
    monkeypatch.setattr("spine_models.service.orientation.turns_to_upright", lambda radiograph: 0)
    monkeypatch.setattr("spine_models.ui.models.list_models", lambda: MODELS)
    monkeypatch.setattr("spine_models.service.synthesis.list_models", lambda: MODELS)
    st.cache_resource.clear()  # to AppTest every session is the same one
    return ran


@pytest.fixture
def app(predictions) -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30).run()


def upload(app: AppTest, data: bytes, name: str = "film.png") -> AppTest:
    app.file_uploader[0].set_value((name, data, "image/png"))
    return app.run()


def editor_data(app: AppTest) -> dict | None:
    """What the landmark editor was given; AppTest knows the component only by its message."""
    parts = app.get("bidi_component")
    return json.loads(parts[0].proto.json) if parts else None


def sentences(app: AppTest) -> str:
    return " ".join(part.value for part in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning])


@pytest.mark.parametrize("page", [f"pages/{path.name}" for path in APP.parent.glob("pages/*.py")])
def test_every_page_says_what_the_tool_is_for(app, page):
    app.switch_page(page).run()
    assert not app.exception
    assert INTENDED_USE in app.html[0].value


def test_who_waits_is_told_how_many_films_are_before(app, monkeypatch):
    """AppTest shows the page at the end of its run: what stood there meanwhile is in the messages to the browser."""
    their_turn, said, enqueue = Event(), [], ScriptRunContext.enqueue

    def listening(context, message):
        said.append(message.delta.new_element.alert.body)
        if "before yours" in said[-1]:
            their_turn.set()
        enqueue(context, message)

    monkeypatch.setattr(ScriptRunContext, "enqueue", listening)
    for _ in range(2):
        measuring._queue().add(lambda: their_turn.wait(10))
    upload(app, film())
    assert "2 films are before yours." in said
    assert editor_data(app) and "before yours" not in sentences(app)


def test_writing_on_a_film_is_handed_out_until_it_is_blanked(app, monkeypatch):
    kept, exported = [], []
    monkeypatch.setattr("spine_models.ui.panel.save_form", lambda work, film: kept.append(film.as_read.pixels))
    monkeypatch.setattr("spine_models.ui.panel.report_sections",
                        lambda work, film, reading: exported.append(film.radiograph.pixels))
    grey = np.linspace(20, 120, 400).astype(np.uint8) * np.ones((800, 1), np.uint8)
    cv2.putText(grey, "DOE 1970", (8, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
    upload(app, cv2.imencode(".png", grey)[1].tobytes())
    assert "Burned-in text was found in one place" in sentences(app)
    app.button(key="blank-writing").click().run()
    assert "is blanked in one place" in sentences(app)
    app.button(key="leave-writing").click().run()
    assert "Burned-in text was found" in sentences(app) and not app.exception
    for handed_out in (kept, exported):
        assert [pixels[40:64, 8:110].max() > 0.9 for pixels in handed_out] == [True, False, True]


def test_a_new_user_is_told_what_to_do(app):
    assert "Drop a frontal film" in sentences(app)
    assert editor_data(app) is None and not app.table


def test_a_film_is_measured_and_everything_shows_the_same_curve(app):
    upload(app, film())
    assert not app.exception
    curve = largest_curve(spine())
    row = app.table[0].value.iloc[0]
    assert row["Angle"] == f"{curve.angle:.1f}°" == "60.0°"
    assert (row["Levels"], row["Apex"]) == (f"{curve.upper}–{curve.lower}", curve.apex)
    assert (row["Region"], row["Side"], row["Severity"]) == (curve.region, curve.side, "severe")
    data = editor_data(app)
    assert data["largest"]["angle"] == pytest.approx(curve.angle) and data["largest"] in data["curves"]
    assert np.allclose(data["landmarks"]["corners"], spine().corners)
    assert (data["film"]["width"], data["film"]["height"]) == (400, 800)
    assert list(app.table[-1].value["Angle"])[0] == "60.0°"  # the challenge angles start with the largest
    assert "The numbering is uncertain." in sentences(app) and "400 × 800" in sentences(app)


def test_a_film_is_run_once_per_model(app, predictions):
    upload(app, film())
    app.run()
    app.selectbox(key="model").set_value("other").run()
    app.selectbox(key="model").set_value("best").run()
    assert predictions == ["best", "other"]


def test_another_model_gives_the_editor_a_new_version(app):
    first = editor_data(upload(app, film()))["version"]
    assert editor_data(app.run())["version"] == first
    assert editor_data(app.selectbox(key="model").set_value("other").run())["version"] != first


def test_the_recommended_model_comes_first_with_its_sentence(app):
    picker = app.selectbox(key="model")
    assert picker.value == "best" and picker.options[0] == "Best · recommended"
    assert "best in one sentence. Not yet evaluated" in sentences(app)


def test_a_model_and_its_variant_are_one_choice_with_a_switch(app, predictions):
    assert "plain+refiner" not in app.selectbox(key="model").options and not app.toggle
    upload(app, film())
    app.selectbox(key="model").set_value("plain").run()
    assert app.toggle(key="refine").value and predictions == ["best", "plain+refiner"]
    app.toggle(key="refine").set_value(False).run()
    assert predictions == ["best", "plain+refiner", "plain"] and not app.exception
    assert editor_data(app)["landmarks"] is not None


@pytest.mark.parametrize("name, sentence", [("empty", "not been trained"), ("bad", "line 3 is not Python")])
def test_no_angle_from_an_untrained_or_broken_model(app, predictions, name, sentence):
    app.selectbox(key="model").set_value(name).run()
    upload(app, film())
    assert not app.exception and not app.table and not predictions
    assert sentence in sentences(app)
    data = editor_data(app)  # the film may be looked at
    assert data["landmarks"] is None and data["largest"] is None and data["curves"] == []


@pytest.mark.parametrize("data", [b"", b"not a film", film()[:2000]])
def test_a_bad_file_gets_a_sentence(app, predictions, data):
    upload(app, data)
    assert not app.exception and not app.table and not predictions
    assert len(app.error) == 1 and app.error[0].value.endswith(".")


def test_a_film_without_a_spine_is_shown_without_angles(app, monkeypatch):
    def predict(radiograph, name):
        raise DetectionError("No spine was found.")

    monkeypatch.setattr("spine_models.service.inference.predict", predict)
    upload(app, film())
    assert app.error[0].value == "No spine was found." and not app.table
    assert editor_data(app)["landmarks"] is None


def test_removing_the_film_brings_the_first_screen_back(app):
    upload(app, film())
    app.file_uploader[0].set_value(None).run()
    assert editor_data(app) is None and "Drop a frontal film" in sentences(app)


def test_a_demo_film_takes_the_place_of_an_upload(app):
    first = editor_data(upload(app, film()))["film"]["id"]
    demo = app.selectbox(key="demo")
    assert demo.options, "assets/demo holds no film"
    demo.select_index(0).run()
    assert not app.exception
    assert editor_data(app)["film"]["id"] != first and app.file_uploader[0].value is None


def test_the_cards_tell_what_each_model_is(app):
    app.switch_page("pages/models.py").run()
    choice = app.radio(key="card")
    assert choice.options == ["Best", "Other", "Plain", "Empty", "bad"]  # a variant is on the card of its base
    assert [heading.value for heading in app.subheader][0] == "Best" and "Made up." in sentences(app)
    scores = [table.value for table in app.table if "On held-out films" in table.value]
    assert [table.to_numpy().tolist() for table in scores] == [[
        ["SMAPE, AASCE angles", "7.2 %", "", ""],
        ["Largest angle: mean error", "", "3.1°", ""],
        ["dice", "", "", "0.9"],
    ]]
    assert "With the refiner" not in sentences(app)
    choice.set_value("plain").run()
    assert "With the refiner" in sentences(app)
    choice.set_value("empty").run()
    assert "Not trained yet" in sentences(app) and not [table for table in app.table if "Weights" in str(table.value)]
    choice.set_value("bad").run()
    assert "line 3 is not Python." in app.error[0].value and not app.exception


@pytest.fixture
def doubtful(monkeypatch, predictions):
    """A gate that doubts every film."""
    from spine_models.zoo.randgan import Doubt

    models = [*MODELS, entry("randgan", "trained")]
    monkeypatch.setattr("spine_models.ui.models.list_models", lambda: models)
    answer = Doubt(2.0, {"painting": 2.0, "turn": 1.5, "finder": 0.3, "sides": 0.1}, np.zeros((800, 400), np.float32))
    monkeypatch.setattr("spine_models.service.inference.judge", lambda radiograph: answer)


def test_a_doubtful_picture_is_measured_only_when_the_reader_says_so(doubtful, predictions, app):
    upload(app, film())
    assert "does not look like a frontal spine radiograph" in sentences(app) and "not to be upright" in sentences(app)
    assert not app.table and not predictions and editor_data(app)["landmarks"] is None
    app.button(key="measure-anyway").click().run()
    assert not app.exception and predictions == ["best"] and editor_data(app)["landmarks"] is not None
    upload(app, film(1))
    assert predictions == ["best"] and "does not look like" in sentences(app)


def test_a_model_chosen_for_marks_by_hand_waits_for_the_answer_too(doubtful, predictions, app):
    app.selectbox(key="model").set_value("by hand").run()
    upload(app, film())
    app.selectbox(key="model").set_value("other").run()
    assert "does not look like" in sentences(app) and not predictions
    app.button(key="measure-anyway").click().run()
    assert not app.exception and predictions == ["other"] and editor_data(app)["landmarks"] is not None


def test_the_lab_makes_a_film_and_sends_it_to_measure(app, predictions):
    app.switch_page("pages/synthesis.py").run()
    assert not app.exception
    rows = app.table[0].value
    assert set(rows["Angle"][rows["Asked"] == "yes"]) == {"40.0°", "32.0°"}
    app.slider(key="lab-angle-Double curve-0").set_value(55).run()
    assert "55.0°" in set(app.table[0].value["Angle"])
    app.button(key="lab-measure").click().run()
    app.switch_page("pages/measure.py").run()
    assert not app.exception and predictions == ["best"]
    assert editor_data(app)["film"]["height"] == 1152
