"""Zoom, pan and the grey window of the editor, run under node."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from spine_models.ui.landmark_editor import FRONTEND, bundle

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which runs the browser's code here")


def run(script: str) -> object:
    script = f"globalThis.window = {{ devicePixelRatio: 2 }};\n{script}"
    answer = subprocess.run(
        ["node", "--input-type=module", "--eval", script], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


def test_the_joined_scripts_are_one_valid_module(tmp_path):
    module = tmp_path / "bundle.mjs"
    module.write_text(bundle(), encoding="utf-8")
    checked = subprocess.run(["node", "--check", module], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert bundle().count("export ") == 1 and "\nimport " not in bundle()


VIEW = f"""
import {{ View }} from "{(FRONTEND / 'view.js').as_uri()}";
const view = new View(() => {{}});
view.resize(800, 600);
view.setFilm(1000, 2000);
"""


def test_the_film_point_under_the_pointer_stays_there_while_zooming():
    before, after, scale = run(
        VIEW + "const before = view.toFilm(390, 280); for (let i = 0; i < 9; i += 1) view.zoomAt(390, 280, 1.3);"
        "console.log(JSON.stringify([before, view.toFilm(390, 280), view.scale]));"
    )
    assert after == pytest.approx(before, abs=1e-6)
    assert scale == pytest.approx(0.3 * 1.3**9)


def test_fit_shows_the_whole_film_and_a_resized_window_keeps_it_whole():
    corners = run(
        VIEW + "view.resize(300, 900);"
        "console.log(JSON.stringify([view.toScreen([0, 0]), view.toScreen([1000, 2000])]));"
    )
    assert np.allclose(corners, [[0, 150], [300, 750]])


def test_the_spine_fills_the_stage_with_a_little_film_round_it():
    corners = run(
        VIEW + "view.fitPoints([[480, 300], [520, 300], [450, 1300], [550, 1300]]);"
        "console.log(JSON.stringify([view.toScreen([450, 300]), view.toScreen([550, 1300]), view.fitted]));"
    )
    (left, top), (right, bottom), fitted = corners
    assert bottom - top == pytest.approx(600 / 1.1) and (top + bottom) / 2 == pytest.approx(300)
    assert (left + right) / 2 == pytest.approx(400) and not fitted


def test_one_to_one_puts_a_film_pixel_on_a_screen_pixel():
    scale = run(VIEW + "view.oneToOne(); console.log(view.scale);")
    assert scale == pytest.approx(0.5)  # this screen has two pixels per CSS pixel


def test_the_film_cannot_be_lost_off_screen():
    places = "console.log(JSON.stringify(places));"
    pan = "const places = [[1e6, -1e6], [-1e6, 1e6]].map(([x, y]) => { view.pan(x, y); return [view.x, view.y]; });"
    assert run(VIEW + pan + places) == [[650, -300], [-150, 300]]  # film of 300 x 600 on a stage of 800 x 600
    closer = run(VIEW + "view.zoomAt(400, 300, 4);" + pan + places)
    assert np.allclose(closer, [[400, 300 - 2400], [400 - 1200, 300]])


@pytest.mark.parametrize("low, width", [(0.2, 0.5), (0.0, 1.0), (-0.3, 0.8), (0.45, 0.1), (-0.5, 2.0)])
def test_the_grey_window_is_linear_between_its_ends(low, width):
    """Applies the CSS functions as the Filter Effects specification defines them."""
    centre = low + width / 2
    steps = run(
        f'import {{ windowFilter }} from "{(FRONTEND / "film.js").as_uri()}";'
        f"console.log(JSON.stringify(windowFilter({{ width: {width}, centre: {centre}, inverted: true }})));"
    )
    grey = np.linspace(0, 1, 101)
    shown = grey
    for step in steps.split():
        name, amount = step.rstrip(")").split("(")
        amount = float(amount)
        formula = {
            "brightness": lambda v: v * amount,
            "contrast": lambda v: (v - 0.5) * amount + 0.5,
            "invert": lambda v: amount - v,
        }[name]
        shown = np.clip(formula(shown), 0, 1)
    assert np.allclose(shown, 1 - np.clip((grey - low) / width, 0, 1), atol=1e-9)


def test_a_late_film_never_takes_the_place_of_the_one_asked_for_last():
    shown = run(
        f'import {{ FilmImage }} from "{(FRONTEND / "film.js").as_uri()}";'
        """
        const answers = {};
        globalThis.fetch = (url) => new Promise((resolve) => (answers[url] = () => resolve({
          ok: true, headers: { get: () => "image/png" }, blob: async () => url,
        })));
        globalThis.createImageBitmap = async (blob) => ({ name: blob, width: 9, height: 9, close() {} });
        const film = new FilmImage({ getContext: () => ({}) });
        const loads = ["first", "second"].map((url) => film.load({ url, width: 9, height: 9 }));
        answers.second();
        await loads[1];
        answers.first();
        const shown = [await loads[0], await loads[1], film.levels[0].name];
        film.load({ url: "third", width: 9, height: 9 });
        console.log(JSON.stringify([...shown, film.levels.length]));
        """
    )
    assert shown == [False, True, "second", 0]  # and nothing at all while the third is on its way
