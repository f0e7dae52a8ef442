"""What happens around a network: sharing, order, checks. The network itself is a stand-in here."""

import threading
import time

import numpy as np
import pytest
import torch

from spine_models.core.card import ModelCard
from spine_models.core.errors import DetectionError, ModelError
from spine_models.core.landmarks import STANDARD_LEVELS
from spine_models.core.radiograph import Radiograph
from spine_models.service import inference
from spine_models.service.gate import WARNING
from spine_models.zoo._model import Detection, SpineModel

FILM = Radiograph(np.zeros((800, 400), np.float32), sha256="0" * 64)
CARD = ModelCard(name="stand_in", family="CNN", title="t", summary="s", input_size=(512, 256), codec="none", paper="p",
                 training_data="d", intended_use="u", limits=("l",))


class StandIn(SpineModel):
    """Answers what it was given; notes how many calls ran at once."""

    def __init__(self, corners, levels=STANDARD_LEVELS):
        super().__init__()
        self.corners, self.levels = corners, levels
        self.running = self.most = 0

    def detect(self, pixels):
        assert torch.is_inference_mode_enabled()
        self.running += 1
        self.most = max(self.most, self.running)
        time.sleep(0.01)
        self.running -= 1
        return Detection(self.corners, self.levels, np.ones(len(self.corners)), warnings=("from the network",))


@pytest.fixture
def stand_in(monkeypatch):
    def use(corners, levels=STANDARD_LEVELS):
        model = StandIn(corners, levels)
        inference.gate_model()  # loaded and kept before what loads it is replaced
        monkeypatch.setattr(inference, "shared_model", lambda name: (model, CARD))
        return model

    return use


def test_prediction_carries_landmarks_mask_card_warnings_and_times(stand_in, upright):
    stand_in(upright())
    found = inference.predict(FILM, "stand_in")
    assert np.array_equal(found.landmarks.corners, upright()) and found.landmarks.levels == STANDARD_LEVELS
    assert found.mask.shape == (800, 400) and found.mask.max() == 17
    assert found.card is CARD and found.warnings == (WARNING, "from the network")  # an empty film
    assert found.timings["network"] >= 0.01


def test_a_nonsense_answer_is_a_detection_error(stand_in, upright):
    stand_in(upright()[::-1])
    with pytest.raises(DetectionError):
        inference.predict(FILM, "stand_in")


def test_levels_out_of_order_are_a_detection_error(stand_in, upright):
    stand_in(upright(), STANDARD_LEVELS[::-1])
    with pytest.raises(DetectionError, match="not a spine"):
        inference.predict(FILM, "stand_in")


def test_one_inference_at_a_time(stand_in, upright):
    model = stand_in(upright())
    sessions = [threading.Thread(target=inference.predict, args=(FILM, "stand_in")) for _ in range(4)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert model.most == 1


def test_an_unknown_model_is_one_sentence():
    with pytest.raises(ModelError, match="choose one of"):
        inference.predict(FILM, "no_such_model")
