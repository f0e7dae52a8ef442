"""The command line's contract with other tools."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from spine_models.__main__ import main

REPOSITORY = Path(__file__).parents[1]
DEMO = sorted((REPOSITORY / "assets" / "demo").glob("*.png"))
ROW_KEYS = {"file", "model", "ok", "error", "levels", "landmarks", "sigma", "patient_left", "curves", "aasce",
            "anomaly", "warnings", "seconds"}
CURVE_KEYS = {"angle", "interval", "upper", "lower", "apex", "region", "side"}


def run(*arguments):
    """As a user types it."""
    command = [sys.executable, "-m", "spine_models", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, text=True, capture_output=True)


def children_seconds():
    """CPU time of finished child processes: unlike the clock on the wall, not at the mercy of a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Exit status and rows of: a demo film, a bad file, a missing file, another demo film."""
    folder = tmp_path_factory.mktemp("films")
    bad = folder / "not a film.png"
    bad.write_text("hello")
    files = [DEMO[0], bad, folder / "missing.png", DEMO[-1]]
    done = run("predict", *files, "--model", "mean_shape")
    assert "Traceback" not in done.stderr
    return files, done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_one_row_per_film_in_order_with_the_agreed_keys(measured):
    files, _, rows = measured
    assert [row["file"] for row in rows] == list(map(str, files))
    assert all(set(row) == ROW_KEYS for row in rows)


def test_a_bad_file_is_a_row_and_the_rest_goes_on(measured):
    _, status, rows = measured
    assert status == 1 and [row["ok"] for row in rows] == [True, False, False, True]
    for row in (rows[1], rows[2]):
        assert row["error"].endswith(".") and "fault of the program" not in row["error"]
        assert row["levels"] == row["landmarks"] == row["curves"] == [] and row["aasce"] is None


def test_a_good_row_holds_the_spine(measured):
    row = measured[2][0]
    assert row["error"] is None and row["model"] == "mean_shape" and row["seconds"] > 0
    assert row["levels"][0] == "T1" and row["levels"][-1] == "L5" and len(row["landmarks"]) == 17
    assert all(len(vertebra) == 4 and len(vertebra[0]) == 2 for vertebra in row["landmarks"])
    assert len(row["aasce"]) == 3 and all(CURVE_KEYS <= set(curve) for curve in row["curves"])


def test_out_writes_the_lines_to_a_file(tmp_path, capsys):
    out = tmp_path / "rows.jsonl"
    assert main(["predict", str(DEMO[0]), "--model", "mean_shape", "--out", str(out)]) == 0
    assert json.loads(out.read_text())["file"] == str(DEMO[0]) and capsys.readouterr().out == ""


def test_a_fault_of_ours_costs_one_film_only(monkeypatch, capsys):
    from spine_models.service import measuring

    def fault(path):
        raise ZeroDivisionError

    monkeypatch.setattr(measuring, "read_radiograph", fault)
    assert main(["predict", "a.png", "b.png", "--model", "mean_shape"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["file"] for row in rows] == ["a.png", "b.png"]
    assert all("ZeroDivisionError" in row["error"] for row in rows)


@pytest.mark.parametrize("arguments", [
    ("predict", "film.png", "--model", "no_such_model"),
    ("predict", "film.png", "--model", "mean_shape", "--out", "/no/such/folder/rows.jsonl"),
    ("train", "no_such_model", "--data", "."),
    ("evaluate", "no_such_model", "--data", "."),
    ("calibrate", "no_such_model", "--data", "."),
    ("train", "mean_shape", "--data", "no_such_folder"),
    ("evaluate", "mean_shape", "--data", "no_such_folder"),
    ("audit-data", "--data", "no_such_folder"),
    ("audit-data", "--data", "tests"),
])
def test_a_command_that_cannot_start_says_why_in_one_sentence(arguments, capsys, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    assert main(list(arguments)) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith("spine_models: ") and sentence.endswith(".\n") and sentence.count("\n") == 1


def test_missing_data_say_how_to_get_them(capsys, monkeypatch):
    monkeypatch.setenv("SPINE_DATA", "no_such_folder")
    assert main(["audit-data"]) == 2
    sentence = capsys.readouterr().err
    assert "no_such_folder" in sentence and "SpineWeb" in sentence and "labels/{training,test}" in sentence


@pytest.mark.alone
def test_models_lists_every_card_within_a_second():
    before = children_seconds()
    done = run("models", "--json")
    assert children_seconds() - before <= 1.0
    listed = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"mean_shape", "vertebra_focused"} <= {model["name"] for model in listed}
    for model in listed:
        assert model["family"] in ("CNN", "GAN", "baseline") and model["status"] in ("trained", "untrained", "broken")
    assert sum(model["recommended"] for model in listed) == 1


def test_models_without_json_is_a_table_with_the_recommended_one_marked(capsys):
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("* ") for line in lines[:-1]) == 1 and any("mean_shape" in line for line in lines)
