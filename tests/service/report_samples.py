"""Reports on made spines, for the tests of text, PDF and files."""

import numpy as np

from spine_models.core.card import Calibration
from spine_models.core.hanging import Hanging
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.service.cases import Model
from spine_models.service.report import Source, Subject, make_report

FILM, WEIGHTS = "f1" * 32, "ab" * 32
SHAPE = (800, 400)
CALIBRATION = Calibration(sigma_scale=0, sigma_floor=0.01, angle_quantile=1.6, angle_floor=1.0, films=9, data="made",
                          label_revision="1", expected={})


def bent_spine(bend=30.0, levels=STANDARD_LEVELS, swings=0.5, source=None, sigma=1.0):
    """Landmarks of square-cut vertebrae whose tilts swing so often between bend and -bend degrees."""
    count = len(levels)
    tilt = np.radians(bend * np.cos(np.linspace(0, 2 * np.pi * swings, count)))
    right, down = np.stack([np.cos(tilt), np.sin(tilt)], 1), np.stack([-np.sin(tilt), np.cos(tilt)], 1)
    centres = np.cumsum(down * 40, axis=0) + (200, 20)
    quad = np.array([(-30, -14), (30, -14), (-30, 14), (30, 14)])
    corners = centres[:, None] + quad[:, :1] * right[:, None] + quad[:, 1:] * down[:, None]
    return Landmarks(corners, levels, np.full((count, 4), sigma), source)


def wedged(landmarks, level, degrees):
    """The same with a vertebra, upright before, cut off on the right so that it is taller on the left."""
    corners = landmarks.corners.copy()
    row = landmarks.index(level)
    quad = corners[row]
    quad[3] = quad[2] + np.array([np.cos(a := -np.radians(degrees)), np.sin(a)]) * 60
    return Landmarks(corners, landmarks.levels, landmarks.sigma, landmarks.source)


def report_on(landmarks=None, subject=Subject(), spacing=None, model=Model("cascade", WEIGHTS), warnings=(),
              hanging=Hanging()):
    source = Source(FILM, SHAPE, spacing, model, CALIBRATION, warnings, hanging)
    return make_report(landmarks or bent_spine(), source, subject)
