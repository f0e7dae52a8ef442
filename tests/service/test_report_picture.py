"""Film and marks as PNG and SVG: the whole film, its pixels, and every number of the report."""

import base64
import io
import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image
from report_samples import FILM, SHAPE, bent_spine, report_on

from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.report import Source, make_report
from spine_models.service.report_picture import LONGEST_SIDE, report_overlay, report_png, report_svg

RADIOGRAPH = Radiograph(np.full(SHAPE, 0.25, np.float32), FILM)
SVG = "{http://www.w3.org/2000/svg}"


def scaled(factor, height, width):
    landmarks = Landmarks(bent_spine(0).corners * factor, STANDARD_LEVELS)
    return make_report(landmarks, Source(FILM, (height, width)))


def test_a_large_film_keeps_its_pixels_and_a_small_one_gets_more_for_letters():
    report = scaled(3, 2400, 1200)
    film = Radiograph(np.linspace(0, 1, 1200, dtype=np.float32) * np.ones((2400, 1), np.float32), FILM)
    overlay = report_overlay(report, film)
    assert overlay.scale == 1 and overlay.pixels.shape == (2400, 1200, 3)
    unmarked = overlay.pixels[:40].astype(int)  # the spine begins lower
    assert np.abs(unmarked - np.rint(film.pixels[:40] * 255)[..., None]).max() <= 1
    small = report_overlay(report_on(), RADIOGRAPH)
    assert small.scale > 1 and small.pixels.shape[0] == pytest.approx(800 * small.scale, abs=1)


def test_a_huge_film_is_made_smaller():
    overlay = report_overlay(scaled(12, 9600, 4800), None)
    assert overlay.pixels.shape == (LONGEST_SIDE, LONGEST_SIDE // 2, 3)


def test_marks_lie_on_the_landmarks():
    report = report_on()
    overlay = report_overlay(report, RADIOGRAPH)
    edges = report.landmarks.corners[:, [0, 2]].mean(axis=1) * overlay.scale
    for x, y in edges:
        around = overlay.pixels[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].astype(int)
        assert (around[..., 2] - around[..., 0]).max() > 30  # the blue of an outline on grey film


def test_png_is_the_overlay():
    report = report_on()
    read = cv2.imdecode(np.frombuffer(report_png(report, RADIOGRAPH), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(read[..., ::-1], report_overlay(report, RADIOGRAPH).pixels)


def test_svg_is_in_pixels_of_the_film_and_holds_film_outlines_levels_and_angles():
    report = report_on(bent_spine(25, swings=1.0))
    root = ElementTree.fromstring(report_svg(report, RADIOGRAPH))
    assert root.get("viewBox") == "0 0 400 800"
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert set(STANDARD_LEVELS) <= set(words)
    assert [word for word in words if word.endswith("°")] == [f"{curve.angle:.1f}°" for curve in report.curves]
    (picture,) = root.iter(f"{SVG}image")
    href = next(value for name, value in picture.items() if name.endswith("href"))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(href.partition(",")[2]))).convert("L"))
    assert pixels.shape == SHAPE and np.abs(pixels.astype(int) - 64).max() <= 1
    outlines = [np.array(re.split("[ ,]+", shape.get("points").strip()), float).reshape(-1, 2)
                for shape in root.iter(f"{SVG}polygon")]
    points = 560 / np.ptp(report.landmarks.corners[..., 1])
    for outline, corners in zip(outlines, report.landmarks.corners, strict=True):
        on_film = outline[:4] * (1, -1) / points + (0, 800)
        assert np.allclose(on_film, corners[[0, 1, 3, 2]], atol=0.05)


def test_without_the_film_there_are_the_marks_alone():
    root = ElementTree.fromstring(report_svg(report_on(), None))
    assert not list(root.iter(f"{SVG}image")) and len(list(root.iter(f"{SVG}polygon"))) == 17
