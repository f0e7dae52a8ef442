"""A folder of films into one table: resumed after a kill, a sentence for what is no film, no names in reports."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from stand_in import one_by_one

from spine_models.__main__ import main
from spine_models.core.errors import DataError
from spine_models.service.batch import ROW, TABLE, UNFINISHED, Task, films_in, run_batch
from spine_models.service.cases import CaseBook

REPOSITORY = Path(__file__).parents[2]
DEMO = sorted((REPOSITORY / "assets" / "demo").glob("*.png"))
NAMES = ["Jane DOE 1970.png", "a note.txt", "within/second.png", "within/third.png"]


@pytest.fixture
def folder(tmp_path):
    """Three films, one with a telling name, a file that is none, a hidden one."""
    place = tmp_path / "films"
    (place / "within").mkdir(parents=True)
    for name, film in zip((NAMES[0], NAMES[2], NAMES[3]), DEMO):
        shutil.copy(film, place / name)
    (place / NAMES[1]).write_text("no film")
    (place / ".hidden").write_text("no film")
    return place


@pytest.fixture
def task(tmp_path):
    return Task.of("mean_shape", ["json", "csv"], tmp_path / "out")


def test_every_film_is_a_row_and_what_is_none_has_its_sentence(folder, tmp_path, task):
    found = run_batch(folder, tmp_path / "out", task, one_by_one)
    assert found["file"].tolist() == NAMES and found["ok"].tolist() == [True, False, True, True]
    assert found["error"][1].endswith(".") and found.drop(columns=["file", "ok", "error", "model", "weights_sha256",
                                                                   "program"]).iloc[1].isna().all()
    read = pd.read_csv(tmp_path / "out" / TABLE)
    assert list(read) == ["file", *ROW] and read["largest_angle"].notna().tolist() == [True, False, True, True]
    assert set(read["model"]) == {"mean_shape"} and read["vertebrae"][0] == 17
    assert not (tmp_path / "out" / UNFINISHED).exists()


def test_reports_are_named_after_the_film_s_hash_and_hold_no_name(folder, tmp_path, task):
    found = run_batch(folder, tmp_path / "out", task, one_by_one)
    written = {path.name for path in (tmp_path / "out").iterdir()} - {TABLE}
    assert written == set(" ".join(found["reports"].dropna()).split()) and len(written) == 6
    assert found["reports"][0] == "{0}.json {0}.csv".format(found["film_sha256"][0][:16])
    assert not [name for name in written if b"DOE" in (tmp_path / "out" / name).read_bytes()]
    trail = CaseBook().audit_trail()
    assert [line.film_sha256 for line in trail] == found["film_sha256"].dropna().tolist()
    assert {line.action for line in trail} == {"batch json csv"} and "DOE" not in repr(trail)


def test_stopped_and_started_again_it_goes_on(folder, tmp_path, task):
    def dies_after_two(work, items):
        for index in (3, 1):
            yield index, work(items[index])
        raise KeyboardInterrupt

    def the_rest(work, items):
        assert [path.name for path in items] == ["Jane DOE 1970.png", "second.png"]
        return one_by_one(work, items)

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_batch(folder, out, task, dies_after_two)
    assert not (out / TABLE).exists()
    kept = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"third" not in kept and b"DOE" not in kept
    found = run_batch(folder, out, task, the_rest)
    assert found.equals(run_batch(folder, tmp_path / "again", Task.of("mean_shape", ["json", "csv"], tmp_path / "out"),
                                  one_by_one))
    assert len(CaseBook().audit_trail()) == 6  # three films, and three again


def test_films_in_memory_leave_nothing_on_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row = Task.of("mean_shape", ["pdf", "csv"])(DEMO[0].read_bytes())
    assert row["ok"] and [name.rpartition(".")[2] for name in row["files"]] == ["pdf", "csv"]
    assert row["files"][row["reports"].split()[0]].startswith(b"%PDF-")
    assert not [path for path in tmp_path.rglob("*") if path.suffix != ".sqlite"]


def test_other_weights_on_another_machine_are_refused():
    task = Task("mean_shape", "0" * 64)
    row = pickle.loads(pickle.dumps(task))(DEMO[0])
    assert not row["ok"] and "differ between machines" in row["error"]


def test_a_fault_of_ours_costs_one_film(monkeypatch):
    monkeypatch.setattr("spine_models.service.batch.film_report", lambda *_: 1 / 0)
    row = Task.of("mean_shape")(DEMO[0])
    assert "ZeroDivisionError" in row["error"] and set(row) == set(ROW)


def test_reports_within_the_films_are_no_films(folder, tmp_path):
    (folder / "out").mkdir()
    (folder / "out" / TABLE).write_text("file")
    assert [str(path.relative_to(folder)) for path in films_in(folder, folder / "out")] == NAMES
    for bad, out in ((tmp_path / "none", tmp_path), (folder / "out", folder / "out")):
        with pytest.raises(DataError, match="\\.$|:"):
            films_in(bad, out)


@pytest.mark.parametrize("arguments", [
    ("no_such_folder", "--out", "out"), ("films", "--out", "films"), ("films", "--out", "films/a note.txt/x"),
    ("films", "--out", "out", "--report", "docx"), ("films", "--out", "out", "--model", "no_such_model"),
])
def test_a_batch_that_cannot_start_says_why_in_one_sentence(folder, arguments, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    assert main(["batch", "--model", "mean_shape", *arguments]) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith("spine_models: ") and sentence.endswith(".\n") and sentence.count("\n") == 1


@pytest.mark.slow
def test_a_killed_batch_keeps_what_was_done(folder, tmp_path, capsys):
    """SIGKILL after the first row; the next start repeats the others only and ends as if nothing had happened."""
    for number in range(6):
        shutil.copy(DEMO[number % len(DEMO)], folder / f"{number}.png")
    out = tmp_path / "out"
    arguments = ["batch", str(folder), "--out", str(out), "--model", "mean_shape", "--report", "svg"]
    worker = subprocess.Popen([sys.executable, "-m", "spine_models", *arguments], cwd=REPOSITORY,
                              start_new_session=True, stderr=subprocess.DEVNULL)
    while not (rows := list(out.glob(f"{UNFINISHED}/*/*.json"))) and worker.poll() is None:
        time.sleep(0.02)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    kept = {path: path.stat().st_mtime_ns for path in out.glob(f"{UNFINISHED}/*/*.json")}
    assert rows and len(kept) < 10
    seen = {}

    def watching(work, items):
        seen.update({path: path.stat().st_mtime_ns for path in kept})
        assert len(items) == 10 - len(kept)
        return one_by_one(work, items)

    found = run_batch(folder, out, Task.of("mean_shape", ["svg"], out), watching)
    assert seen == kept and found["ok"].sum() == 9
    assert not list(out.glob(".*"))
    assert set(" ".join(found["reports"].dropna()).split()) == {path.name for path in out.glob("*.svg")}
