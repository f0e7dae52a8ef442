"""The DICOM report as other programs read it: plain pydicom, and where installed dcmtk's dsrdump and dciodvfy."""

import io
import shutil
import subprocess
from datetime import date

import numpy as np
import pydicom
import pytest
from report_samples import FILM, SHAPE, WEIGHTS, bent_spine, report_on

from spine_models import __version__
from spine_models.core.errors import DataError
from spine_models.core.hanging import Hanging
from spine_models.core.landmarks import LEVELS, STANDARD_LEVELS
from spine_models.core.radiograph import Radiograph
from spine_models.service.report import Subject
from spine_models.service.report_dicom import report_dicom
from spine_models.service.report_files import report_files

RADIOGRAPH = Radiograph(np.random.default_rng(0).random(SHAPE, dtype=np.float32), FILM, (0.5, 0.25), ("Jane^DOE.dcm",))
COBB = ("285285000", "SCT")


@pytest.fixture(scope="module")
def report():
    source = np.full((17, 4), "model", dtype=object)
    source[4, [0, 3]] = "human"
    return report_on(bent_spine(25, swings=1.0, source=source), Subject("P-017 Ж", date(2026, 3, 4)), (0.5, 0.25))


@pytest.fixture(scope="module")
def objects(report):
    """Report, film and overlay as they are read from their files."""
    files = report_files(report, RADIOGRAPH, "dcm")
    assert list(files) == ["", "-film", "-overlay"]
    return [pydicom.dcmread(io.BytesIO(data)) for data in files.values()]


def items(item, name=None, kind=None):
    """All content items under one, with this code value as name, or of this value type."""
    for child in item.get("ContentSequence", ()):
        named = child.get("ConceptNameCodeSequence")
        if (name is None or (named and named[0].CodeValue == name)) and kind in (None, child.ValueType):
            yield child
        yield from items(child, name, kind)


def groups(document):
    """Measurement groups by their tracking identifier."""
    return {next(items(group, "112039")).TextValue: group for group in items(document, "125007")}


def number(group, name):
    return float(next(items(group, name)).MeasuredValueSequence[0].NumericValue)


def points(item):
    return np.array(item.GraphicData, dtype=float).reshape(-1, 2)


def test_curves_are_cobb_angles_inferred_from_the_lines_they_were_measured_on(report, objects):
    found = groups(objects[0])
    assert [name for name in found if name.startswith("Curve")] == ["Curve 1", "Curve 2"]
    for n, (curve, interval) in enumerate(zip(report.curves, report.intervals), start=1):
        (angle,) = items(found[f"Curve {n}"], COBB[0])
        name, value = angle.ConceptNameCodeSequence[0], angle.MeasuredValueSequence[0]
        assert (name.CodeValue, name.CodingSchemeDesignator) == COBB
        assert float(value.NumericValue) == pytest.approx(curve.angle, abs=1e-3)
        assert value.MeasurementUnitsCodeSequence[0].CodeValue == "deg"
        upper, lower = (points(line) for line in angle.ContentSequence)
        u, v = upper[1] - upper[0], lower[1] - lower[0]
        drawn = np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v)))
        assert drawn == pytest.approx(curve.angle, abs=0.01)
        assert number(found[f"Curve {n}"], "COBB_LOW") == pytest.approx(interval[0], abs=1e-3)
        words = {child.ConceptNameCodeSequence[0].CodeValue: child.ConceptCodeSequence[0].CodeMeaning
                 for child in items(found[f"Curve {n}"], kind="CODE")}
        assert words["UPPER"] == f"{curve.upper} vertebra" and words["APEX"] == f"{curve.apex} vertebra"
        assert words["246112005"].lower() == "severe" and words["CONVEXITY"].lower().startswith(curve.side)


def test_landmarks_are_regions_on_the_wrapped_film(report, objects):
    document, film, _ = objects
    found = groups(document)
    assert list(found)[2:-1] == list(STANDARD_LEVELS)
    for corners, level in zip(report.landmarks.corners, STANDARD_LEVELS):
        (region,) = items(found[level], kind="SCOORD")
        ring = points(region)
        assert region.GraphicType == "POLYLINE" and np.array_equal(ring[0], ring[-1])
        assert np.allclose(ring[[0, 1, 3, 2]], corners, atol=1e-3)
        image = region.ContentSequence[0].ReferencedSOPSequence[0]
        assert image.ReferencedSOPInstanceUID == film.SOPInstanceUID
    assert number(found["T5"], "EDITED") == 2 and number(found["Whole spine"], "EDITED") == 2
    assert number(found["T9"], "TILT") == pytest.approx(report.deformity.tilt[8], abs=1e-3)


def test_distances_are_in_mm_where_the_scale_is_known_and_in_vertebra_heights_elsewhere(report, objects):
    for made, unit in ((objects[0], "mm"), (report_dicom(report_on(), RADIOGRAPH).sr, "{vert_height}")):
        balance = next(items(made, "BALANCE")).MeasuredValueSequence[0]
        assert balance.MeasurementUnitsCodeSequence[0].CodeValue == unit
    assert number(objects[0], "BALANCE") == pytest.approx(report.deformity.balance.mm, abs=1e-3)


