"""Real films keep their polarity, and their inverses are recognised."""

import cv2
import numpy as np
import pytest

from spine_models.imaging.polarity import evidence_for_bright_bone, is_inverted


def test_evidence_changes_only_its_sign_with_the_film():
    film = np.random.default_rng(0).random((300, 120), np.float32).cumsum(axis=1) / 120
    assert evidence_for_bright_bone(film) == pytest.approx(-evidence_for_bright_bone(1 - film), abs=1e-4)


def test_a_picture_that_says_nothing_is_left_alone():
    assert not is_inverted(np.full((300, 120), 0.5, np.float32))


@pytest.mark.data
@pytest.mark.parametrize("pattern", ["spineweb16/data/training/*.jpg", "aasce_challenge/*.jpg"])
def test_real_films_and_their_inverses(data_folder, pattern):
    films = sorted(data_folder.glob(pattern))[::8]
    assert films
    for path in films:
        film = cv2.imread(str(path), cv2.IMREAD_REDUCED_GRAYSCALE_2).astype(np.float32) / 255
        assert not is_inverted(film) and is_inverted(1 - film), path.name
