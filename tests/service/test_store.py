"""The result store: what is shipped follows from its own cases, old folders still load, stale ones say so."""

import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spine_models.core.card import ModelCard
from spine_models.core.errors import DataError
from spine_models.core.metrics import METRIC_VERSION
from spine_models.service import case_table, freshness
from spine_models.service.metric_list import METRICS
from spine_models.service.rescoring import rescore_store, rescored
from spine_models.service.scoring import score_films, score_sigma
from spine_models.service.store import STORE, Run, read_runs, replace_folder
from spine_models.service.summary import summaries, summarise
from spine_models.zoo import list_models
from spine_models.zoo.registry import ModelEntry

SHIPPED = read_runs()
SMALLEST = min(SHIPPED, key=lambda run: len(run.cases))
NUMBERS = ["value", "low", "high"]
FILM = 8
"""Of every so many films one is scored again in each run of the tests, another of each model; all by the slow ones."""


def each_shipped(*, marked: tuple = ()):
    """marked: how all but the recommended model's results are marked."""
    best = next(entry.name for entry in list_models() if entry.recommended)
    runs = [pytest.param(run, marks=() if run.model == best else marked, id=f"{run.split}-{run.folder.name}")
            for run in SHIPPED]
    return pytest.mark.parametrize("run", runs)


@pytest.fixture
def copied(tmp_path):
    """A shipped result in a store of its own, to be spoilt."""
    split = tmp_path / SMALLEST.folder.parents[1].name / SMALLEST.split
    shutil.copytree(SMALLEST.folder, split / SMALLEST.folder.name)
    shutil.copy(SMALLEST.folder.parent / "labels.npz", split)
    return Run(split / SMALLEST.folder.name)


def rewrite(path, **changes):
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value != "gone"}))


@each_shipped()
def test_shipped_summaries_follow_from_the_shipped_cases(run):
    kept, again = run.summaries, summaries(run.cases)
    assert kept.drop(columns=NUMBERS).equals(again.drop(columns=NUMBERS)) and set(kept["metric"]) == set(METRICS)
    np.testing.assert_allclose(kept[NUMBERS], again[NUMBERS], rtol=0, atol=1e-9)


@each_shipped()
def test_shipped_cases_follow_from_the_shipped_landmarks(run):
    films = slice(SHIPPED.index(run) % FILM, None, FILM)
    labels, corners = run.labels[films], run.corners[films].astype(float)
    again = score_films(corners, labels)
    if run.sigma is not None:
        again = pd.concat([again, score_sigma(corners, run.sigma[films].astype(float), labels)], axis=1)
    kept = run.cases.iloc[films].reset_index(drop=True)[list(again)]
    # The last of six digits may differ in results written before the digits were fixed.
    pd.testing.assert_frame_equal(again, kept, check_dtype=False, rtol=1e-5, atol=2e-4)


@each_shipped(marked=(pytest.mark.slow,))
def test_a_shipped_result_is_what_rescoring_gives(run, monkeypatch):
    monkeypatch.setattr(case_table, "summaries", lambda cases: run.summaries)  # as the test above has seen
    again = rescored(run)
    cases = pd.read_csv(io.BytesIO(again["cases.csv"]), dtype={"case_id": str, "error": str})
    # A column may stand elsewhere, and the last of six digits differ, in results written before both were fixed.
    pd.testing.assert_frame_equal(cases, run.cases, check_like=True, rtol=1e-5, atol=2e-4)


def test_shipped_store_is_small_enough_for_twelve_models():
    sizes = [sum(file.stat().st_size for file in run.folder.iterdir()) for run in SHIPPED if run.split == "test"]
    assert sizes and 12 * max(sizes) < 15e6  # as much again is left for the other splits


def test_a_store_of_the_first_version_loads_and_rescores_without_a_network(copied):
    fresh = copied.cases
    first = fresh.drop(columns=[name for name in fresh if name in ("dice", "hd95", "mre_aligned", "ends_exact")])
    first.to_csv(copied.folder / "cases.csv", index=False)
    (copied.folder / "summary.json").unlink()
    rewrite(copied.folder / "run.json", metric_version="1", threads="gone")
    old = Run(copied.folder)
    summary = summarise(old.cases)
    assert np.isnan(summary["dice"]).all() and np.isnan(summary["ends_exact"]).all()  # unknown, not zero
    assert summary["smape"] == pytest.approx(summarise(fresh)["smape"]) and len(old.summaries) > 0
    (done,) = rescore_store(None, copied.folder.parents[2])
    assert done.facts["metric_version"] == METRIC_VERSION
    assert done.cases["mre_aligned"].tolist() == pytest.approx(fresh["mre_aligned"].tolist(), abs=1e-4, nan_ok=True)
    assert done.cases["within_1_sigma"].tolist() == pytest.approx(fresh["within_1_sigma"].tolist(), nan_ok=True)
    assert rescore_store(None, copied.folder.parents[2]) == []


