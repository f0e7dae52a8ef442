"""Robustness runs on made films with a model that knows, forgets or fails."""

import json
from dataclasses import replace

import numpy as np
import pytest
from stand_in import CARD, one_by_one

from spine_models.__main__ import main
from spine_models.core.aasce import aasce_angles
from spine_models.core.errors import DataError, DetectionError
from spine_models.core.landmarks import Landmarks
from spine_models.core.prediction import Prediction
from spine_models.core.radiograph import Radiograph
from spine_models.imaging.perturb import PERTURBATIONS
from spine_models.service import labelled_sets, robustness_run
from spine_models.service.label_store import keep_labels
from spine_models.service.robustness import read_robustness, rescored_robustness, robustness_curves, worst_changes
from spine_models.service.store import Run, run_folder
from spine_models.training.labels import LABEL_REVISION, LabelledFilm

SHAPE = (600, 300)


@pytest.fixture
def truth(upright):
    corners = upright(*SHAPE)
    corners[:, 1::2, 1] += np.linspace(-4, 4, 17)[:, None]
    return corners


@pytest.fixture
def study(monkeypatch, tmp_path, truth):
    """Function: a model from picture (H, W) to corners -> its run, after two films under every perturbation."""

    def run(model):
        films = [LabelledFilm(tmp_path / f"{n}.png", str(n), truth, truth, np.ones(17, bool), SHAPE,
                              angles=aasce_angles(truth, SHAPE[0])) for n in range(2)]
        pixels = np.tile(np.linspace(0.1, 0.9, SHAPE[1], dtype=np.float32), (SHAPE[0], 1))
        read = robustness_run.read_radiograph
        monkeypatch.setattr(robustness_run, "read_radiograph", lambda source: read(source)
                            if isinstance(source, bytes) else Radiograph(pixels, "0"))
        monkeypatch.setattr(robustness_run, "shared_model", lambda name: (None, CARD))
        monkeypatch.setattr(robustness_run, "predict", lambda film, name: Prediction(
            Landmarks(model(film.pixels)), np.zeros(SHAPE, np.uint8), np.ones(17), CARD))
        monkeypatch.setitem(labelled_sets.SPLITS, "test", labelled_sets.Split("spineweb16", lambda data: films))
        monkeypatch.setitem(labelled_sets.OFFICIAL, "test", labelled_sets.names_digest(films))
        folder = run_folder(CARD, "spineweb16", LABEL_REVISION, "test", tmp_path / "store")
        folder.mkdir(parents=True, exist_ok=True)
        keep_labels(folder.parent, films)
        done = robustness_run.run_robustness("stand_in", tmp_path, "test", tmp_path / "store", one_by_one,
                                             tmp_path / "scratch")
        assert done == folder
        return Run(folder)

    return run


def test_a_model_that_ignores_the_film_is_wrong_only_where_the_film_was_moved(study, truth):
    table = robustness_curves(read_robustness(study(lambda pixels: truth))).set_index(["kind", "level"])
    assert len(table) == len(PERTURBATIONS) and (table["films"] == 2).all() and not table["failures"].any()
    still = table.loc[["original", "exposure", "blur", "noise", "jpeg", "inverted", "markers"]]
    assert still["mre_widths"].max() < 1e-3 and still["drift"].max() == 0 and (still["within_5"] == 1).all()
    assert table.loc[("scale", 2.0), "mre_widths"] > 1 and table.loc[("rotation", 20.0), "mre_widths"] > 0.5
    assert table.loc[("scale", 2.0), "largest_error"] < 0.1  # angles do not change with the scale


def test_failures_are_counted_with_their_reason(study, truth):
    def fails_on_large(pixels):
        if len(pixels) > 700:
            raise DetectionError("Too large.")
        return truth

    rows = read_robustness(study(fails_on_large))
    curves = robustness_curves(rows).set_index(["kind", "level"])
    assert curves.loc[("scale", 2.0), ["failures", "within_5"]].tolist() == [2, 0]
    assert rows.loc[rows["kind"] == "scale", "error"].dropna().unique().tolist() == ["Too large."]


def test_the_change_that_harms_a_model_most(study, truth):
    def bends_what_is_large(pixels):
        corners = truth.copy()
        if len(pixels) > 700:
            corners[:, 1::2, 1] += np.linspace(-30, 30, 17)[:, None]
        elif len(pixels) < 200:
            raise DetectionError("Too small.")
        return corners

    run = study(bends_what_is_large)
    table = worst_changes([run, Run(run.folder.parent / "never@1")])
    assert table[["model", "worst", "level"]].to_numpy().tolist() == [["stand_in", "scale", 2.0]]
    assert table["failures"].item() == 2 and table["untouched"].item() < 0.1 < 5 < table["error"].item()
    assert worst_changes([]).empty


def test_what_is_kept_is_printed_without_measuring_again(capsys):
    assert main(["robustness"]) == 0
    printed = capsys.readouterr().out
    assert " cascade " in printed and "refiner" in printed and "failures" in printed.splitlines()[0]
    assert main(["robustness", "--split", "validation"]) == 0
    assert capsys.readouterr().out == "No model has been tried on these films yet.\n"


def test_the_table_follows_again_from_the_kept_corners(study, truth):
    run = study(lambda pixels: truth + np.sin(pixels.shape[0]))
    assert rescored_robustness(run)["robustness.csv"] == (run.folder / "robustness.csv").read_bytes()
    facts = json.loads((run.folder / "robustness.json").read_text())
    assert facts["films"] == ["0.png", "1.png"] and facts["seed"] == robustness_run.SEED


def test_films_are_spread_over_the_severities_and_always_the_same(truth):
    film = LabelledFilm("x", "x", truth, truth, np.ones(17, bool), SHAPE)
    films = [replace(film, path=robustness_run.Path(f"{n}.png"), angles=np.array([float(n), 0, 0]), twin=n == 3)
             for n in range(40)]
    picked = [int(one.angles[0]) for one in robustness_run.chosen(films, 4)]
    assert [n // 10 for n in picked] == [0, 1, 2, 3] and 3 not in picked
    assert picked == [int(one.angles[0]) for one in robustness_run.chosen(films[::-1], 4)]
    with pytest.raises(DataError, match="sound label"):
        robustness_run.chosen([replace(film, twin=True)])


def test_a_model_without_results_is_told_to_be_evaluated_first(study, truth, tmp_path):
    study(lambda pixels: truth)
    with pytest.raises(DataError, match="run evaluate stand_in"):
        robustness_run.run_robustness("stand_in", tmp_path, "test", tmp_path / "elsewhere", one_by_one)
