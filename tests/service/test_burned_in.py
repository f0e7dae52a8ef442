"""Writing burned into a film is found wherever it is planted, and is on nothing that leaves once it is blanked."""

import base64
import io
import re
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont
from stand_in import one_by_one

from spine_models.core.hanging import Hanging
from spine_models.core.radiograph import Radiograph
from spine_models.imaging.load import read_radiograph
from spine_models.service.batch import Task, run_batch
from spine_models.service.burned_in import MARGIN, find_writing, off_the_spine, without_writing
from spine_models.service.cases import CaseBook, Model
from spine_models.service.points import read_points
from spine_models.service.report import Source, make_report
from spine_models.service.report_files import report_files

ASSETS = Path(__file__).parents[2] / "assets"
DEMO = sorted((ASSETS / "demo").glob("*.png"))
FONTS = [ASSETS / "fonts" / name for name in ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf")]
LINES = ("DOE^JANE", "Doe, Jane Marie", "ID 4711-0815", "1970-03-14", "12:47:09", "ST. MARY HOSPITAL")
CORNERS = "top left", "top right", "bottom left", "bottom right"
STYLES = "white", "white on black", "black on white"


def letters(lines, size, font):
    """float (H, W), 1 on the letters, without a margin."""
    picture = Image.new("L", (40 * size, 2 * size * len(lines)))
    for row, line in enumerate(lines):
        if font is None:
            drawn = np.zeros((2 * size, 40 * size), np.uint8)
            cv2.putText(drawn, line, (2, round(1.2 * size)), cv2.FONT_HERSHEY_SIMPLEX, size / 28, 255,
                        max(1, size // 14), cv2.LINE_AA)
            picture.paste(Image.fromarray(drawn), (0, 2 * size * row))
        else:
            ImageDraw.Draw(picture).text((2, 1.4 * size * row), line, 255, ImageFont.truetype(font, size))
    return np.asarray(picture.crop(picture.getbbox())) / 255


def planted(film, corner, style, drawn, down=12, across=12):
    """The film with letters in a corner, so many pixels from its edges, and where they are."""
    height, width = drawn.shape
    top = down if "top" in corner else film.shape[0] - down - height
    left = across if "left" in corner else film.shape[1] - across - width
    pixels, where = film.copy(), np.zeros(film.shape, bool)
    if "on" in style:
        pixels[max(0, top - 6) : top + height + 6, max(0, left - 6) : left + width + 6] = style.startswith("black")
    part = pixels[top : top + height, left : left + width]
    part[:] = part * (1 - drawn) + drawn * style.startswith("white")
    where[top : top + height, left : left + width] = drawn > 0.5
    return pixels.astype(np.float32), where


def covered(boxes, where):
    inside = np.zeros(where.shape, bool)
    for box in boxes:
        inside[box.pixels] = True
    return (inside & where).sum() / where.sum()


def demo(number):
    return (read_radiograph(DEMO[number].read_bytes()).pixels,
            read_points(DEMO[number].with_suffix(".json").read_bytes(), "a.json"))


def test_planted_writing_is_found_in_every_corner_style_and_font():
    rng, found = np.random.default_rng(3), []
    for number in range(12):
        film, _ = demo(number % len(DEMO))
        font = [None, *FONTS][rng.integers(3)]
        drawn = letters(rng.choice(LINES, rng.integers(1, 4), replace=False), int(rng.integers(14, 34)), font)
        pixels, where = planted(film, CORNERS[number % 4], STYLES[number % 3], drawn)
        found.append(covered(find_writing(pixels), where))
    assert np.mean(np.array(found) >= 0.95) >= 0.9, found


@pytest.mark.parametrize("number", range(len(DEMO)))
def test_a_film_without_writing_has_none_and_a_side_marker_is_left(number):
    film, _ = demo(number)
    assert find_writing(film) == ()
    marked, _ = planted(film, "top right", "white", letters(["R"], 60, FONTS[1]))
    assert find_writing(marked) == ()


def test_writing_along_the_film_is_found():
    film, _ = demo(0)
    pixels, where = planted(np.rot90(film), "top left", "white", letters(LINES[:1], 24, FONTS[0]))
    assert covered(find_writing(np.ascontiguousarray(np.rot90(pixels, -1))), np.rot90(where, -1)) > 0.95


def test_the_spine_is_never_touched():
    film, landmarks = demo(0)
    over_t2 = round(landmarks.corners[1, 0, 1])
    pixels, _ = planted(film, "top left", "white", letters([LINES[5] * 2], 26, FONTS[1]), down=over_t2)
    radiograph = Radiograph(pixels, "f" * 64)
    places = off_the_spine(find_writing(pixels), pixels.shape, landmarks)
    changed = without_writing(radiograph, places, landmarks).pixels != pixels
    width = np.median(np.linalg.norm(landmarks.corners[:, 1] - landmarks.corners[:, 0], axis=1))
    spine = np.zeros(pixels.shape, np.uint8)
    for quad in landmarks.corners:
        cv2.fillConvexPoly(spine, np.rint(quad[[0, 1, 3, 2]]).astype(np.int32), 1)
    reach = round(0.9 * MARGIN * width)
    kept = cv2.dilate(spine, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    assert changed.any() and not (changed & (kept > 0)).any()


@pytest.mark.parametrize("hanging", [Hanging(), Hanging(1), Hanging(2, True), Hanging(3, True, True), Hanging(0, True)])
def test_a_hung_film_is_taken_back_to_what_was_read(hanging):
    film = np.random.default_rng(1).random((30, 20), dtype=np.float32)
    assert np.allclose(hanging.as_read(hanging.pixels(film)), film, atol=1e-6)


@pytest.fixture(scope="module")
def written():
    """A film with a name and a number in two corners, where they are, and the landmarks."""
    film, landmarks = demo(1)
    pixels, name = planted(film, "top left", "white", letters(["DOE^JANE"], 30, FONTS[1]))
    pixels, number = planted(pixels, "bottom right", "black on white", letters(["4711-0815"], 30, FONTS[1]))
    file = io.BytesIO()
    Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue(), (name, number), landmarks


def legible(picture, wheres):
    """Largest difference in grey, of 255, between letters and what is round them, on a picture of the whole film."""
    picture = cv2.resize(np.asarray(picture, np.float32), wheres[0].shape[::-1], interpolation=cv2.INTER_AREA)
    found = []
    for where in wheres:
        near = (cv2.dilate(where.astype(np.uint8), np.ones((7, 7))) > 0) & ~where
        found.append(abs(float(np.median(picture[where])) - float(np.median(picture[near]))))
    return max(found)


def pictures(report, film):
    """Every picture of the whole film in what can be exported, grey."""
    files = {kind: report_files(report, film, kind) for kind in ("png", "svg")}
    captures = [pydicom.dcmread(io.BytesIO(data)) for data in report_files(report, film, "dcm").values()]
    yield "png", np.asarray(Image.open(io.BytesIO(files["png"][""])).convert("L"))
    embedded = re.search(rb'data:image/png;base64,([^"]+)"', files["svg"][""])
    yield "svg", np.asarray(Image.open(io.BytesIO(base64.b64decode(embedded[1]))).convert("L"))
    yield f"film {captures[1].get('BurnedInAnnotation')}", captures[1].pixel_array / 257
    yield f"overlay {captures[2].get('BurnedInAnnotation')}", captures[2].pixel_array.mean(axis=2)


def test_what_was_blanked_is_on_no_picture_and_the_capture_says_what_it_holds(written):
    data, wheres, landmarks = written
    film = read_radiograph(data)
    report = make_report(landmarks, Source(film.sha256, film.shape))
    clean = without_writing(film, off_the_spine(find_writing(film.pixels), film.shape, landmarks), landmarks)
    before = {kind: legible(picture, wheres) for kind, picture in pictures(report, film)}
    assert list(before) == ["png", "svg", "film YES", "overlay YES"] and min(before.values()) > 60
    after = {kind: legible(picture, wheres) for kind, picture in pictures(report, clean)}
    assert list(after) == ["png", "svg", "film None", "overlay YES"]  # none found is not a promise of none
    assert max(after.values()) < 6, after


def page_grey(report, film):
    """The PDF page as pixels."""
    with pypdfium2.PdfDocument(report_files(report, film, "pdf")[""]) as document:
        return document[0].render(scale=3).to_numpy()[..., :3].mean(axis=2)


def test_the_page_is_without_it():
    bare, landmarks = demo(1)
    pixels, _ = planted(bare, "top right", "white", letters(["DOE^JANE"], 24, FONTS[1]), down=480, across=45)
    film, report = Radiograph(pixels, "f" * 64), make_report(landmarks, Source("f" * 64, bare.shape))
    clean = without_writing(film, off_the_spine(find_writing(pixels), film.shape, landmarks), landmarks)
    with_it, without, never = (page_grey(report, shown) for shown in (film, clean, Radiograph(bare, "f" * 64)))
    assert np.sum(with_it - never > 100) > 500 and not np.any(without - never > 100)  # no bright letter is left


def test_a_kept_film_is_kept_without_it(written):
    data, wheres, landmarks = written
    film = read_radiograph(data)
    case = CaseBook().open_draft(film.sha256, film.shape, landmarks, Model("by hand", None))
    clean = without_writing(film, off_the_spine(find_writing(film.pixels), film.shape, landmarks), landmarks)
    CaseBook().save(case.id, case.version, "P-017", None, film=clean)
    assert legible(CaseBook().film(case.id).pixels * 255, wheres) < 6


def test_reports_of_a_batch_are_without_it_and_say_so(written, tmp_path):
    data, wheres, _ = written
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.png").write_bytes(data)
    found = run_batch(tmp_path / "films", tmp_path / "out", Task.of("mean_shape", ["png"], tmp_path / "out"),
                      one_by_one)
    (picture,) = (tmp_path / "out").glob("*.png")
    assert legible(np.asarray(Image.open(picture).convert("L")), wheres) < 6
    assert "blanked in 2 places" in found["warnings"][0]


def test_landmarks_need_not_be_there():
    film, _ = demo(2)
    pixels, where = planted(film, "top left", "white", letters(LINES[:1], 24, FONTS[0]))
    places = find_writing(pixels)
    assert off_the_spine(places, pixels.shape, None) == places
    assert covered(places, without_writing(Radiograph(pixels, "f" * 64), places, None).pixels != pixels) == 1
    assert covered(places, where) > 0.95
