"""The consensus beside one model alone: on made results of known errors, and on the shipped store."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from curved import curved_spine

from spine_models.core.aasce import aasce_angles
from spine_models.core.errors import DataError
from spine_models.service.compared import first_choice
from spine_models.service.consensus_study import TABLE, keep_consensus_study, read_consensus_study, scored_consensus
from spine_models.service.store import STORE, Run
from spine_models.training.labels import LabelledFilm
from spine_models.zoo import list_models

BENDS = (20.0, 30.0, 40.0, 50.0)
MEMBERS = [entry for entry in list_models() if entry.name in first_choice(list_models())]


def made_run(name: str, error: float, part: str = "test") -> Run:
    """Results on four films that take each spine for one bent by so many degrees more."""
    spines = [curved_spine(bend) for bend in BENDS]
    labels = [LabelledFilm(Path(f"{n}.jpg"), str(n), spine, spine, np.ones(17, bool), (512, 256),
                           angles=aasce_angles(spine, 512)) for n, spine in enumerate(spines)]
    corners = np.array([curved_spine(bend + error) for bend in BENDS], np.float32)
    true = np.array([film.angles[0] for film in labels])
    found = np.array([aasce_angles(spine.astype(float), 512)[0] for spine in corners])
    cases = pd.DataFrame({
        "file": [film.path.name for film in labels], "case_id": [film.case_id for film in labels], "part": part,
        "ok": True, "true_1": true, "smape": 1.0, "largest_error": np.abs(found - true),
        "interval_low": found - 5, "interval_high": found + 5,
    })
    run = Run(Path(f"{name}@0"))
    run.__dict__.update({"cases": cases, "labels": labels, "corners": corners,
                     "sigma": np.ones(corners.shape[:3], np.float32)})
    return run


def test_models_that_err_to_either_side_are_right_together():
    found = scored_consensus([made_run("a", 4.0), made_run("b", -4.0)], "test", "test")
    assert (found["films"], found["failures"], found["alone"]) == (4, 0, "a")
    assert found["largest_error"]["alone"][0] == pytest.approx(4, abs=0.2)
    assert found["largest_error"]["consensus"][0] == pytest.approx(0, abs=0.3)
    assert found["largest_error"]["difference"][0] == pytest.approx(-4, abs=0.3)
    assert found["with_interval"] == 4 and found["covered"] == 1.0


def test_a_film_without_consensus_is_a_failure_and_other_parts_do_not_count():
    runs = [made_run("a", 1.0), made_run("b", 1.0)]
    runs[1].corners[2] = np.nan
    assert scored_consensus(runs, "test", "test")["failures"] == 1
    runs[0].cases.loc[2, "part"] = "train"
    found = scored_consensus(runs, "test", "test")
    assert (found["films"], found["failures"]) == (3, 0)


def test_results_on_other_films_are_refused():
    other = made_run("b", 1.0)
    other.cases["file"] = other.cases["file"][::-1].to_numpy()
    with pytest.raises(DataError, match="not of the same films"):
        scored_consensus([made_run("a", 1.0), other], "test", "test")


def test_the_shipped_study_follows_from_the_shipped_results(tmp_path):
    for entry in MEMBERS:
        for folder in STORE.glob(f"*@*/*/{entry.name}@{entry.card.training.sha256[:8]}"):
            shutil.copytree(folder, tmp_path / folder.relative_to(STORE))
            shutil.copy(folder.parent / "labels.npz", (tmp_path / folder.relative_to(STORE)).parent)
    again = json.loads(keep_consensus_study(tmp_path).read_text())
    shipped = json.loads((STORE / TABLE).read_text())
    assert again.keys() == shipped.keys() and again["members"] == shipped["members"]
    for one, other in zip(again["sets"], shipped["sets"], strict=True):
        for key in ("smape", "largest_error"):
            assert [one[key][name] == pytest.approx(other[key][name], abs=1e-9) for name in one[key]] == [True] * 3
        assert (one["films"], one["failures"], one["covered"]) == (other["films"], other["failures"], other["covered"])


def test_a_study_of_other_models_or_weights_is_not_shown():
    assert len(read_consensus_study(MEMBERS[::-1])) == 2
    assert read_consensus_study(MEMBERS[1:]) == []
    training = MEMBERS[0].card.training.model_copy(update={"sha256": "0" * 64})
    changed = replace(MEMBERS[0], card=MEMBERS[0].card.model_copy(update={"training": training}))
    assert read_consensus_study([changed, *MEMBERS[1:]]) == []


def test_results_that_are_missing_are_asked_for(tmp_path):
    with pytest.raises(DataError, match="run evaluate .* --split test first"):
        keep_consensus_study(tmp_path)
