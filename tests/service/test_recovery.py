"""Killed without warning at any moment: nothing that was committed is lost, and the next start works."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from spine_models.service.cases import CaseBook
from spine_models.service.film_runs import run_resumably
from spine_models.service.store import read_runs, replace_folder

KILLS = int(os.environ.get("SPINE_KILLS", "3"))
"""Moments tried per kind of work; 50 in all where each of the five is given 10."""

REPOSITORY = Path(__file__).parents[2]
DEMO = REPOSITORY / "assets" / "demo" / "single-thoracic-curve.png"
FILMS = 40 * KILLS
"""More than can be done before the last kill."""


def killed_at_work(program: str, *arguments: object, after: float) -> list[str]:
    """Start a program that says a line when something is done, kill it so many seconds after its first line."""
    with tempfile.TemporaryFile("w+") as faults:
        child = subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], cwd=REPOSITORY, text=True,
                                 stdout=subprocess.PIPE, stderr=faults)
        first = child.stdout.readline()
        time.sleep(after)
        child.kill()
        lines = [first, *child.stdout]
        child.wait()
        faults.seek(0)
        assert first, f"the program did not start:\n{faults.read()[-3000:]}"
    return [line.strip() for line in lines if line.endswith("\n")]


def moments(seed: int) -> list[float]:
    return [random.Random(seed + turn).uniform(0, 0.4) for turn in range(KILLS)]


EDITING = """
import sys
import numpy as np
from spine_models.core.landmarks import Landmarks, STANDARD_LEVELS
from spine_models.service.cases import CaseBook, Model
quad = np.array([(-30, -14), (30, -14), (-30, 14), (30, 14)])
def spine(x):
    centres = np.stack([np.full(17, x), 30.0 + 40 * np.arange(17)], 1)
    return Landmarks(quad + centres[:, None], STANDARD_LEVELS)
book = CaseBook(sys.argv[1])
case = book.open_draft(sys.argv[2] * 64, (800, 400), spine(100), Model("by hand", None))
print(case.id, case.version, 100, flush=True)
for x in range(101, 300):
    case = book.commit(case.id, case.version, spine(x), "move")
    print(case.id, case.version, x, flush=True)
"""


def test_every_kept_edit_is_there_after_a_kill(tmp_path):
    url = f"sqlite:///{tmp_path / 'cases.sqlite'}"
    for turn, after in enumerate(moments(1)):
        case_id, version, x = killed_at_work(EDITING, url, f"{turn:x}"[-1], after=after)[-1].split()
        book = CaseBook(url)  # the next start
        case = book.load(case_id)
        assert int(version) <= case.version <= int(version) + 1  # one more may be kept than was said
        assert case.landmarks.centres[0, 0] - int(x) in (0, 1) and book.verify(case_id) is None


STORING = """
import sys
from pathlib import Path
from spine_models.service.store import replace_folder
for turn in range(100000):
    text = str(turn).encode()
    replace_folder(Path(sys.argv[1]), {"cases.csv": text * 1000, "run.json": text})
    print(turn, flush=True)
"""


def test_a_result_folder_is_the_old_or_the_new_one_after_a_kill(tmp_path):
    folder = tmp_path / "data@1" / "test" / "model@12345678"
    for after in moments(2):
        last = int(killed_at_work(STORING, folder, after=after)[-1])
        for workshop in folder.parent.glob(".writing-*"):
            os.utime(workshop, (0, 0))  # as if the next start were a while later
        (run,) = read_runs(tmp_path)
        kept = int((run.folder / "run.json").read_text())
        assert kept in (last, last + 1) and (run.folder / "cases.csv").read_text() == str(kept) * 1000


def test_a_kill_between_the_two_renames_loses_no_folder(tmp_path):
    folder = tmp_path / "data@1" / "test" / "model@12345678"
    replace_folder(folder, {"cases.csv": b"old"})
    program = """
import os, sys
from pathlib import Path
from spine_models.service import store
rename = Path.rename
def stopped(path, target):
    if path.name == "new": os.kill(os.getpid(), 9)
    return rename(path, target)
