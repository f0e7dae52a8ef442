"""The words of a report are its numbers, and claim no more."""

from datetime import date

import numpy as np
import pytest
from report_samples import WEIGHTS, bent_spine, report_on, wedged

from spine_models import INTENDED_USE, __version__
from spine_models.core.deformity_reference import reference_ranges
from spine_models.core.errors import LandmarkError
from spine_models.core.hanging import OPPOSITE, Hanging
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.service.report import Subject
from spine_models.service.report_rows import DEFORMED, UNKNOWN, WITHIN, angle_to, level_rows, stance_rows
from spine_models.service.report_text import report_text

STRAIGHT = bent_spine(0)


def line(text, start):
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return found


def test_a_curve_is_told_with_side_levels_interval_and_severity():
    report = report_on()
    (curve,), ((low, high),) = report.curves, report.intervals
    told = line(report_text(report), "Main thoracic curve")
    assert told.startswith(f"Main thoracic curve, convex to the {curve.side}, T1–L5, apex {curve.apex}: 60.0° "
                           f"(90 % interval {low:.0f}–{high:.0f}°), severe. The apex lies ")
    assert "possible Lenke type 1 (main thoracic)" in report_text(report)


def test_a_straight_spine_has_no_curve_no_pattern_and_no_deformed_vertebra():
    text = report_text(report_on(STRAIGHT))
    assert "No curve of 10° or more. The largest angle is 0.0°" in text and "Lenke" not in text
    assert "None of 17 vertebrae deformed." in text and line(text, "T5:") == (
        "T5: shape within range, not wedged; level.")


def test_a_wedged_vertebra_is_named_with_angle_side_and_range():
    text = report_text(report_on(wedged(STRAIGHT, "T9", 15)))
    assert "1 of 17 vertebrae deformed: T9." in text
    limit = reference_ranges().limits["wedge"]["T9"]
    assert line(text, "T9: deformed").startswith(
        f"T9: deformed, wedge 15.0°, taller on the left (usual ≤ {limit:.1f}°), left/right height ")
    assert "Disc spaces wedged beyond their range, with the taller side: T9–T10 15.0° right." in text


def test_every_level_has_a_line():
    text = report_text(report_on(bent_spine(swings=1.5)))
    assert all(line(text, f"{level}: ") for level in STANDARD_LEVELS)


def test_a_level_without_range_and_one_without_endplate_are_not_judged():
    corners = STRAIGHT.corners.copy()
    corners[2, :2] = corners[2, :2].mean(axis=0)
    levels = ("C7", *STANDARD_LEVELS[:-1])
    rows = level_rows(report_on(Landmarks(corners, levels)).deformity)
    assert [row.level for row in rows if row.shape == UNKNOWN] == ["C7", "T2"]
    text = report_text(report_on(Landmarks(corners, levels)))
    assert line(text, "T2:").startswith("T2: shape not judged, wedge not measurable; ")


def test_a_wedge_just_inside_its_range_is_not_set_off_and_one_just_outside_is():
    limit = reference_ranges().limits["wedge"]["T9"]
    rows = [level_rows(report_on(wedged(STRAIGHT, "T9", limit + more)).deformity)[8] for more in (-0.1, 0.1)]
    assert [row.wedge.outside for row in rows] == [False, True] and rows[1].shape == DEFORMED
    assert level_rows(report_on(wedged(STRAIGHT, "T9", 3)).deformity)[8].shape == WITHIN


def test_distances_are_in_mm_only_where_the_scale_is_known():
    leaning = Landmarks(STRAIGHT.corners + np.arange(17)[:, None, None] * (-1.4, 0))
    in_heights, in_mm = report_on(leaning).deformity, report_on(leaning, spacing=(9.9, 0.5)).deformity
    assert ("Coronal balance, T1 from L5", "0.8 vertebra heights right") in stance_rows(in_heights, ())
    assert ("Coronal balance, T1 from L5", "11 mm right") in stance_rows(in_mm, ())


def test_without_l5_nothing_is_said_of_balance():
    short = Landmarks(STRAIGHT.corners[:-1], STANDARD_LEVELS[:-1])
    text = report_text(report_on(short))
    assert "balance" not in text and "L5" not in text and "T1 tilt: 0.0°." in text


@pytest.mark.parametrize(("human", "sentence"), [
    ([], "No corner was edited by a human."),
    ([(3, 1), (3, 2), (5, 0)], "3 of 68 corners were placed by a human: T4, T6."),
    ([(row, corner) for row in range(17) for corner in range(4)], "All 68 corners were placed by a human."),
])
def test_it_says_what_a_human_has_placed(human, sentence):
    source = np.full((17, 4), "model")
    for place in human:
        source[place] = "human"
    assert sentence in report_text(report_on(bent_spine(source=source))).splitlines()


def test_it_says_which_model_and_program_measured_and_what_for():
    text = report_text(report_on(warnings=("The numbering is uncertain.",)))
    assert f"Measured with spine_models {__version__}, landmarks by cascade, weights {WEIGHTS[:12]}." in text
    assert "The numbering is uncertain." in text and text.endswith(INTENDED_USE + "\n")
    assert "landmarks by hand." in report_text(report_on(model=None))


def test_of_the_patient_it_holds_what_the_user_typed_alone():
    bare = report_text(report_on())
    assert "Pseudonym" not in bare and "Film of" not in bare and "Note:" not in bare
    text = report_text(report_on(subject=Subject("P-017", date(2026, 3, 4), "in\n brace ")))
    assert text.splitlines()[1:4] == ["Pseudonym: P-017", "Film of: 2026-03-04", "Note: in brace"]


@pytest.mark.parametrize(("degrees", "printed"), [(3.21, "3.2° left"), (-3.21, "3.2° right"), (0.04, "0.0°"),
                                                  (-0.04, "0.0°")])
def test_what_prints_as_zero_has_no_side(degrees, printed):
    assert angle_to(degrees, "left") == printed


def test_a_spine_that_cannot_be_measured_is_refused_in_a_sentence():
    with pytest.raises(LandmarkError, match="\\.$"):
        report_on(Landmarks(STRAIGHT.corners[:1], ("T1",)))


def test_sides_are_the_patients_where_they_are_known():
    landmarks = bent_spine(30)
    on_film = report_on(landmarks)
    same, other = (report_on(landmarks, hanging=Hanging(patient_left=left)) for left in ("left", "right"))
    texts = [report_text(report) for report in (on_film, same, other)]
    side = on_film.curves[0].side
    assert f"convex to the {side}," in texts[0] and f"convex to the patient's {side}," in texts[1]
    assert f"convex to the patient's {OPPOSITE[side]}," in texts[2]
    assert "Sides are those of the film" in texts[0] and "the patient's left is on the right of the film" in texts[2]
    np.testing.assert_allclose(other.deformity.wedge, -same.deformity.wedge, atol=1e-9)
    np.testing.assert_allclose(other.deformity.height_ratio, 1 / same.deformity.height_ratio)
    assert other.deformity.balance.pixels == pytest.approx(-same.deformity.balance.pixels)
    assert other.curves[0].side == side  # where the angle is drawn


def test_what_was_done_to_the_film_is_said():
    text = report_text(report_on(hanging=Hanging(2, mirrored=True)))
    assert "the film was turned (upside down) and mirrored by the user." in text