@pytest.mark.parametrize("left, side, owner", [
    (None, "FILM_LEFT", "FILM"), ("left", "PATIENT_LEFT", "PATIENT"), ("right", "PATIENT_RIGHT", "PATIENT"),
])
def test_sides_and_signs_are_the_patients_once_they_are_known(left, side, owner):
    made = report_on(bent_spine(25), hanging=Hanging(patient_left=left))
    assert made.curves[0].side == "left"  # of the film
    found = groups(report_dicom(made, RADIOGRAPH).sr)
    said = next(items(found["Curve 1"], "CONVEXITY")).ConceptCodeSequence[0].CodeValue
    whose = next(items(found["Whole spine"], "WHOSE_SIDES")).ConceptCodeSequence[0].CodeValue
    assert (said, whose) == (side, owner)
    tilt = number(found["T1"], "TILT")
    assert np.sign(tilt) == (-1 if left == "right" else 1)


def test_it_says_what_measured_and_that_nobody_has_verified_it(objects):
    document = objects[0]
    group = groups(document)["Curve 1"]
    assert next(items(group, "111001")).TextValue == "cascade"
    assert next(items(group, "111003")).TextValue == f"spine_models {__version__}"
    assert next(items(group, "111002")).TextValue == f"weights sha256 {WEIGHTS}"
    assert document.VerificationFlag == "UNVERIFIED" and document.PreliminaryFlag == "PRELIMINARY"
    (words,) = items(document, "121106")
    assert "Not a medical device" in words.TextValue and "2 of 68 corners" in words.TextValue


def test_three_objects_make_one_study_and_the_film_keeps_its_pixels(objects):
    document, film, overlay = objects
    assert len({made.StudyInstanceUID for made in objects}) == 1
    assert len({made.SeriesInstanceUID for made in objects}) == len({made.SOPInstanceUID for made in objects}) == 3
    assert np.abs(film.pixel_array / 65535 - RADIOGRAPH.pixels).max() < 1e-5 and film.PixelSpacing == [0.5, 0.25]
    assert overlay.PhotometricInterpretation == "RGB" and overlay.BurnedInAnnotation == "YES"
    assert overlay.PixelSpacing[0] * overlay.Rows == pytest.approx(0.5 * SHAPE[0], rel=1e-3)
    colourful = np.ptp(overlay.pixel_array.astype(int), axis=2) > 60
    assert 0.001 < colourful.mean() < 0.2


def test_the_same_film_is_wrapped_into_the_same_object_but_not_for_another_patient(report, objects):
    again = report_dicom(report, RADIOGRAPH)
    assert again.film.SOPInstanceUID == objects[1].SOPInstanceUID
    assert again.sr.SOPInstanceUID != objects[0].SOPInstanceUID
    other = report_dicom(report_on(subject=Subject("P-018")), RADIOGRAPH)
    assert other.film.StudyInstanceUID != again.film.StudyInstanceUID


def test_nobody_is_named_but_by_what_the_user_typed(objects):
    assert all((made.PatientID, made.StudyDate) == ("P-017 Ж", "20260304") for made in objects)
    nameless = report_files(report_on(), RADIOGRAPH, "dcm")
    for data in nameless.values():
        made = pydicom.dcmread(io.BytesIO(data))
        assert not any((made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex, made.StudyDate,
                        made.AccessionNumber, made.ReferringPhysicianName))
        assert b"DOE" not in data and "InstitutionName" not in made


def test_every_level_has_a_code_and_a_pseudonym_too_long_is_cut():
    report = report_on(bent_spine(20, LEVELS), Subject("W" * 120), model=None)
    document = report_dicom(report, RADIOGRAPH).sr
    sites = {level: next(items(groups(document)[level], "121071")).ConceptCodeSequence[0] for level in LEVELS}
    assert (sites["T1"].CodeValue, sites["T1"].CodingSchemeDesignator) == ("64864005", "SCT")
    assert sites["T13"].CodingSchemeDesignator == "99SPINE" and len({site.CodeValue for site in sites.values()}) == 25
    assert next(items(document, "111001")).TextValue == "marked by hand" and document.PatientID == "W" * 64


def test_without_the_film_there_is_nothing_to_refer_to():
    with pytest.raises(DataError, match="open the film"):
        report_dicom(report_on(), None)


@pytest.fixture(scope="module")
def on_disk(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dicom")
    paths = []
    for name, data in report_files(report, RADIOGRAPH, "dcm").items():
        paths.append(folder / f"report{name}.dcm")
        paths[-1].write_bytes(data)
    return paths


def asked(program, package, *arguments):
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}: install Debian's package {package}")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout, done.stderr


def test_dcmtk_reads_the_report(report, on_disk):
    status, text, _ = asked("dsrdump", "dcmtk", on_disk[0])
    assert status == 0 and text.startswith("Comprehensive SR Document")
    angles = [line.split('"')[3] for line in text.splitlines() if '"Cobb angle")=' in line]
    assert [float(angle) for angle in angles] == pytest.approx([c.angle for c in report.curves], abs=1e-3)
    assert text.count("(POLYLINE,") == 17 + 2 * len(report.curves)


def test_the_objects_are_as_the_standard_says(on_disk):
    for path in on_disk:
        _, out, err = asked("dciodvfy", "dicom3tools", path)
        said = (out + err).splitlines()
        assert any(line in ("ComprehensiveSR", "SCImage") for line in said)
        assert not [line for line in said if line.startswith("Error")]
