"""Landmarks and model as JSON text and back, without losing a bit: JSON prints the shortest digits that round-trip."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np

from ...core.hanging import Hanging
from ...core.landmarks import Landmarks
from .case import Model, State


def encode_state(state: State) -> str:
    """The text the journal keeps; an unknown sigma (NaN) is null."""
    fields = {"model": _model_fields(state.model), "landmarks": _landmark_fields(state.landmarks)}
    hung = {} if state.hanging == Hanging() else {"hanging": asdict(state.hanging)}
    return json.dumps(fields | hung)


def decode_state(text: str) -> State:
    """What ``encode_state`` was given."""
    fields = json.loads(text)
    model, landmarks = fields["model"], fields["landmarks"]
    return State(
        landmarks=landmarks and Landmarks(**landmarks | {"sigma": np.array(landmarks["sigma"], dtype=np.float64)}),
        model=model and Model(**model),
        hanging=Hanging(**fields.get("hanging", {})),
    )


def _model_fields(model: Model | None) -> dict | None:
    return model and {"name": model.name, "weights_sha256": model.weights_sha256}


def _landmark_fields(landmarks: Landmarks | None) -> dict | None:
    return landmarks and {
        "levels": landmarks.levels,
        "corners": landmarks.corners.tolist(),
        "sigma": [[None if np.isnan(value) else value for value in row] for row in landmarks.sigma.tolist()],
        "source": landmarks.source.tolist(),
    }
