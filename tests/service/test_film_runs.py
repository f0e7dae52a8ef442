"""Work over films: resumed, spread over processes, or sent to a cluster whose worker dies; always the same answer."""

import json
import os
import signal

import cv2
import numpy as np
import pandas as pd
import pytest

from spine_models.__main__ import main
from spine_models.core.errors import DataError
from spine_models.core.landmarks import STANDARD_LEVELS
from spine_models.imaging.phantom import random_phantom
from spine_models.service import evaluation
from spine_models.service.cluster import on_cluster
from spine_models.service.corner_table import COORDINATES
from spine_models.service.film_runs import run_resumably
from spine_models.service.store import Run

FILMS = 8


@pytest.fixture
def films(tmp_path):
    """Three files to work on."""
    paths = [tmp_path / f"{n}.txt" for n in range(3)]
    for path in paths:
        path.write_text(path.stem)
    return paths


def length(path):
    return {"name": path.name, "length": len(path.read_text())}


def backwards(work, items):
    return ((index, work(items[index])) for index in reversed(range(len(items))))


def dies_after_one(work, items):
    yield 1, work(items[1])
    raise KeyboardInterrupt


def test_results_stand_in_the_order_of_the_films_and_nothing_is_left(films, tmp_path):
    found = run_resumably(length, films, tmp_path / "scratch", backwards, "t")
    assert [row["name"] for row in found] == ["0.txt", "1.txt", "2.txt"] and not (tmp_path / "scratch").exists()


def test_a_killed_run_repeats_only_what_was_not_done_or_has_changed(films, tmp_path):
    def once_more(expected):
        def runner(work, items):
            assert [path.name for path in items] == expected
            return backwards(work, items)
        return runner

    with pytest.raises(KeyboardInterrupt):
        run_resumably(length, films, tmp_path / "scratch", dies_after_one, "t")
    (kept,) = (tmp_path / "scratch").iterdir()
    assert json.loads(kept.read_text()) == {"name": "1.txt", "length": 1}
    with pytest.raises(KeyboardInterrupt):
        run_resumably(length, films, tmp_path / "scratch", dies_after_one, "t")  # now 0 and 2 are left: 2 is done
    films[1].write_text("longer")
    found = run_resumably(length, films, tmp_path / "scratch", once_more(["0.txt", "1.txt"]), "t")
    assert [row["length"] for row in found] == [1, 6, 1]


def test_no_scheduler_and_no_models_are_told_in_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("spine_models.service.cluster.CONNECT", "1s")
    with pytest.raises(DataError, match="No Dask scheduler answers"):
        list(on_cluster("tcp://127.0.0.1:9")(length, []))
    for arguments in ([], ["mean_shape", "--all"], ["--all", "--stale"]):
        assert main(["evaluate", *arguments, "--data", str(tmp_path)]) == 2
        assert capsys.readouterr().err == "spine_models: Say which models: give their names, or --all, or --stale.\n"


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    """A CSV of the corners of made films, beside the films."""
    folder, rng, rows = tmp_path_factory.mktemp("made"), np.random.default_rng(0), []
    for number in range(FILMS):
        pixels, corners = random_phantom(rng, 300)
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
        rows += [[f"{number}.png", level, *c.ravel()] for level, c in zip(STANDARD_LEVELS, corners)]
    pd.DataFrame(rows, columns=["file", "level", *COORDINATES]).to_csv(folder / "made.csv", index=False)
    return folder / "made.csv"


def evaluated(phantoms, tmp_path, **runner):
    return Run(evaluation.evaluate_model("mean_shape", phantoms, "test", tmp_path / "store",
                                         scratch=tmp_path / "scratch", **runner))


def same(one, other):
    times = ["seconds", "core_seconds"]
    pd.testing.assert_frame_equal(one.cases.drop(columns=times), other.cases.drop(columns=times))
    return np.array_equal(one.corners, other.corners) and len(one.cases) == FILMS


@pytest.mark.slow
def test_processes_and_a_cluster_that_loses_a_worker_give_the_same_results(phantoms, tmp_path):
    distributed = pytest.importorskip("distributed")
    alone = evaluated(phantoms, tmp_path / "one", runner=lambda work, items: enumerate(map(work, items)))
    assert alone.dataset == "own_made" and alone.cases["ok"].all()
    assert same(alone, evaluated(phantoms, tmp_path / "two"))
    killed = []

    def losing_a_worker(work, items):
        for count, done in enumerate(on_cluster(cluster.scheduler_address)(work, items), start=1):
            if not killed and count < FILMS:
                with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
                    killed.append(max(client.run(os.getpid).values()))
                os.kill(killed[0], signal.SIGKILL)
            yield done

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        lost = evaluated(phantoms, tmp_path / "three", runner=losing_a_worker)
    assert killed and same(alone, lost)
