"""The report of the film on screen: words to copy, a page to download."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from spine_models.core.errors import LandmarkError
from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import Case, CaseBook, CaseError, follow_up
from spine_models.service.cases.follow_up import Course
from spine_models.service.report import Report, Source, Subject, make_report
from spine_models.service.report_text import report_text
from spine_models.ui.deformity import show_deformity
from spine_models.ui.films import OpenFilm
from spine_models.ui.measuring import Reading
from spine_models.ui.work import Work, case_book


def report_sections(work: Work, film: OpenFilm | None, reading: Reading | None) -> None:
    """Shapes and report, folded away below the curves."""
    try:
        report = report_of(work, film, reading)
    except LandmarkError as error:
        st.error(str(error))
        return
    with st.expander("Vertebrae, balance, pattern"):
        show_deformity(report)
    with st.expander("Report: text, PDF"):
        show_report(report, work, film)


def report_of(work: Work, film: OpenFilm | None, reading: Reading | None) -> Report:
    """The report on the landmarks on screen; raises LandmarkError where they cannot be measured."""
    case, radiograph = work.case, film and film.radiograph
    source = Source(
        film_sha256=case.film_sha256,
        film_shape=case.film_shape,
        pixel_spacing_mm=radiograph and radiograph.pixel_spacing_mm,
        model=None if work.by_hand else case.model,
        calibration=reading and reading.card.calibration,
        warnings=reading.warnings if reading else (),
    )
    return make_report(work.landmarks, source, Subject(case.pseudonym, case.film_date, case.notes))


def show_report(report: Report, work: Work, film: OpenFilm | None) -> None:
    """The text with a button to copy it, and the PDF on either paper, made when it is asked for."""
    st.code(report_text(report), language=None, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        paper = st.selectbox("Paper", ("A4", "Letter"), key="report-paper", width=110, persist_state="session")
        st.download_button(
            "Download PDF",
            partial(_pdf, report, film and film.radiograph, work.case, case_book(), paper),
            file_name=f"spine-report-{work.case.film_sha256[:8]}.pdf",
            mime="application/pdf",
            on_click="ignore",
        )
    st.caption("One page, with the pseudonym, date and note of the saved case. Check and edit before you sign.")


def earlier_films(book: CaseBook, case: Case) -> Sequence[Course]:
    """The curves of a dated, saved case over the films of its pseudonym up to this one; none where it is the first."""
    if not case.pseudonym or case.film_date is None:
        return ()
    visits = [visit for visit in book.visits(case.pseudonym) if visit.film_date and visit.film_date <= case.film_date]
    return follow_up(visits).courses if len(visits) > 1 else ()


def _pdf(report: Report, film: Radiograph | None, case: Case, book: CaseBook, paper: str) -> bytes:
    from spine_models.service.report_pdf import report_pdf  # half a second that the page need not wait for

    courses: Sequence[Course] = ()
    with suppress(CaseError):  # the case book has gone since: the page itself does not depend on it
        courses = earlier_films(book, case)
    return report_pdf(report, film, courses, paper)
