"""The baseline, against the numbers published for a mean shape on the 128 test films."""

import numpy as np
import pytest

from spine_models.service.scoring import score_films
from spine_models.training.labels import load_spineweb
from spine_models.zoo import load_model
from spine_models.zoo.mean_shape import fit


def test_fit_averages_and_detect_scales_to_the_film():
    first = np.random.default_rng(0).uniform(0.2, 0.4, (17, 4, 2))
    model = fit(np.stack([first, first + 0.2]))
    found = model.detect(np.zeros((800, 400), np.float32))
    assert np.allclose(found.corners, (first + 0.1) * (400, 800), atol=1e-3)
    assert not found.confidence.any() and found.warnings


@pytest.mark.data
def test_it_scores_as_published_on_the_official_test_films(data_folder):
    films = load_spineweb(data_folder, "test")
    model = load_model("mean_shape")
    corners = np.stack([model.detect(np.empty(film.shape, np.float32)).corners for film in films])
    scores = score_films(corners, films)
    assert scores["mre_grid"].mean() == pytest.approx(46.6, abs=1.0)
    assert scores["smape"].mean() == pytest.approx(37.9, abs=1.5)
