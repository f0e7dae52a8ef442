"""The loaders on tiny folders in the publishers' layout, and what the files in splits/ promise on the real films."""

import json

import numpy as np
import pytest
from made_spines import made_spine, squeeze
from PIL import Image

from spine_models.core.aasce import aasce_angles
from spine_models.core.errors import DataError
from spine_models.core.metrics import smape
from spine_models.training.audit import print_audit
from spine_models.training.labels import case_id, load_fullbody, load_generated, load_spineweb, read_table
from spine_models.training.make_splits import validation_files
from spine_models.training.twins import similar_pairs

HEIGHT, WIDTH = 1300, 400
SPINE = (made_spine(bend=0.6) - 1000) + (200, 60)


def write_spineweb(root, labels, split="training"):
    """A folder as downloaded: a grey film of HEIGHT x WIDTH per name, labels {name: corners (17, 4, 2)}."""
    films, tables = root / "data" / split, root / "labels" / split
    films.mkdir(parents=True)
    tables.mkdir(parents=True)
    rows = []
    for name, corners in labels.items():
        Image.new("L", (WIDTH, HEIGHT), 90).save(films / name)
        points = corners.reshape(68, 2) / (WIDTH, HEIGHT)
        rows.append(",".join(f"{value:.9f}" for value in [*points[:, 0], *points[:, 1]]))
    (tables / "filenames.csv").write_text("\n".join(labels) + "\n")
    (tables / "landmarks.csv").write_text("\n".join(rows) + "\n")
    (tables / "angles.csv").write_text("30,20,10\n" * len(labels))
    return root


@pytest.mark.parametrize("folder", [".", "spineweb16"], ids=["the set itself", "its parent"])
def test_films_are_read_as_downloaded(tmp_path, folder):
    write_spineweb(tmp_path / folder, {"sunhl-1th-06-Jan-2017-99 A AP.jpg": SPINE})
    (film,) = load_spineweb(tmp_path, "training")
    np.testing.assert_allclose(film.raw, SPINE, atol=1e-5)
    np.testing.assert_array_equal(film.corners, film.raw)
    assert film.shape == (HEIGHT, WIDTH) and film.case_id == "99" and list(film.angles) == [30, 20, 10]
    assert film.clean and film.defects == ()


def test_a_repaired_film_keeps_its_raw_label(tmp_path):
    label = SPINE[[*range(1, 17), 0]]
    write_spineweb(tmp_path, {"film-7 A.jpg": label})
    (film,) = load_spineweb(tmp_path, "training")
    np.testing.assert_allclose(film.raw, label, atol=1e-5)
    np.testing.assert_allclose(film.corners, SPINE, atol=1e-5)
    assert film.defects and film.clean


def test_decisions_made_by_eye_are_applied(tmp_path):
    flat = SPINE.copy()
    flat[3] = squeeze(flat[3], 1, 0.3)
    write_spineweb(tmp_path, {"sunhl-1th-06-Jan-2017-177 B AP.jpg": SPINE, "sunhl-1th-21-Jul-2016-15 E AP.jpg": SPINE,
                              "sunhl-1th-25-Jul-2016-41 A AP.jpg": flat})
    levels, masked, trusted = load_spineweb(tmp_path, "training")
    assert not levels.level_valid and levels.valid.all() and not levels.clean
    assert list(np.flatnonzero(~masked.valid)) == [14] and "mask 15" in masked.defects[-1]
    assert trusted.valid.all() and "Half vertebrae" in trusted.defects[-1]


def test_a_test_film_that_training_shows_is_a_twin(tmp_path):
    name = "sunhl-1th-28-Feb-2017-239 A AP.jpg"
    for split in ("training", "test"):
        write_spineweb(tmp_path, {name: SPINE}, split)
    assert load_spineweb(tmp_path, "test")[0].twin and not load_spineweb(tmp_path, "training")[0].twin


@pytest.mark.parametrize("spoil, sentence", [
    (lambda root: (root / "labels" / "training" / "landmarks.csv").unlink(), "cannot be read"),
    (lambda root: (root / "labels" / "training" / "landmarks.csv").write_text("0.1,0.2\n"), "must hold 1 rows of 136"),
    (lambda root: (root / "labels" / "training" / "angles.csv").write_text("1,2,x\n"), "must hold rows of 3 numbers"),
    (lambda root: (root / "labels" / "training" / "angles.csv").write_text("1,2,nan\n"), "must hold 1 rows of 3"),
    (lambda root: (root / "labels" / "training" / "filenames.csv").write_text("\n"), "lists no film"),
    (lambda root: (root / "data" / "training" / "a-1.jpg").unlink(), "missing or no image"),
    (lambda root: (root / "data" / "training" / "a-1.jpg").write_text("no image"), "missing or no image"),
], ids=["no table", "short row", "a word", "nan", "no names", "no film", "no image"])
def test_a_broken_folder_gives_one_sentence(tmp_path, spoil, sentence):
    spoil(write_spineweb(tmp_path, {"a-1.jpg": SPINE}))
    with pytest.raises(DataError, match=sentence) as error:
        load_spineweb(tmp_path, "training")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("load", [lambda data: load_spineweb(data, "test"), load_fullbody, load_generated])
def test_a_missing_set_says_how_to_get_it(tmp_path, load):
    with pytest.raises(DataError, match="--data"):
        load(tmp_path)


def test_broken_json_gives_one_sentence(tmp_path):
    (tmp_path / "labels.json").write_text("{")
    with pytest.raises(DataError, match="JSON"):
        load_fullbody(tmp_path)


