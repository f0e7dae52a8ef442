"""A DICOM film that lies upside down, stored with dark bone and without a file ending, is put right and measured."""

import json
from pathlib import Path

import numpy as np
import pytest
from dicom_samples import dicom
from PIL import Image

from spine_models.core.cobb import largest_curve
from spine_models.core.landmarks import Landmarks

DEMO = Path(__file__).parents[2] / "assets" / "demo" / "single-thoracic-curve.png"
UPLOAD = '[data-testid="stFileUploaderDropzoneInput"]'
TOLERANCE = 8.0

pytestmark = pytest.mark.browser


def test_a_dicom_film_upside_down_is_turned_and_its_sides_are_named(page, tmp_path):
    truth = json.loads(DEMO.with_suffix(".json").read_text(encoding="utf-8"))
    curve = largest_curve(Landmarks(truth["corners"], truth["levels"]))
    grey = np.array(Image.open(DEMO).convert("L"))[::-1, ::-1]
    (tmp_path / "IM000001").write_bytes(dicom(255 - grey, PhotometricInterpretation="MONOCHROME1",
                                              PixelSpacing=[0.4, 0.4]))
    page.locator(UPLOAD).set_input_files(tmp_path / "IM000001")
    page.get_by_text("This film seems to be upside down.").wait_for()
    assert page.get_by_test_id("stTable").count() == 0
    page.get_by_role("button", name="Turn it upright").click()
    page.get_by_test_id("angle-MAX").wait_for()
    assert float(page.get_by_test_id("angle-MAX").inner_text()) == pytest.approx(curve.angle, abs=TOLERANCE)
    page.get_by_text("Turn, mirror, sides").click()
    page.get_by_text("right on the film").click()
    page.get_by_test_id("stTable").first.get_by_text(f"pt {'left' if curve.side == 'right' else 'right'}").wait_for()
    page.get_by_text("Millimetres by the file's pixel spacing").wait_for()
