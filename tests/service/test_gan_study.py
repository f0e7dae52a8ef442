"""The GAN study on made runs: what is planned, what is kept, and what the differences are called."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spine_models.core.errors import DataError
from spine_models.service import gan_study_run
from spine_models.service.gan_study import (
    ALL,
    ANGLES,
    MISSED,
    TRUTH,
    Study,
    adversarial_effects,
    keep_run,
    read_study,
    seed_means,
    synthetic_effects,
    verdict,
)
from spine_models.service.gan_study_words import adversarial_answer, measured_split, not_run, synthetic_answer
from spine_models.training.study_plan import CNN, FULL_SIZE, GENERATORS, SHARES, Setting, StudyRun, planned_runs

SETTING = Setting(seeds=(0, 1))
FILMS = 48


def made_study(folder) -> Study:
    """24 cases of two films; the largest angle is 5 to 63 degrees."""
    study = read_study(folder, SETTING)
    study.folder.mkdir(parents=True)
    largest = np.linspace(5, 63, FILMS)
    films = pd.DataFrame(np.stack([largest, 0.5 * largest, 0.4 * largest], axis=1), columns=TRUTH)
    films.insert(0, "case_id", [f"{i // 2}" for i in range(FILMS)])
    films.insert(0, "file", [f"{i}.jpg" for i in range(FILMS)])
    films.insert(0, "split", "validation")
    films.to_csv(study.folder / "films.csv", index=False)
    return study


def keep(study: Study, run: StudyRun, off: float, severe: float = 0.0, failed: int = 0) -> None:
    """A run that calls every angle ``off`` degrees too large, of curves from 40 degrees ``severe`` more."""
    angles = study.films[TRUTH].to_numpy() + off
    angles[angles[:, 0] - off >= 40] += severe
    angles[:failed] = np.nan
    table = pd.DataFrame(angles, columns=ANGLES)
    table[MISSED] = 100.0 * table[ANGLES[0]].isna()
    table.insert(0, "file", study.films.index.get_level_values("file"))
    table.insert(0, "split", "validation")
    keep_run(study, run, table, {"minutes": 1.0, "params": 1, "curve": [{"epoch": 1.0, "loss_critic": 1.5}]})


def test_every_planned_run_has_a_name_of_its_own_and_pairs_come_first():
    runs = planned_runs(SETTING)
    assert len({run.key for run in runs}) == len(runs) == 2 * 2 * 4 + 2 * 2 + 2 * 3 * 3
    assert {run.model for run in runs[:16]} == set(GENERATORS) and not any(run.synthetic for run in runs[:16])
    assert [run.seed for run in runs[16:]] == [0] * 11 + [1] * 11
    assert [(run.synthetic, run.share) for run in runs[16:18]] == [(None, 10), (None, 25)]
    assert SETTING.digest == replace(SETTING, seeds=(0,)).digest != replace(SETTING, epochs=1).digest
    pair = [("landmark_gan", False), ("landmark_gan", True)]
    assert [(run.model, run.critic) for run in planned_runs(FULL_SIZE)] == pair


def test_a_difference_is_of_pairs_and_its_interval_excludes_zero_only_where_it_should(tmp_path):
    study = made_study(tmp_path)
    for seed in SETTING.seeds:
        keep(study, StudyRun("unet", False, seed), 6.0)
        keep(study, StudyRun("unet", True, seed), 6.0, severe=-4.0)
    keep(study, StudyRun("pix2pix", False, 0), 3.0)
    effects = adversarial_effects(read_study(tmp_path, SETTING), "validation")
    assert set(effects["model"]) == {"unet"} and set(effects["seeds"]) == {2}
    largest = effects[effects["metric"] == "largest"].set_index("group")
    assert list(largest.index) == [ALL, "none", "mild", "moderate", "severe"]
    assert largest.loc["severe", "difference"] == pytest.approx(-4.0, abs=0.01)
    assert largest.loc["mild", "difference"] == largest.loc["mild", "low"] == 0
    assert verdict(*largest.loc["severe", ["low", "high"]]) == "better"
    assert verdict(*largest.loc["mild", ["low", "high"]]) == "unclear"
    said = " ".join(adversarial_answer(effects, "largest"))
    assert "Of 1 generators compared, with the adversarial loss 1 has smaller errors." in said
    assert "U-Net on 40° and more (-4.0°)" in said and "25° to 40°" not in said


def test_a_film_without_a_spine_counts_as_angles_of_nought(tmp_path):
    study = made_study(tmp_path)
    run = StudyRun("unet", False, 0)
    keep(study, run, 0.0, failed=2)
    study = read_study(tmp_path, SETTING)
    errors = study.errors(run, "validation")
    assert list(errors["smape"][:3]) == pytest.approx([100, 100, 0], abs=0.1)
    assert errors["largest"].iloc[0] == pytest.approx(5) and list(errors[MISSED][:3]) == [100, 100, 0]
    means = seed_means(study, "validation")
    assert list(means["failures"]) == [2] and list(means["films"]) == [FILMS]


def test_synthetic_films_are_compared_at_each_share(tmp_path):
    study = made_study(tmp_path)
    for share in SHARES:
        keep(study, StudyRun(CNN, False, 0, None, share), 6.0)
    keep(study, StudyRun(CNN, False, 0, "generated", 10), 8.0)
    effects = synthetic_effects(read_study(tmp_path, SETTING), "validation")
    assert set(effects["share"]) == {10} and set(effects["synthetic"]) == {"generated"}
    summed, first, *_ = synthetic_answer(effects, "largest")
    assert summed == "Of 1 comparison, with synthetic films 1 has larger errors."
    assert "beside 10 % of the real films" in first and "larger errors (+2.0" in first


def test_what_is_missing_is_listed_and_nothing_is_said_of_an_empty_study(tmp_path):
    study = read_study(tmp_path, SETTING)
    assert measured_split(study) is None
    assert "2 runs without and 2 with the critic" in not_run(study.missing)[0]
    assert adversarial_answer(pd.DataFrame(), "smape") and synthetic_answer(pd.DataFrame(), "smape")
    study = made_study(tmp_path)
    keep(study, StudyRun("unet", True, 0), 1.0)
    assert "2 runs without and 1 with" in not_run(read_study(tmp_path, SETTING).missing)[0]


def spine() -> np.ndarray:
    """(17, 4, 2) straight; bodies 40 px wide and 14 px high, 20 px from one to the next."""
    body = np.array([[80.0, 20], [120, 20], [80, 34], [120, 34]])
    return body + np.array([0, 20.0]) * np.arange(17)[:, None, None]


class Trained:
    """Stands for a finished trainer."""

    seconds, epoch = 60.0, 1

    def __init__(self, folder):
        self.folder, self.ema = folder, self

    def parameters(self):
        return []


def test_the_command_keeps_each_run_and_measures_the_test_films_only_when_told(tmp_path, monkeypatch):
    trained = []

    class Look:
        def __init__(self, name):
            self.film = type("F", (), {"path": tmp_path / name, "case_id": name[0], "angles": np.array([9.0, 3, 3]),
                                          "corners": spine(), "shape": (400, 200)})

    def train_run(run, pool):
        trained.append(run)
        return Trained(tmp_path)

    (tmp_path / "log.jsonl").write_text('{"epoch": 1.0, "loss_critic": 1.0}\n')
    monkeypatch.setattr(gan_study_run.gan_study, "train_run", train_run)
    monkeypatch.setattr(gan_study_run.gan_study, "finished_model", lambda run, setting: None)  # no checkpoint is here
    monkeypatch.setattr(gan_study_run.gan_study, "framed", lambda films, setting: [Look(name) for name in films])
    monkeypatch.setattr(gan_study_run.gan_study, "measured_corners",
                        lambda model, seen: np.stack([spine() + (0, 4), np.full((17, 4, 2), np.nan)]))
    monkeypatch.setattr(gan_study_run, "open_set",
                        lambda data, split: type("S", (), {"films": [f"a-{split}.jpg", f"b-{split}.jpg"]}))  # fmt: skip
    store = tmp_path / "store"
    said = list(gan_study_run.run_study(tmp_path, ["unet"], store=store, setting=SETTING))
    assert len(said) == len(trained) == 4 and all("on validation" in line for line in said)
    kept = pd.read_csv(next(store.glob("*/unet-alone*.csv")))
    assert list(kept[MISSED]) == pytest.approx([100 * 4 / 14, 100], abs=2)  # bodies 14 px high, 4 px too low
    assert kept[ANGLES].iloc[0].tolist() == [0, 0, 0] and kept[ANGLES].iloc[1].isna().all()
    with pytest.raises(DataError, match="nothing to do"):
        list(gan_study_run.run_study(tmp_path, ["unet"], store=store, setting=SETTING))
    monkeypatch.setattr(gan_study_run, "missing", lambda kind, data: "Nothing makes them.")
    assert "Nothing makes them" in next(gan_study_run.run_study(tmp_path, [f"{CNN}-alone-spine_synth"], store=store,
                                                       setting=SETTING))  # fmt: skip
    study = read_study(store, SETTING)
    assert not study.measured("test") and len(study.measured("validation")) == 4
    list(gan_study_run.run_study(tmp_path, ["unet"], test=True, store=store, setting=SETTING))
    study = read_study(store, SETTING)
    assert len(study.measured("test")) == 4 and measured_split(study) == "test"
    assert set(study.films.index.get_level_values("split")) == {"test", "validation"}
    with pytest.raises(DataError, match="nothing to measure"):
        list(gan_study_run.run_study(tmp_path, test=True, store=store, setting=SETTING))
