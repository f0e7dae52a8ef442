"""Films in, a result folder out; failures stay in the table with their reason."""

import json
from pathlib import Path

import numpy as np
import pytest
from stand_in import CARD, one_by_one

from spine_models.core.aasce import aasce_angles
from spine_models.core.card import ModelCard
from spine_models.core.errors import DataError, DetectionError, ImageError
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.prediction import Prediction
from spine_models.core.radiograph import Radiograph
from spine_models.service import evaluation, labelled_sets
from spine_models.service.label_store import read_labels
from spine_models.service.store import Run, read_cases
from spine_models.service.summary import summaries, summarise, summary_table
from spine_models.training.labels import LabelledFilm

SHAPE = (800, 400)


@pytest.fixture
def evaluate(monkeypatch, tmp_path, upright):
    """Function: answers, one per film (corners, levels or an error to raise) -> folder of the result.

    count: films in the set, as many as answers when None.
    """
    truth = upright(*SHAPE)
    truth[:, 1::2, 1] += np.linspace(-8, 8, 17)[:, None]  # tilts that make an angle

    def film(number, twin=False):
        return LabelledFilm(tmp_path / f"film {number}.jpg", str(number), truth, truth, np.ones(17, bool), SHAPE,
                            twin=twin, angles=aasce_angles(truth, SHAPE[0]))

    def run(*answers, count=None):
        queue = [truth if answer is None else answer for answer in answers]

        def predict(radiograph, name):
            answer = queue.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            landmarks = Landmarks(answer, STANDARD_LEVELS[-len(answer):])
            return Prediction(landmarks, np.zeros(SHAPE, np.uint8), np.ones(len(answer)), CARD)

        films = [film(number, twin=number == 0) for number in range(count or len(answers))]
        monkeypatch.setattr(evaluation, "shared_model", lambda name: (None, CARD))
        monkeypatch.setattr(evaluation, "read_radiograph", lambda path: Radiograph(np.zeros(SHAPE, np.float32), "0"))
        monkeypatch.setattr(evaluation, "predict", predict)
        monkeypatch.setitem(evaluation.SPLITS, "test", evaluation.Split("spineweb16", lambda data: films))
        monkeypatch.setitem(labelled_sets.OFFICIAL, "test", labelled_sets.names_digest(films))
        places = {"store": tmp_path / "store", "scratch": tmp_path / "scratch"}
        return evaluation.evaluate_model("stand_in", tmp_path, "test", runner=one_by_one, **places)

    run.truth = truth
    return run


def test_a_perfect_model_scores_zero_error(evaluate):
    summary = summarise(read_cases(evaluate(None, None, None)))
    assert (summary["films"], summary["failures"]) == (3, 0)
    for key in ("smape", "largest_error", "mre_px", "mre_grid", "mre_film_order", "far", "level_shift"):
        assert summary[key][0] == pytest.approx(0, abs=1e-3)
    assert summary["within_5"] == (1.0, 1.0, 1.0)


def test_a_known_displacement_gives_its_radial_errors(evaluate):
    cases = read_cases(evaluate(evaluate.truth + (3, 4), evaluate.truth + (60, 0)))
    grid = (512 / 400, 1024 / 800)
    assert cases["mre_px"].tolist() == pytest.approx([5, 60])
    assert cases["mre_grid"].tolist() == pytest.approx([np.hypot(3 * grid[0], 4 * grid[1]), 60 * grid[0]], abs=1e-3)
    assert cases["far"].tolist() == [0, 1]
    assert cases["smape"].max() == pytest.approx(0, abs=1e-3)


def test_a_chain_named_one_level_too_low_is_flagged(evaluate):
    truth = evaluate.truth
    shifted = np.concatenate([truth[1:], truth[-1:] + truth[-1:] - truth[-2:-1]])
    assert read_cases(evaluate(shifted, None))["level_shift"].tolist() == [True, False]


def test_a_vertebra_marked_twice_is_flagged(evaluate):
    twice = evaluate.truth.copy()
    twice[9] = twice[8] + 0.3 * (twice[9] - twice[8])
    assert read_cases(evaluate(twice, None))["crowded"].tolist() == [True, False]


