"""Films that lie wrong are recognised, films that lie right are left alone."""

import json

import cv2
import numpy as np
import pytest

from spine_models.training.films import fullbody, spineweb
from spine_models.training.orientation import LEAST, fit, judge
from spine_models.zoo._finder import WEIGHTS, shared_finder
from spine_models.zoo._upright import RECORD, believed, quarter_turns
from spine_models.zoo._weights import file_sha256


def test_a_turn_is_believed_only_with_a_lead():
    assert believed(np.array([1.0, 0.9, 1.4, 0.0]), least=0.5) == 0
    assert believed(np.array([1.0, 0.9, 1.6, 0.0]), least=0.5) == 2


def test_what_is_learnt_tells_made_up_looks_apart():
    rng = np.random.default_rng(0)
    seen = rng.normal(0, 0.3, (60, 4, 4)) + np.array([1.0, 0, 0.4, 0])[:, None] * [1, 1, 1, -1]
    found = judge(seen[40:], fit(seen[:40]))
    assert found.films == 20 and found.alarms == 0 and max(found.missed) <= 2


def test_the_record_is_of_the_finder_that_is_shipped():
    record = json.loads(RECORD.read_text())
    assert record["finder_sha256"] == file_sha256(WEIGHTS) and record["least"] == LEAST


@pytest.mark.data
def test_held_out_films_however_they_lie(data_folder):
    """A sample; `python -m spine_models orientation` counts all of them."""
    net, wrong, films = shared_finder(), [], [*spineweb(data_folder, "validation", 512)[::9]]
    films += fullbody(data_folder, "validation", 512)[::6]
    for at, film in enumerate(films):
        pixels = cv2.normalize(film.pixels.astype(np.float32), None, 0, 1, cv2.NORM_MINMAX)
        for turn in range(4):
            said = quarter_turns(net, np.ascontiguousarray(np.rot90(pixels, -turn)))
            wrong += [(at, turn, said)] if said != -turn % 4 else []
    assert len(wrong) <= 0.05 * 4 * len(films), wrong