Path.rename = stopped
store.replace_folder(Path(sys.argv[1]), {"cases.csv": b"new"})
"""
    assert subprocess.run([sys.executable, "-c", program, folder], cwd=REPOSITORY).returncode == -9
    (workshop,) = folder.parent.iterdir()
    assert not folder.exists() and not read_runs(tmp_path)  # a second ago it may still be at work
    os.utime(workshop, (0, 0))
    (run,) = read_runs(tmp_path)
    assert (run.folder / "cases.csv").read_text() == "old"
    replace_folder(folder, {"cases.csv": b"newer"})
    assert (folder / "cases.csv").read_text() == "newer" and [path.name for path in folder.parent.iterdir()] == [
        folder.name
    ]


EVALUATING = """
import sys, time
from pathlib import Path
from spine_models.service.film_runs import run_resumably
def runner(work, items):
    for index, item in enumerate(items):
        time.sleep(0.002)
        yield index, work(item)
        print(item.name, flush=True)
films = [Path(f"film-{number}.png") for number in range(1000)]
run_resumably(lambda film: {"film": film.name}, films, Path(sys.argv[1]), runner, "films")
"""


def test_a_killed_run_over_films_goes_on_where_it_stopped(tmp_path):
    for turn, after in enumerate(moments(3)):
        scratch = tmp_path / str(turn)
        said = killed_at_work(EVALUATING, scratch, after=after)
        done = {json.loads(path.read_text())["film"] for path in scratch.glob("*.json")}
        assert set(said) <= done  # every file whole, every film that was said to be done among them
        films = [Path(f"film-{number}.png") for number in range(len(done) + 2)]
        repeated = []

        def runner(work, items):
            repeated.extend(items)
            for index, item in enumerate(items):
                yield index, work(item)

        results = run_resumably(lambda film: {"film": film.name}, films, scratch, runner, "films")
        assert [result["film"] for result in results] == [film.name for film in films]
        assert len(repeated) == 2 and not np.isin([film.name for film in repeated], sorted(done)).any()


BATCHING = """
import sys, time
from pathlib import Path
from spine_models.service.batch import Task, run_batch
def runner(work, items):
    print(len(items), flush=True)
    for index, item in enumerate(items):
        time.sleep(0.01)
        row = work(item)
        yield index, row
        print(row["film_sha256"], flush=True)
films, out = map(Path, sys.argv[1:])
run_batch(films, out, Task.of("mean_shape", ["csv"], out), runner)
"""


@pytest.mark.slow
def test_a_killed_batch_loses_no_film_and_leaves_no_half_report(tmp_path):
    films, out = tmp_path / "films", tmp_path / "out"
    films.mkdir()
    film = cv2.resize(cv2.imread(str(DEMO), cv2.IMREAD_GRAYSCALE), (100, 233), interpolation=cv2.INTER_AREA)
    for number in range(FILMS):
        film[0, :2] = number // 250, number % 250  # so that each has a hash of its own
        cv2.imwrite(str(films / f"{number}.png"), film)
    done = []
    for after in moments(5):
        todo, *said = killed_at_work(BATCHING, films, out, after=after)
        assert int(todo) == FILMS - len(done)  # the next start goes on
        done = [json.loads(path.read_text()) for path in out.glob(".unfinished/*/*.json")]
        assert set(said) <= {row["film_sha256"] for row in done} and all(row["ok"] for row in done)
        for report in out.glob("*.csv"):
            assert report.read_text().count("\n") == 18  # a head and 17 vertebrae
        assert {row["reports"] for row in done} <= {report.name for report in out.glob("*.csv")}
        book = CaseBook()
        assert book.verify_trail().altered is None
        assert {row["film_sha256"] for row in done} <= {line.film_sha256 for line in book.audit_trail()}


TRAINING = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, "tests/training")
from spine_models.training import trainer as training
from test_trainer import SCHEDULE, LineTask, Trainer, network
training.log_row = lambda folder, row: None
class Saying(LineTask):
    def validate(self, model):  # after the checkpoint of its epoch
        print(trainer.epoch, file=sys.__stdout__, flush=True)
        return {}
trainer = Trainer(network(), Saying(), replace(SCHEDULE, epochs=100000), Path(sys.argv[1]))
trainer.fit()
"""


@pytest.mark.slow
def test_a_killed_training_goes_on_from_the_last_epoch_it_finished(tmp_path):
    last = 0
    for after in moments(4):
        epochs = [int(line) for line in killed_at_work(TRAINING, tmp_path, after=after)]
        assert epochs[0] in (last + 1, last + 2)  # one more may be kept than was said
        last = epochs[-1]
