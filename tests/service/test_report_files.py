"""The numbers of a report as other programs read them."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from report_samples import FILM, SHAPE, WEIGHTS, bent_spine, report_on, wedged

from spine_models.core.errors import DataError
from spine_models.core.hanging import Hanging
from spine_models.core.landmarks import LEVELS, STANDARD_LEVELS, Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service import report_files as module
from spine_models.service.cases import Model
from spine_models.service.points import read_points
from spine_models.service.report import Subject
from spine_models.service.report_files import KINDS, report_csv, report_files, report_json, write_report
from spine_models.service.report_text import report_text

SCHEMA = Path(module.__file__).with_name("report_schema.json")
RADIOGRAPH = Radiograph(np.zeros(SHAPE, np.float32), FILM)


def test_json_holds_what_was_measured():
    report = report_on(spacing=(0.5, 0.25))
    found = json.loads(report_json(report))
    (curve,), (told,) = report.curves, found["curves"]
    assert told["angle"] == pytest.approx(60) and (told["apex"], told["side"]) == (curve.apex, curve.side)
    assert told["interval"] == pytest.approx(report.intervals[0], abs=1e-3) and told["severity"] == "severe"
    assert told["translation"]["mm"] == pytest.approx(told["translation"]["pixels"] * 0.25)
    assert found["stance"]["balance"]["pixels"] == pytest.approx(report.deformity.balance.pixels)
    assert found["film"] == {"sha256": FILM, "shape": list(SHAPE), "pixel_spacing_mm": [0.5, 0.25]}
    assert found["model"] == {"name": "cascade", "weights_sha256": WEIGHTS} and found["pattern"]["types"] == [1]
    assert np.allclose(found["landmarks"], report.landmarks.corners, atol=1e-3)
    assert found["text"] == report_text(report)


def test_csv_has_a_line_per_vertebra_and_nothing_where_nothing_is_known():
    rows = list(csv.DictReader(io.StringIO(report_csv(report_on(wedged(bent_spine(0), "T9", 15))))))
    assert [row["level"] for row in rows] == list(STANDARD_LEVELS)
    assert (rows[8]["shape"], rows[8]["wedge"]) == ("deformed", "15.0") and float(rows[8]["wedge_limit"]) < 15
    assert rows[-1]["disc_wedge"] == rows[-1]["disc_wedge_limit"] == "" and rows[0]["disc_wedge"] == "0.0"


def test_corners_a_human_placed_are_marked_in_json_and_csv():
    source = np.full((17, 4), "model", dtype=object)
    source[4, [0, 3]] = "human"
    report = report_on(bent_spine(source=source))
    assert json.loads(report_json(report))["source"] == source.tolist()
    rows = csv.DictReader(io.StringIO(report_csv(report)))
    assert {row["level"]: row["human"] for row in rows if row["human"]} == {"T5": "TL BR"}


def test_a_spine_with_unknowns_is_json_that_every_program_reads():
    corners = bent_spine(0).corners[:4].copy()
    corners[2, :2] = corners[2, :2].mean(axis=0)
    found = json.loads(report_json(report_on(Landmarks(corners, ("C7", "T1", "T2", "T4")), model=None)))
    assert found["vertebrae"][2]["wedge"] is None and found["vertebrae"][0]["wedge_limit"] is None
    assert found["model"] is found["pattern"] is found["stance"]["balance"] is None and found["curves"] == []


@pytest.mark.parametrize(("kind", "start"), [
    *zip(KINDS, (b"%PDF-", b"{", b"level,shape,", b"FRONTAL SPINE FILM", b"\x89PNG", b"<?xml", bytes(128) + b"DICM",
                 b"MATLAB 5.0 MAT-file"), strict=True),
])
def test_each_kind_of_file_is_written(tmp_path, kind, start):
    out = tmp_path / f"report.{kind}"
    write_report(report_on(), RADIOGRAPH, out)
    assert out.read_bytes().startswith(start)
    others = {path.name for path in tmp_path.iterdir()} - {out.name}
    assert others == ({"report-film.dcm", "report-overlay.dcm"} if kind == "dcm" else set())


def every_kind_of_report():
    """Straight, bent, edited, marked by hand, with unknowns, with every level, with and without scale."""
    flat = bent_spine(0).corners[:4].copy()
    flat[2, :2] = flat[2, :2].mean(axis=0)
    edited = np.where(np.arange(68).reshape(17, 4) < 6, "human", "model")
    return [
        report_on(), report_on(bent_spine(0)), report_on(spacing=(0.5, 0.25)), report_on(bent_spine(source=edited)),
        report_on(bent_spine(20, LEVELS, swings=2.5), model=None), report_on(bent_spine(30, swings=1.0)),
        report_on(Landmarks(flat, ("C7", "T1", "T2", "T4")), model=Model("mean_shape", None)),
        report_on(wedged(bent_spine(0), "T9", 15), Subject("P-017", date(2026, 3, 4), "note"), warnings=("Doubt.",)),
    ]


def test_every_report_is_as_the_schema_says():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    found = [json.loads(report_json(report)) for report in every_kind_of_report()]
    assert not [error.message for one in found for error in validator.iter_errors(one)]
    assert found[3]["edited"] == ["T1", "T2"] and found[0]["edited"] == []
    for field in schema["required"]:
        assert not validator.is_valid({name: value for name, value in found[0].items() if name != field})
    assert not validator.is_valid(found[0] | {"patient": "Jane DOE"})
    assert not validator.is_valid(found[0] | {"levels": ["T1", "Q9"]})


def test_the_points_of_a_report_can_be_loaded_again():
    report = report_on()
    points = read_points(report_files(report, None, "mat")[""], "report.mat")
    assert np.array_equal(points.corners, report.landmarks.corners) and points.levels == report.landmarks.levels


@pytest.mark.parametrize("name", ["report.docx", "report", "no_such_folder/report.txt"])
def test_a_file_that_cannot_be_written_is_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(DataError, match="\\.$"):
        write_report(report_on(), None, tmp_path / name)


def test_json_says_whose_sides_its_sides_are():
    reports = (report_on(hanging=Hanging(patient_left=left)) for left in (None, "right"))
    on_film, patients = (json.loads(report_json(report)) for report in reports)
    assert (on_film["sides"], patients["sides"]) == ("film", "patient")
    assert patients["hanging"]["patient_left"] == "right"
    assert {on_film["curves"][0]["side"], patients["curves"][0]["side"]} == {"left", "right"}
    assert on_film["vertebrae"][3]["tilt"] == -patients["vertebrae"][3]["tilt"] != 0
    assert on_film["landmarks"] == patients["landmarks"]