def test_rescoring_without_labels_asks_for_the_films(copied):
    rewrite(copied.folder / "run.json", metric_version="1")
    (copied.folder.parent / "labels.npz").unlink()
    with pytest.raises(DataError, match="--data"):
        rescore_store(None, copied.folder.parents[2])


def test_a_card_of_another_version_loads_with_the_fields_known_today(copied):
    rewrite(copied.folder / "card.json", hat_size=7, summary="gone")
    card = Run(copied.folder).card
    assert isinstance(card, ModelCard) and card.name == copied.model and card.summary is None
    assert card.training.sha256 == SMALLEST.card.training.sha256 and not hasattr(card, "hat_size")


def test_an_incomplete_folder_says_what_to_do(copied):
    (copied.folder / "run.json").unlink()
    with pytest.raises(DataError, match=r"lacks run.json: evaluate"):
        Run(copied.folder).facts


def test_half_written_folders_are_no_runs(copied):
    workshop = copied.folder.parent / ".writing-abc"
    shutil.copytree(copied.folder, workshop / "new")
    assert [run.folder for run in read_runs(copied.folder.parents[2])] == [copied.folder]


def test_replacing_keeps_the_files_of_others(tmp_path):
    folder = tmp_path / "a@1"
    replace_folder(folder, {"x": b"1", "y": b"1"})
    replace_folder(folder, {"x": b"2"})
    assert ((folder / "x").read_bytes(), (folder / "y").read_bytes()) == (b"2", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a@1"]


class TestFreshness:
    def models(self, run, **training):
        card = run.card.model_copy(update={"training": run.card.training.model_copy(update=training)})
        return {run.model: ModelEntry(run.model, card.family, "trained", False, card)}

    def check(self, run, models, reason, command):
        assert reason in freshness.stale_reason(run, models)
        assert freshness.refresh_command(run, models).startswith(f"python -m spine_models {command}")

    def test_the_same_weights_labels_and_metrics_are_fresh(self, copied):
        assert freshness.stale_reason(copied, self.models(copied)) is None
        assert freshness.refresh_command(copied, self.models(copied)) is None

    def test_other_weights(self, copied):
        command = f"evaluate {copied.model} --split {copied.split}"
        self.check(copied, self.models(copied, sha256="f" * 64), "weights have changed", command)

    def test_other_metrics_need_no_network(self, copied):
        rewrite(copied.folder / "run.json", metric_version="0")
        self.check(Run(copied.folder), self.models(copied), "metrics have been revised", "rescore")

    def test_other_labels(self, copied, monkeypatch):
        monkeypatch.setattr(freshness, "LABEL_REVISION", "2031-01")
        self.check(copied, self.models(copied), "labels have been revised", f"evaluate {copied.model}")

    def test_another_calibration(self, copied):
        sure = next(run for run in SHIPPED if run.card.calibration).card.calibration
        models = self.models(copied, calibration=sure.model_copy(update={"sigma_scale": 9.0}))
        self.check(copied, models, "calibrated anew", f"evaluate {copied.model}")

    def test_a_model_that_is_gone(self, copied):
        assert "no trained model" in freshness.stale_reason(copied, {})
        assert freshness.refresh_command(copied, {}) is None

    def test_the_latest_is_the_fresh_one(self, copied):
        other = copied.folder.with_name(f"{copied.model}@ffffffff")
        shutil.copytree(copied.folder, other)
        rewrite(other / "run.json", date="2099")
        runs = read_runs(copied.folder.parents[2])
        assert len(runs) == 2
        assert [run.folder for run in freshness.latest(runs, self.models(copied))] == [copied.folder]
        assert [run.folder for run in freshness.latest(runs, {})] == [other]

    def test_models_without_a_fresh_result(self, copied, monkeypatch):
        entry = self.models(copied)[copied.model]
        untrained = replace(entry, name="raw", status="untrained")
        monkeypatch.setattr(freshness, "list_models", lambda: [entry, replace(entry, name="new"), untrained])
        runs = read_runs(copied.folder.parents[2])
        assert freshness.stale_models(runs, copied.dataset, copied.split) == ["new"]
        assert freshness.stale_models(runs, copied.dataset, "elsewhere") == [copied.model, "new"]


def test_reading_the_store_does_not_import_torch():
    code = ("import sys; from spine_models.service import freshness, label_noise, pairwise, robustness, store, where; "
            "run = store.read_runs()[0]; run.summaries, run.labels; where.errors_by_level(run); "
            "sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=STORE.parents[1]).returncode == 0
