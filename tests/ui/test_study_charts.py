"""The reader study as the Models page shows it, on made-up studies in a store of their own."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from spine_models.core.card import ModelCard, Training
from spine_models.service.study_results import READERS, TABLE, study_summary
from spine_models.ui import reader_study
from spine_models.ui.reader_study import course_of_errors, near_table
from spine_models.zoo import ModelEntry


def made_study(films: int = 10, worst: float = 100.0) -> pd.DataFrame:
    """By hand nothing gets better, with suggestions everything halves; the last film is the worst."""
    rows = [
        {"file": f"{film}.jpg", "reader": reader, "corrections": count, "mre_manual": start, "angle_manual": 8.0,
         "mre_carried": start / 2**count, "angle_carried": 8.0 / 2**count}
        for reader in READERS
        for film, start in enumerate([20.0] * (films - 1) + [worst])
        for count in range(11)
    ]
    return pd.DataFrame(rows)


def trained(name: str) -> ModelEntry:
    training = Training(params=1, sha256="ab" * 32, data="d", label_revision="r", epochs=1, minutes=1, seed=0,
                        validation={"smape": 1.0})
    card = ModelCard(name=name, family="CNN", title=name.title(), summary="s", input_size=(8, 8), codec="none",
                     paper="p", training_data="d", intended_use="u", limits=("l",), training=training)
    return ModelEntry(name, "CNN", "trained", False, card, None)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Function (folder name) -> keeps a study there; the models "weak" and "strong" are listed."""
    monkeypatch.setattr(reader_study, "STORE", tmp_path)
    monkeypatch.setattr(reader_study, "ordered_models", lambda: [trained("strong"), trained("weak")])

    def keep(folder: str) -> None:
        place = tmp_path / "films@r" / "test" / folder
        place.mkdir(parents=True)
        made_study().to_csv(place / TABLE, index=False)

    return keep


def section() -> None:
    from spine_models.ui.reader_study import show_reader_study

    show_reader_study()


def test_each_model_has_a_line_by_hand_and_one_with_suggestions():
    chosen = {"Strong": study_summary(made_study()).loc[(READERS[0], "all")]}
    by_hand, helped = sorted(course_of_errors(chosen, "mre").data, key=lambda line: line.line.dash)
    assert (by_hand.line.dash, helped.line.dash) == ("dot", "solid")
    assert list(by_hand.y) == pytest.approx([28] * 11) and list(helped.y)[:3] == pytest.approx([28, 14, 7])
    worst = {"Strong": study_summary(made_study()).loc[(READERS[0], "worst tenth")]}
    assert max(course_of_errors(worst, "mre").data[0].y) == pytest.approx(100)


def test_the_table_says_how_many_films_are_right():
    table = near_table({"Strong": study_summary(made_study()).loc[(READERS[1], "all")]}).set_index(
        "Largest angle within 3° after")
    assert table.loc["Strong, each corner by hand"].tolist() == ["0%"] * 5
    assert table.loc["Strong, with suggestions"].tolist() == ["0%", "0%", "100%", "100%", "100%"]


def test_only_studies_of_the_weights_in_use_are_shown(store):
    store("weak@abababab")
    store("strong@00000000")
    assert list(reader_study.current_studies()) == ["Weak"]


def test_the_reader_and_the_films_can_be_chosen(store):
    store("weak@abababab")
    at = AppTest.from_function(section).run(timeout=60)
    assert not at.exception and "10 test films, 0 without a result" in at.caption[1].value
    before = [chart.proto.spec for chart in at.get("plotly_chart")]
    at.segmented_control[1].set_value("worst tenth").run(timeout=60)
    after = [chart.proto.spec for chart in at.get("plotly_chart")]
    assert len(before) == 2 and before[0] != after[0] and not at.exception
    at.segmented_control[0].set_value(READERS[1]).run(timeout=60)
    assert "end vertebrae" in at.caption[1].value and not at.exception


def test_without_a_study_there_is_nothing(store):
    at = AppTest.from_function(section).run(timeout=60)
    assert not at.main.children and not at.exception
