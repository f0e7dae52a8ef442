"""The Evaluation page as a reader meets it: on the shipped results, and on a small store full of trouble."""

import json
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from spine_models.service.published import read_published
from spine_models.service.store import STORE, Run, read_runs
from spine_models.ui.dashboard import results
from spine_models.ui.dashboard.standings import PUBLISHED
from spine_models.ui.dashboard.trade_offs import name_steps
from spine_models.zoo import list_models

PAGE = STORE.parents[1] / "pages" / "dashboard.py"
VIEWS = ("Leaderboard", "Agreement", "Where", "Trade-offs", "Pairwise", "Cases")
PARTS = [{"view": view} for view in VIEWS] + [
    {"view": "Agreement", "agreement": "Severity"}, {"view": "Where", "where": "Distances, numbering"},
    {"view": "Pairwise", "pairwise": "All pairs"}]
"""Choices that open each view, and its other part where it has two."""

TEST_RUNS = [run for run in read_runs() if (run.dataset, run.split) == ("spineweb16", "test")]


def opened(**chosen: str) -> AppTest:
    """The page at an address with these choices."""
    at = AppTest.from_file(str(PAGE), default_timeout=120)
    for key, value in chosen.items():
        at.query_params[key] = value
    return at.run()


def specs(at: AppTest) -> list[dict]:
    """What each chart is drawn from."""
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def numbers(array: dict) -> list[float]:
    """Plotly's way of packing an array, undone."""
    return np.frombuffer(b64decode(array["bdata"]), array["dtype"]).tolist()


def board(at: AppTest) -> pd.DataFrame:
    return at.dataframe[0].value.set_index("title")


@pytest.fixture
def odd_store(tmp_path, monkeypatch):
    """Two models of the shipped store under names nobody knows, the second with a failed film; a broken folder."""
    source = sorted(TEST_RUNS, key=lambda run: run.cases["smape"].mean())
    split = tmp_path / source[0].folder.parents[1].name / "test"
    split.mkdir(parents=True)
    shutil.copy(source[0].folder.parent / "labels.npz", split)
    for name, run in (("zebra", source[0]), ("yak+refiner", source[-1])):
        folder = split / f"{name}@12345678"
        shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns("robustness.*"))
        card = json.loads((folder / "card.json").read_text()) | {"name": name, "title": name.title(), "family": "GAN"}
        (folder / "card.json").write_text(json.dumps(card))
    fail_on_first_film(Run(folder))
    shutil.copytree(folder, split / "broken@00000000")
    (split / "broken@00000000" / "run.json").write_text("{")
    monkeypatch.setattr(results, "STORE", tmp_path)
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


def fail_on_first_film(run: Run) -> None:
    cases, corners = run.cases.astype(object), run.corners.copy()
    about = ["file", "case_id", "part", "clean", "twin", "true_1", "true_2", "true_3", "true_clinical", "true_upper",
             "true_lower", "seconds"]
    cases.loc[0, [name for name in cases if name not in about]] = None
    cases.loc[0, ["ok", "error"]] = False, "No spine was found."
    corners[0] = np.nan
    cases.to_csv(run.folder / "cases.csv", index=False)
    np.savez_compressed(run.folder / "landmarks.npz", corners=corners)
    (run.folder / "summary.json").unlink()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: list(part.values())[-1])
def test_every_view_shows_the_shipped_store(part):
    at = opened(**part)
    assert not at.exception and not at.error and not at.warning
    assert all(at.segmented_control(key=key).value == value for key, value in part.items())
    charts = specs(at)
    assert charts and all(chart["data"] for chart in charts)
    assert len(at.get("download_button")) >= len(charts)  # every figure's data, as CSV


