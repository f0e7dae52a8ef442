"""The report beside the film: the words, the shapes and the page are those of the landmarks on screen."""

import io
import json
from datetime import date
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest
import streamlit as st
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import CaseBook, Model
from spine_models.service.report_files import KINDS
from spine_models.service.report_text import report_text
from spine_models.ui import report as page
from spine_models.ui.deformity import level_table
from spine_models.ui.work import BY_HAND, Work

SHAPE = (800, 400)
FILM = Radiograph(np.zeros(SHAPE, np.float32), "f" * 64, pixel_spacing_mm=(0.5, 0.5))


def spine(bend):
    tilt = np.radians(bend * np.cos(np.linspace(0, np.pi, 17)))
    right, down = np.stack([np.cos(tilt), np.sin(tilt)], 1), np.stack([-np.sin(tilt), np.cos(tilt)], 1)
    quad = np.array([(-30, -14), (30, -14), (-30, 14), (30, 14)])
    centres = np.cumsum(down * 40, axis=0) + (200, 20)
    return Landmarks(centres[:, None] + quad[:, :1] * right[:, None] + quad[:, 1:] * down[:, None], STANDARD_LEVELS)


def work_on(landmarks, model=Model("cascade", "a" * 64), film="f" * 64):
    return Work.on(CaseBook().open_draft(film, SHAPE, landmarks, model))


def saved(work, day):
    work.case = CaseBook().save(work.case.id, work.case.version, "P-017", day, "in brace")
    return work


def pdf_words(work, film=FILM):
    report = page.report_of(work, SimpleNamespace(radiograph=film), None)
    pdf = page._file(report, film, work.case, CaseBook(), "pdf", "A4")
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_the_report_is_on_the_case_on_screen():
    work = saved(work_on(spine(30)), date(2026, 3, 4))
    report = page.report_of(work, SimpleNamespace(radiograph=FILM), None)
    assert report.curves[0].angle == pytest.approx(60) and report.deformity.balance.mm is not None
    text = report_text(report)
    assert "Pseudonym: P-017\nFilm of: 2026-03-04\nNote: in brace" in text and "landmarks by cascade" in text


def test_marks_by_hand_name_no_model():
    text = report_text(page.report_of(work_on(spine(30), BY_HAND), None, None))
    assert "landmarks by hand." in text


def test_earlier_films_of_the_pseudonym_are_in_the_page_and_later_ones_are_not():
    saved(work_on(spine(20), film="a" * 64), date(2024, 1, 4))
    saved(work_on(spine(40), film="b" * 64), date(2027, 1, 4))
    now = saved(work_on(spine(30)), date(2026, 3, 4))
    text = pdf_words(now)
    assert "40.0° to 60.0° (+20.0°" in text and "80.0°" not in text


def test_a_first_film_a_draft_and_one_without_date_have_no_follow_up():
    first = saved(work_on(spine(30)), date(2026, 3, 4))
    assert "Follow-up" not in pdf_words(first)
    undated = saved(work_on(spine(30), film="b" * 64), None)
    assert "Follow-up" not in pdf_words(undated) and "Follow-up" not in pdf_words(work_on(spine(30), film="c" * 64))


def test_the_table_sets_off_what_is_outside_its_range():
    corners = spine(0).corners.copy()
    corners[8, 3] -= (0, 16)
    table = level_table(page.report_of(work_on(Landmarks(corners)), None, None))
    row = table.iloc[8]
    assert row["Level"] == ":red[**T9**]" and row["Wedge"] == ":red[**14.9° left**]"
    assert not table.drop(index=8).drop(columns="Disc below").map(lambda cell: ":red" in cell).any(axis=None)


def test_the_panel_shows_words_tables_and_a_button(monkeypatch):
    st.cache_resource.clear()
    work = work_on(spine(30))
    monkeypatch.setattr(page, "_shown_in_test", work, raising=False)

    def script():
        from spine_models.ui import report

        report.report_sections(report._shown_in_test, None, None)

    app = AppTest.from_function(script).run(timeout=60)
    assert not app.exception
    assert app.code[0].value == report_text(page.report_of(work, None, None)).strip()
    assert app.table[1].value["Level"].tolist() == list(STANDARD_LEVELS)
    assert app.get("download_button")[0].proto.label == "Download PDF"


def test_every_kind_of_file_can_be_had_and_is_in_the_audit_trail():
    work = work_on(spine(30))
    report = page.report_of(work, SimpleNamespace(radiograph=FILM), None)
    assert set(page.FILES) == set(page.ABOUT) == set(KINDS)
    files = {kind: page._file(report, FILM, work.case, CaseBook(), kind, "A4") for kind in ("json", "dcm", "svg")}
    assert json.loads(files["json"])["curves"] and files["svg"].startswith(b"<?xml")
    with ZipFile(io.BytesIO(files["dcm"])) as archive:
        assert archive.namelist() == ["spine-report.dcm", "spine-report-film.dcm", "spine-report-overlay.dcm"]
    said = [(line.action, line.film_sha256, line.model) for line in CaseBook().audit_trail()]
    assert said[1:] == [(f"report {kind}", "f" * 64, "cascade") for kind in files]


def test_vertebrae_without_height_are_a_sentence(monkeypatch):
    flat = spine(0).corners.copy()
    flat[:, 2:] = flat[:, :2]
    monkeypatch.setattr(page, "_shown_in_test", work_on(Landmarks(flat)), raising=False)

    def script():
        from spine_models.ui import report

        report.report_sections(report._shown_in_test, None, None)

    app = AppTest.from_function(script).run(timeout=60)
    assert not app.exception and "no height" in app.error[0].value and not app.code
