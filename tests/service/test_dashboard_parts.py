"""What the dashboard asks of the service: the Pareto front, where films lie, published figures."""

import numpy as np
import pytest

from spine_models.core.agreement import severity_confusion
from spine_models.service.film_places import data_folder, find_film
from spine_models.service.metric_list import METRICS
from spine_models.service.published import read_published
from spine_models.service.trade_offs import pareto_front


def test_nobody_beats_a_model_on_the_front():
    cost = [1, 2, 2, 3, 4, np.nan]
    loss = [9, 5, 6, 5, 1, 0]
    # (2, 6) costs as much as (2, 5), (3, 5) is as bad; a model of unknown cost is on no front.
    assert pareto_front(cost, loss).tolist() == [True, True, False, False, True, False]


def test_equal_models_are_both_on_the_front():
    assert pareto_front([1, 1], [2, 2]).tolist() == [True, True]


def test_severity_confusion_by_hand():
    counts = severity_confusion([9.9, 10, 30, 50, np.nan], [10, 10, 45, 50, 50])
    expected = np.zeros((4, 4), int)
    expected[1, 0] = expected[1, 1] = expected[3, 2] = expected[3, 3] = 1
    assert counts.tolist() == expected.tolist()


@pytest.mark.parametrize("place", ["spineweb16/data/test", "spineweb16/data/training", "spineweb16", "data/test", ""])
def test_a_film_is_found_wherever_the_layout_may_put_it(tmp_path, place):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / "a.jpg").touch()
    assert find_film("spineweb16", "a.jpg", tmp_path) == tmp_path / place / "a.jpg"
    assert find_film("spineweb16", "b.jpg", tmp_path) is None


def test_a_store_cannot_name_files_outside_the_data_folder(tmp_path):
    (tmp_path / "secret.jpg").touch()
    (tmp_path / "data").mkdir()
    assert find_film("spineweb16", "../secret.jpg", tmp_path / "data") is None


def test_the_films_of_a_csv_lie_beside_it(tmp_path, monkeypatch):
    (tmp_path / "corners.csv").touch()
    monkeypatch.setenv("SPINE_DATA", str(tmp_path / "corners.csv"))
    assert data_folder() == tmp_path


def test_every_published_figure_has_its_source_and_protocol():
    table = read_published()
    assert table["name"].is_unique and len(table) and set(table["metric"]) <= set(METRICS)
    assert table[["name", "family", "value", "protocol", "source"]].notna().all(axis=None)
    assert table["value"].between(1, 100).all()