def test_the_leaderboard_has_every_model_a_baseline_and_marked_published_rows():
    at = opened()
    table = board(at)
    titles = {run.card.title for run in TEST_RUNS}
    assert titles <= set(table.index) and (table["family"] == "baseline").any()
    others = read_published()
    assert set(table.index[table["state"] == PUBLISHED]) == set(others["name"] + ", published")
    for run in TEST_RUNS:
        assert table.loc[run.card.title, "smape"] == pytest.approx(run.cases["smape"].mean())
    hovers = json.dumps(specs(at)[0]["data"])
    assert "N = 128 films, no failures" in hovers and "Mean over measured films" in hovers


def test_metric_subset_and_severity_change_the_numbers():
    run = min(TEST_RUNS, key=lambda run: run.cases["smape"].mean())
    at = opened(metric="Largest angle, mean error, degrees", subset="Clean, no twin", severity="Severe")
    cases = run.cases[run.cases["clean"] & (run.cases["true_1"] >= 40)]
    row = board(at).loc[run.card.title]
    assert row["largest_error"] == pytest.approx(cases["largest_error"].mean()) and row["films"] == len(cases)
    assert not (board(at)["state"] == PUBLISHED).any()  # theirs are on all films


def test_a_choice_the_store_does_not_have_is_passed_over():
    at = opened(view="Elsewhere", metric="Beauty", films="None", subset="?", severity="?")
    assert not at.exception and at.segmented_control(key="view").value == "Leaderboard"


def test_a_foreign_store_is_shown_with_what_is_wrong_with_it(odd_store):
    at = opened()
    assert not at.exception
    assert set(board(at).index) >= {"Zebra", "Yak+Refiner"} and "Broken" not in board(at).index
    assert "broken@00000000 is left out" in at.warning[0].value
    assert "2 of 2 results are stale" in at.expander[0].label
    assert "no trained model named zebra" in " ".join(text.value for text in at.markdown)
    assert board(at).loc["Yak+Refiner", "failures"] == 1


@pytest.mark.parametrize("part", PARTS[1:], ids=lambda part: list(part.values())[-1])
def test_failed_films_break_no_view(odd_store, part):
    at = opened(**part, result="Yak+Refiner")
    assert not at.exception and not at.error[1:] and specs(at)


def test_changed_weights_come_with_the_command_that_refreshes_them(odd_store):
    entry = next(entry for entry in list_models() if entry.status == "trained")
    folder = odd_store / TEST_RUNS[0].folder.parents[1].name / "test"
    (folder / "zebra@12345678").rename(folder / f"{entry.name}@12345678")
    at = opened()
    assert f"python -m spine_models evaluate {entry.name} --split test" in at.code[0].value


def test_without_labels_a_sentence_and_no_chart(odd_store):
    next(odd_store.glob("*/*/labels.npz")).unlink()
    at = opened(view="Where")
    assert not at.exception and "give the films with --data" in at.info[0].value


def test_an_empty_store_says_how_to_fill_it(odd_store):
    shutil.rmtree(next(odd_store.iterdir()))
    at = opened()
    assert not at.exception and "evaluate --all" in at.info[0].value


def test_robustness_is_shown_where_it_was_run_and_asked_for_where_not(odd_store):
    folder = next(odd_store.glob("*/*/zebra@12345678"))
    rows = [(file, kind, level, True, None, angle, 20.0, 5.0, abs(angle - 20), 0.1, 4.0, 0.0, False)
            for file in ("a", "b") for kind, level, angle in (("original", 0, 21), ("jpeg", 10, 28), ("jpeg", 90, 22))]
    names = ["file", "kind", "level", "ok", "error", "aasce_1", "true_1", "smape", "largest_error", "mre_widths",
             "mre_aligned", "far", "level_shift"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "robustness.csv", index=False)
    at = opened(view="Trade-offs")
    assert "yak+refiner" in at.code[-1].value and "zebra" not in at.code[-1].value
    line = specs(at)[1]["data"][-1]
    assert line["name"] == "Zebra" and (numbers(line["x"]), numbers(line["y"])) == ([10, 90], [8, 2])