def test_full_body_films_come_in_the_order_of_their_numbers(tmp_path):
    label = {"corners": SPINE.reshape(-1, 2).tolist(), "height_width": [HEIGHT, WIDTH], "angles": [1, 2, 3]}
    (tmp_path / "labels.json").write_text(json.dumps({f"01-July-2019-{n}.jpg": label for n in (10, 2, 30)}))
    films = load_fullbody(tmp_path)
    assert [film.case_id for film in films] == ["2", "10", "30"]
    np.testing.assert_allclose(films[0].corners, SPINE)
    assert films[0].shape == (HEIGHT, WIDTH)


def test_generated_films_with_a_gap_are_marked_and_with_few_quads_left_out(tmp_path):
    chains = {1: SPINE, 2: SPINE[[*range(8), *range(9, 17)]], 3: SPINE[:1]}
    annotations = [{"image_id": key, "segmentation": [quad.ravel().tolist()]}
                   for key, chain in chains.items() for quad in chain]
    images = [{"id": key, "file_name": f"{key}.jpg"} for key in (*chains, 4)]
    (tmp_path / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    whole, gap = load_generated(tmp_path)
    np.testing.assert_allclose(whole.quads, SPINE)
    assert not whole.gaps and gap.gaps and len(gap.quads) == 16


@pytest.mark.parametrize("name, case", [("sunhl-1th-06-Jan-2017-182 A AP.jpg", "182"), ("01-July-2019-4.jpg", "4"),
                                        ("sunhl-1th-20-Jul-2016-coronal3.jpg", "coronal3")])
def test_the_case_is_read_from_the_file_name(name, case):
    assert case_id(name) == case


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_second_copy_of_an_exposure_is_found(tmp_path, mirrored):
    """Film 2 is film 1 made smaller, mirrored or not; film 3 has the same spine over another texture."""
    rng = np.random.default_rng(0)
    textures = [np.kron(rng.integers(0, 255, (HEIGHT // 12, WIDTH // 12)), np.ones((12, 12))) for _ in range(2)]
    films = load_spineweb(write_spineweb(tmp_path, {f"film-{n}.jpg": SPINE for n in (1, 2, 3)}), "training")
    first, other = (Image.fromarray(texture.astype(np.uint8)).resize((WIDTH, HEIGHT)) for texture in textures)
    copy = first.resize((WIDTH * 4 // 5, HEIGHT * 4 // 5))
    if mirrored:
        copy = copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for film, image in zip(films, (first, copy.resize((WIDTH, HEIGHT)), other)):
        image.save(film.path)
    if mirrored:
        corners = films[1].corners[:, [1, 0, 3, 2]] * (-1, 1) + (WIDTH - 1, 0)
        films[1].corners[:] = corners
    (pair,) = similar_pairs(films)
    assert pair[:2] == (0, 1) and pair[2] > 0.7 and pair[3] == 0


def test_the_audit_names_every_touched_film(tmp_path, capsys):
    for split in ("training", "test"):
        write_spineweb(tmp_path, {"good-1.jpg": SPINE, "turned-2.jpg": SPINE[[*range(1, 17), 0]]}, split)
    print_audit(tmp_path)
    text = capsys.readouterr().out
    assert text.count("turned-2.jpg") == 2 and "good-1.jpg" not in text
    assert "17, 1-16" in text and "films put in order: 1" in text
    print_audit(tmp_path)
    assert capsys.readouterr().out == text


def test_no_patient_is_on_both_sides_of_the_split():
    part = {row["file"]: row["part"] for row in read_table("spineweb16")}
    cases = {row["file"]: row["case_id"] for row in read_table("spineweb16")}
    sides = {value: {cases[name] for name in part if part[name] == value} for value in ("train", "validation")}
    assert len(part) == 481 and list(part.values()).count("validation") == 64
    assert not sides["train"] & sides["validation"]
    for row in read_table("twins"):
        assert part[row["file"]] == ("train" if row["twin_split"] == "test" else part[row["twin"]])


def test_the_decisions_are_spelled_as_the_loader_reads_them():
    for row in read_table("defects"):
        assert row["action"] in ("mask", "trust", "mask-levels") and row["reason"], row
        assert bool(row["vertebrae"]) == (row["action"] != "mask-levels"), row
        assert all(1 <= int(v) <= 17 for v in row["vertebrae"].split()), row


@pytest.fixture(scope="module")
def training(data_folder):
    return load_spineweb(data_folder, "training")


@pytest.mark.data
def test_the_real_films(data_folder, training):
    test = load_spineweb(data_folder, "test")
    assert (len(training), len(test), len(load_fullbody(data_folder))) == (481, 128, 49)
    turned = {split: [row for row, film in enumerate(films) if any("order" in line for line in film.defects)]
              for split, films in (("training", training), ("test", test))}
    assert len(turned["training"]) == 18 and turned["test"] == [5, 21, 44, 53]
    assert not training[28].valid[16] and training[28].valid[:16].all()
    assert sum(film.twin for film in test) == 15
    files = {film.path.name for film in training + test}
    assert {row["file"] for row in read_table("defects")} <= files

    sound = [film for film in training + test if film.valid.all()]
    raw = np.array([aasce_angles(film.raw, film.shape[0]) for film in sound])
    repaired = np.array([aasce_angles(film.corners, film.shape[0]) for film in sound])
    assert smape(repaired, raw).value < 0.3


@pytest.mark.data
def test_the_split_file_is_the_one_the_code_makes(training):
    chosen = validation_files(training, list(read_table("twins")))
    assert chosen == {row["file"] for row in read_table("spineweb16") if row["part"] == "validation"}
