"""The batch page: films in memory or a folder, how far it is, what came of it."""

import shutil
from functools import partial
from pathlib import Path
from threading import Event

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from spine_models.service import batch as service
from spine_models.service.cases import CaseBook
from spine_models.ui import batch as batches

REPOSITORY = Path(__file__).parents[2]
DEMO = sorted((REPOSITORY / "assets" / "demo").glob("*.png"))[:2]


def one_by_one(work, items):
    return ((index, work(item)) for index, item in enumerate(items))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    monkeypatch.setattr("spine_models.service.film_runs.in_processes", one_by_one)
    monkeypatch.setattr(service, "run_batch", partial(service.run_batch, runner=one_by_one))
    st.cache_resource.clear()


def ended(batch):
    batch.thread.join(timeout=120)
    assert not batch.running
    return batch


def test_uploads_become_a_table_and_reports_to_download():
    films = [(f"Jane DOE {path.name}", path.read_bytes()) for path in DEMO] + [("note.txt", b"no film")]
    batch = ended(batches.start_uploads(films, "mean_shape", ["pdf", "csv"]))
    assert not batch.refusal and (batch.done, batch.total) == (3, 3)
    assert batch.outcome["ok"].tolist() == [True, True, False] and batch.outcome["file"][0].startswith("Jane")
    assert len(batch.files) == 4 and not [name for name in batch.files if "DOE" in name]
    assert len(CaseBook().audit_trail()) == 2


def test_a_folder_is_measured_where_it_lies(tmp_path):
    (tmp_path / "films").mkdir()
    shutil.copy(DEMO[0], tmp_path / "films")
    batch = ended(batches.start_folder(tmp_path / "films", tmp_path / "out", "mean_shape", ["svg"]))
    assert not batch.refusal and batch.outcome["ok"].all() and not batch.files
    assert len(list((tmp_path / "out").glob("*.svg"))) == 1 and (tmp_path / "out" / service.TABLE).is_file()


def test_what_cannot_be_done_is_a_sentence(tmp_path):
    batch = ended(batches.start_folder(tmp_path / "none", tmp_path / "out", "mean_shape", []))
    assert "There is no folder" in batch.refusal and batch.outcome is None
    assert "no model" in ended(batches.start_uploads([("a", b"b")], "no_such_model", [])).refusal.lower()


def test_it_can_be_stopped_and_says_how_far_it_came():
    first = Event()

    def work(batch):
        with batch(total=5, initial=1):
            for _ in range(4):
                batch.update()
                first.set()
                batch.stop.wait(timeout=60)
        return pd.DataFrame()

    batch = batches.Batch("").start(work)
    first.wait(timeout=60)
    assert batch.running and (batch.done, batch.initial) == (2, 1) and batch.left.endswith("left")
    batch.stop.set()
    assert ended(batch).refusal == "Stopped after 3 of 5 films." and batch.outcome is None


@pytest.mark.parametrize(("folder", "out", "sentence"), [
    ("", "/out", "whole path"), ("films", "/out", "whole path"), ("/films", "", "whole path"),
    ("/films", "/films/../films", "folder of their own"), ("/films", "/out", ""),
])
def test_folders_are_named_by_their_whole_path(folder, out, sentence):
    said = batches.check_folders(folder, out)
    assert sentence in said and bool(said) == bool(sentence)


def test_the_page_shows_the_table_and_what_was_not_measured():
    films = [(path.name, path.read_bytes()) for path in DEMO[:1]] + [("note.txt", b"no film")]
    batch = ended(batches.start_uploads(films, "mean_shape", ["csv"]))
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60)
    app.session_state["batch"] = batch
    app.run().switch_page("pages/batch.py").run()
    assert not app.exception and "1 of 2 films measured" in app.markdown[0].value
    assert app.dataframe[0].value["error"][1].startswith("The file is no")
    assert [button.proto.label for button in app.get("download_button")] == [
        "Download table (CSV)", "Download table and reports (ZIP)"]


def test_a_folder_is_offered_on_this_computer_only(monkeypatch):
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    app.switch_page("pages/batch.py").run()
    assert app.button_group[0].options == ["Upload films", "A folder on this computer"]
    options = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else options(name))
    assert app.run().button_group[0].options == ["Upload films"]