def test_the_chosen_model_stands_out_of_the_lines_and_the_others_are_named_where_one_points():
    at = opened(view="Agreement", agreement="Severity", result="BoostNet")
    others, *named = specs(at)[0]["data"]
    assert [line["name"] for line in named] == ["Mean spine (baseline)", "Cascade", "BoostNet"]
    assert "error_y" in named[-1] and others["name"] == "the other models"
    assert {row[0] for row in others["customdata"]} >= {"ConvNet", "pix2pix"} and others["y"].count(None) > 10


def test_names_of_near_points_stand_under_each_other():
    places, heights = np.array([0.0, 0.1, 0.8, 0.82, 0.9]), np.array([0.9, 0.2, 0.1, 0.1, 0.05])
    assert name_steps(places, heights).tolist() == [1, 1, 1, 2, 3]
    assert name_steps(np.array([0.0, 0.1]), np.array([0.3, 0.2])).tolist() == [2, 1]


def test_the_front_is_named_on_its_empty_side():
    low, high = (specs(opened(view="Trade-offs", metric=metric))[0]["layout"]["annotations"]
                 for metric in ("SMAPE, %", "Largest angle, ICC(2,1) with the label"))
    assert low and all(name["ay"] > 0 for name in low)
    assert high and all(name["ay"] < 0 for name in high)


class TestCases:
    @pytest.fixture
    def film(self, odd_store, tmp_path, monkeypatch) -> str:
        """The first model's worst film lies in the data folder, in the size its label is for."""
        run = Run(next(odd_store.glob("*/*/zebra@12345678")))
        file = run.cases.loc[run.cases["largest_error"].idxmax(), "file"]
        height, width = next(label.shape for label in run.labels if label.path.name == file)
        folder = tmp_path / "films" / "spineweb16" / "data" / "test"
        folder.mkdir(parents=True)
        grey = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
        Image.fromarray(grey).save(folder / file)
        monkeypatch.setenv("SPINE_DATA", str(tmp_path / "films"))
        st.cache_data.clear()
        return file

    def test_the_worst_film_comes_first_over_its_picture(self, film):
        at = opened(view="Cases", result="Zebra")
        assert at.selectbox(key="radiograph").value == film
        assert specs(at)[0]["layout"]["images"][0]["source"].startswith("data:image/jpeg")
        at.segmented_control(key="ranking").set_value("Best").run()
        other = at.selectbox(key="radiograph")
        assert other.value == other.options[0] != film and not specs(at)[0]["layout"].get("images")
        assert "not on this computer" in " ".join(text.value for text in at.caption)

    def test_one_click_opens_it_in_measure(self, film, tmp_path, monkeypatch):
        went = []
        monkeypatch.setattr(st, "switch_page", lambda page, query_params: went.append((page, query_params)))
        at = opened(view="Cases", result="Zebra")
        at.button(key="open").click().run()
        assert not at.exception and went == [("pages/measure.py", {})] and at.session_state.model == "zebra"
        assert at.session_state.film == next(tmp_path.glob(f"films/**/{film}")).read_bytes()

    def test_a_film_of_another_size_is_not_drawn_under_the_label(self, film, tmp_path):
        Image.new("L", (300, 300)).save(next(tmp_path.glob(f"films/**/{film}")))
        assert not specs(opened(view="Cases", result="Zebra"))[0]["layout"].get("images")

    def test_a_failed_film_is_the_worst_and_says_why(self, film):
        at = opened(view="Cases", result="Yak+Refiner")
        assert at.error[0].value == "No result: No spine was found."


def test_the_page_does_not_import_torch():
    code = ("import sys; from streamlit.testing.v1 import AppTest; "
            f"at = AppTest.from_file({str(PAGE)!r}, default_timeout=120).run(); "
            f"[at.segmented_control(key='view').set_value(view).run() for view in {VIEWS}]; "
            "sys.exit(bool(at.exception) or not at.get('plotly_chart') or 'torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(PAGE).parents[1]).returncode == 0
