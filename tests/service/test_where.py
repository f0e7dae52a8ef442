"""Errors per level and corner, on made spines."""

from pathlib import Path

import numpy as np
import pytest

from spine_models.service.label_store import keep_labels
from spine_models.service.store import Run
from spine_models.service.where import detection_curve, errors_by_corner, errors_by_level
from spine_models.training.labels import LabelledFilm

SHAPE = (1024, 512)  # the grid itself: distances are pixels of the film


@pytest.fixture
def run(tmp_path, upright):
    """Four films: one with T3's TL 8 px off, one named a level too low, one masked at T1, one failed."""
    truth = upright(*SHAPE)
    pitch = truth[1, 0, 1] - truth[0, 0, 1]
    valid = np.ones((4, 17), bool)
    valid[2, 0] = False
    films = [LabelledFilm(Path(f"{n}.jpg"), str(n), truth, truth, valid[n], SHAPE, angles=np.zeros(3))
             for n in range(4)]
    corners = np.stack([truth, truth + (0, pitch), truth + (3, 4), truth * np.nan])
    corners[0, 2, 0] += (8, 0)
    keep_labels(tmp_path, films)
    folder = tmp_path / "m@1"
    folder.mkdir()
    np.savez_compressed(folder / "landmarks.npz", corners=corners.astype(np.float32))
    return Run(folder)


def test_errors_stand_at_their_level_and_corner(run):
    table = errors_by_corner(run).set_index(["level", "corner"])
    assert len(table) == 68
    # T3 TL: 8, 0 (the shifted film slid back) and 5 px. T1: the shifted film has no counterpart, the masked is out.
    assert table.loc[("T3", "TL"), ["films", "mean", "median"]].tolist() == pytest.approx([3, 13 / 3, 5], abs=1e-3)
    assert table.loc[("T3", "BR"), ["films", "mean"]].tolist() == pytest.approx([3, 5 / 3], abs=1e-3)
    assert table.loc[("T1", "TL"), ["films", "mean"]].tolist() == pytest.approx([1, 0], abs=1e-3)


def test_levels_and_chosen_films(run):
    table = errors_by_level(run, rows=[True, False, True, False]).set_index("level")
    assert table.loc["T3", ["films", "mean"]].tolist() == pytest.approx([2, (2 + 5) / 2], abs=1e-3)
    assert table.loc["L5", ["films", "mean"]].tolist() == pytest.approx([2, 2.5], abs=1e-3)


def test_the_detection_curve_counts_failed_films_and_tells_numbering_apart(run):
    curve = detection_curve(run).set_index("radius")
    # Published: film 1 all but one corner, film 3 all within 6 px; films 2 and 4 none.
    assert curve.loc[6, "published"] == pytest.approx((67 + 68) / (4 * 68))
    # Aligned: of 68, 64 (no counterpart for a level), 64 (masked) and 68 (failed).
    assert curve.loc[6, "aligned"] == pytest.approx((67 + 64 + 64) / (68 + 64 + 64 + 68))
    assert curve.loc[0, "published"] < curve.loc[10, "published"] == pytest.approx(0.5)
