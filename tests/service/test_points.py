"""Points survive every file format, and other files get a sentence."""

import io
import json

import numpy as np
import pytest
import scipy.io

from spine_models.core.errors import DataError
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.service.points import KINDS, read_points, write_points


def marks(levels: tuple[str, ...] = STANDARD_LEVELS) -> Landmarks:
    rng = np.random.default_rng(5)
    source = rng.choice(["model", "human"], (len(levels), 4))
    return Landmarks(rng.normal(500, 300, (len(levels), 4, 2)), levels, source=source)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("levels", [STANDARD_LEVELS, ("T12", "L1", "L2", "L3", "L4", "L5", "L6"), ("T5",)])
def test_points_come_back_to_the_last_bit(kind, levels):
    before = marks(levels)
    after = read_points(write_points(before, kind), f"points.{kind.upper()}")
    assert after.corners.tobytes() == before.corners.tobytes() and after.levels == levels
    assert (after.source == before.source).all()


def test_json_keeps_what_is_known_of_sigma():
    sigma = np.where(np.arange(68).reshape(17, 4) % 3, 1.25, np.nan)
    after = read_points(write_points(Landmarks(marks().corners, sigma=sigma), "json"), "p.json")
    assert np.array_equal(after.sigma, sigma, equal_nan=True)


def test_the_labels_of_the_original_study_can_be_read():
    file = io.BytesIO()
    points = np.arange(136, dtype=np.uint16).reshape(68, 2)
    scipy.io.savemat(file, {"p2": points})
    after = read_points(file.getvalue(), "film.jpg.mat")
    assert after.levels == STANDARD_LEVELS and (after.corners.reshape(-1, 2) == points).all()
    assert (after.source == "human").all()
    text = "\n".join(f"{x} {y}" for x, y in points).encode()
    assert (read_points(text, "film.txt").corners == after.corners).all()


def test_a_table_edited_in_a_spreadsheet_can_be_read():
    lines = [f"L1;{corner};{x};20.5" for x, corner in enumerate(("BR", "TL", "tr", "BL"))]
    text = "\r\n".join(["\ufefflevel;corner;x;y", *lines])
    after = read_points(text.encode(), "table.csv")
    assert after.levels == ("L1",) and after.corners[0, :, 0].tolist() == [1, 2, 3, 0]


FEW = "\n".join(f"{x} {x}" for x in range(60))
BAD = [
    (b"", "points.docx", "Points can be read from"),
    (b"", "points", "Points can be read from"),
    (b" " * 1_000_001, "points.csv", "too large"),
    (b"", "points.json", "levels and corners"),
    (b"[1, 2]", "points.json", "levels and corners"),
    (b"\xff\xfe\x00", "points.txt", "a line per corner"),
    (b"T1 TL 4", "points.txt", "a line per corner"),
    (b"T1 TL 4 x", "points.txt", "a line per corner"),
    (b"T1 TL 4 5", "points.txt", "T1 needs one line"),
    (FEW.encode(), "points.txt", "the 68 of T1 to L5"),
    (b"", "points.txt", "68"),
    (b"a,b\n1,2", "points.csv", "columns level"),
    (b"level,corner,x,y,source\n" + b"".join(b"T1,%s,1,2,me\n" % c for c in (b"TL", b"TR", b"BL", b"BR")),
     "points.csv", "either model or human"),
    (b"MATLAB 5.0", "points.mat", "p2"),
    (json.dumps({"levels": ["T2", "T1"], "corners": np.zeros((2, 4, 2)).tolist()}).encode(), "p.json", "top to bottom"),
    (json.dumps({"levels": ["Q9"], "corners": np.zeros((1, 4, 2)).tolist()}).encode(), "p.json", "'Q9'"),
    (json.dumps({"levels": ["T1"], "corners": [[[1, 2]] * 3]}).encode(), "p.json", "shape"),
    (json.dumps({"levels": ["T1"], "corners": [[[1, None]] * 4]}).encode(), "p.json", "finite"),
]


@pytest.mark.parametrize("data, name, sentence", BAD, ids=[f"{i}" for i in range(len(BAD))])
def test_a_file_without_points_gets_a_sentence(data, name, sentence):
    with pytest.raises(DataError, match=sentence) as refusal:
        read_points(data, name)
    assert "\n" not in str(refusal.value)
