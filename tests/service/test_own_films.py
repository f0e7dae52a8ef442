"""A user's own labelled films: a CSV of corners or a folder in the public layout, never under a public name."""

import cv2
import numpy as np
import pandas as pd
import pytest

from spine_models.core.aasce import aasce_angles
from spine_models.core.errors import DataError
from spine_models.core.landmarks import STANDARD_LEVELS
from spine_models.service.corner_table import COORDINATES, load_corner_table
from spine_models.service.labelled_sets import OFFICIAL, SPLITS, names_digest, open_set

SHAPE = (500, 250)


@pytest.fixture
def table(upright):
    """Two films of 17 vertebrae, as rows."""
    rows = []
    for file in ("a.png", "b.png"):
        for level, corners in zip(STANDARD_LEVELS, upright(*SHAPE) + np.arange(17)[:, None, None] % 3):
            rows.append([file, level, *corners.ravel()])
    return pd.DataFrame(rows, columns=["file", "level", *COORDINATES])


@pytest.fixture
def write(tmp_path):
    """Function: rows -> path of the CSV, beside its films."""

    def write(rows):
        for name in ("a.png", "b.png"):
            cv2.imwrite(str(tmp_path / name), np.zeros(SHAPE, np.uint8))
        rows.to_csv(tmp_path / "My films.csv", index=False)
        return tmp_path / "My films.csv"

    return write


def test_rows_in_any_order_become_films(table, write, upright):
    path = write(table.sample(frac=1, random_state=1).assign(case="p1"))
    films = {film.path.name: film for film in load_corner_table(path)}
    film = films["a.png"]
    assert film.corners == pytest.approx(upright(*SHAPE) + np.arange(17)[:, None, None] % 3)
    assert film.shape == SHAPE and film.case_id == "p1" and film.clean and film.path.is_file()
    assert film.angles == pytest.approx(aasce_angles(film.corners, SHAPE[0]))
    assert {film.case_id for film in load_corner_table(write(table))} == {"a", "b"}


def test_they_get_a_name_of_their_own_and_a_revision_of_their_labels(table, write):
    labelled = open_set(write(table), "test")
    assert (labelled.dataset, labelled.split, len(labelled.films)) == ("own_My_films", "all", 2)
    table.loc[3, "tl_x"] += 1
    changed = open_set(write(table), "test")
    assert changed.revision != labelled.revision == open_set(write(table.assign(tl_x=lambda t: t["tl_x"].where(
        t.index != 3, t["tl_x"] - 1))), "test").revision


@pytest.mark.parametrize(("spoil", "says"), [
    (lambda t: t.drop(columns="br_y"), "br_y is missing"),
    (lambda t: t[:0], "it has no row"),
    (lambda t: t.drop(index=4), "film a.png needs one row for each level"),
    (lambda t: t.assign(level=t["level"].replace("L5", "L6")), "film a.png needs one row for each level"),
    (lambda t: t.assign(tl_x=t["tl_x"].where(t.index != 20, np.nan)), "film b.png has a corner that is no number"),
    (lambda t: t.assign(file=t["file"].replace("b.png", "c.png")), "c.png is named in the CSV"),
    (lambda t: t.assign(file=t["file"].replace("b.png", "folder/a.png")), "two films alike"),
    (lambda t: t.rename(columns={"tl_x": "tr_x", "tr_x": "tl_x", "bl_x": "br_x", "br_x": "bl_x"}), "corners of T1"),
    (lambda t: t.assign(**{name: -t[name] for name in COORDINATES}), "T1 must lie above L5"),
])
def test_a_bad_table_is_refused_in_one_sentence(table, write, spoil, says):
    with pytest.raises(DataError, match=says):
        load_corner_table(write(spoil(table)))


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as a CSV"):
        load_corner_table(tmp_path / "x.csv")


def test_a_folder_in_the_public_layout_keeps_its_own_name(tmp_path, upright):
    root = tmp_path / "ward 7"
    corners = upright(*SHAPE)
    (root / "data" / "test").mkdir(parents=True)
    labels = root / "labels" / "test"
    labels.mkdir(parents=True)
    cv2.imwrite(str(root / "data" / "test" / "x-1 A.jpg"), np.zeros(SHAPE, np.uint8))
    (labels / "filenames.csv").write_text("x-1 A.jpg\n")
    numbers = np.concatenate([corners.reshape(-1, 2)[:, 0] / SHAPE[1], corners.reshape(-1, 2)[:, 1] / SHAPE[0]])
    np.savetxt(labels / "landmarks.csv", numbers[None], delimiter=",")
    np.savetxt(labels / "angles.csv", aasce_angles(corners, SHAPE[0])[None], delimiter=",")
    labelled = open_set(root, "test")
    assert (labelled.dataset, labelled.split) == ("own_ward_7", "test")
    assert labelled.films[0].corners == pytest.approx(corners)


@pytest.mark.data
@pytest.mark.parametrize("split", SPLITS)
def test_the_public_films_are_known_by_their_names(data_folder, split):
    labelled = open_set(data_folder, split)
    assert labelled.dataset == SPLITS[split].dataset and names_digest(labelled.films) == OFFICIAL[split]