def test_failures_are_rows_with_their_reason_and_count_against_the_model(evaluate):
    folder = evaluate(None, DetectionError("No spine."), ImageError("Damaged."), evaluate.truth[3:])
    cases = read_cases(folder)
    assert cases["ok"].tolist() == [True, False, False, False]
    assert cases["error"].tolist()[1:] == ["No spine.", "Damaged.", "Only 14 of the 17 vertebrae T1-L5 were found."]
    assert cases.loc[1:, ["smape", "mre_px", "level_shift"]].isna().all(axis=None)
    summary = summarise(cases)
    assert summary["failures"] == 3 and summary["smape"][0] == pytest.approx(0, abs=1e-3)
    assert summary["within_5"][0] == 0.25 and summary["far"][0] == 0.75
    corners = np.load(folder / "landmarks.npz")["corners"]
    assert corners.shape == (4, 17, 4, 2) and np.isnan(corners[1:]).all()
    assert np.abs(corners[0] - evaluate.truth).max() < 1e-3


def test_the_folder_names_its_weights_and_holds_card_and_run(evaluate):
    folder = evaluate(None)
    assert folder.name == "stand_in@abababab" and folder.parent.name == "test"
    assert folder.parent.parent.name.startswith("spineweb16@")
    assert ModelCard.model_validate_json((folder / "card.json").read_text()) == CARD
    run = json.loads((folder / "run.json").read_text())
    assert set(run) == {"git", "modified", "versions", "machine", "date", "metric_version", "seed", "threads",
                        "peak_mb"} and run["seed"] == 7 and run["peak_mb"] > 10


def test_labels_lie_beside_the_runs_and_are_read_back_whole(evaluate):
    (film,) = read_labels(evaluate(None).parent)
    assert np.array_equal(film.corners, evaluate.truth) and film.shape == SHAPE and film.twin and not film.clean
    assert film.angles == pytest.approx(aasce_angles(evaluate.truth, SHAPE[0]))


def test_other_labels_of_the_same_revision_are_refused(evaluate):
    evaluate(None, None)
    with pytest.raises(DataError, match="raise LABEL_REVISION"):
        evaluate(None)


def test_a_second_run_replaces_the_first_and_keeps_what_others_put_there(evaluate):
    folder = evaluate(evaluate.truth + 5, None)
    (folder / "reader_study.csv").write_text("kept")
    assert evaluate(None, None) == folder and read_cases(folder)["mre_px"].max() < 1e-3
    assert (folder / "reader_study.csv").read_text() == "kept"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["labels.npz", folder.name]


def test_a_run_that_breaks_while_writing_leaves_the_old_result_whole(evaluate, monkeypatch):
    folder = evaluate(evaluate.truth + 5, None)
    before = (folder / "cases.csv").read_bytes()
    write = Path.write_bytes

    def full_disk(path, content):
        if path.name == "summary.json":
            raise OSError("No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError):
        evaluate(None, None)
    assert (folder / "cases.csv").read_bytes() == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["labels.npz", folder.name]


def test_a_killed_run_goes_on_after_the_films_that_were_done(evaluate):
    with pytest.raises(KeyboardInterrupt):
        evaluate(evaluate.truth + 5, KeyboardInterrupt(), None)
    cases = read_cases(evaluate(None, None, count=3))  # answers for the two films that are left
    assert cases["mre_px"].tolist() == pytest.approx([np.hypot(5, 5), 0, 0], abs=1e-3)


def test_a_fault_of_ours_costs_one_film_only(evaluate):
    cases = read_cases(evaluate(None, ZeroDivisionError(), None))
    assert cases["ok"].tolist() == [True, False, True] and "ZeroDivisionError" in cases["error"][1]


def test_the_stored_summary_is_that_of_the_stored_cases(evaluate):
    run = Run(evaluate(evaluate.truth + (3, 4), None, DetectionError("No spine."), evaluate.truth * 1.01))
    again = summaries(run.cases)
    assert run.summaries.drop(columns=["value", "low", "high"]).equals(again.drop(columns=["value", "low", "high"]))
    for column in ("value", "low", "high"):
        np.testing.assert_allclose(run.summaries[column], again[column], rtol=0, atol=1e-9)


def test_the_table_gives_films_without_twin_beside_all(evaluate):
    table = summary_table(read_cases(evaluate(evaluate.truth + (50, 0), None, None))).splitlines()
    assert table[0].split("  ")[-1] == "clean, no twin"
    assert table[1].split() == ["films", "3", "2"]
