"""The report of the film on screen: words to copy, a page to download."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from spine_models.core.errors import LandmarkError
from spine_models.core.radiograph import Radiograph
from spine_models.service.archive import zipped
from spine_models.service.cases import Case, CaseBook, CaseError, follow_up
from spine_models.service.cases.follow_up import Course
from spine_models.service.report import Report, Source, Subject, make_report
from spine_models.service.report_text import report_text
from spine_models.ui.deformity import show_deformity
from spine_models.ui.films import OpenFilm
from spine_models.ui.measuring import Reading
from spine_models.ui.work import Work, case_book

FILES = {"pdf": "PDF page", "png": "PNG picture", "svg": "SVG drawing", "dcm": "DICOM report", "json": "JSON numbers",
         "csv": "CSV of vertebrae", "txt": "Text", "mat": "MATLAB points"}
"""What the user reads for each of ``report_files.KINDS``."""

_PICTURE = "The whole film with its marks. Writing that is burned into the film is on it too unless it was blanked."
ABOUT = {
    "pdf": "One page, with the pseudonym, date and note of the saved case. Check and edit before you sign.",
    "png": _PICTURE,
    "svg": f"{_PICTURE} Marks are shapes and text, one unit a pixel of the film.",
    "dcm": "Three files in an archive: a structured report, its film and an overlay. The patient ID is the pseudonym "
           "of the saved case, nothing else names the patient.",
    "json": "Everything measured, for other programs; the schema is in the program's folder.",
    "csv": "A line for every vertebra, with the limits of its level.",
    "txt": "The words above.",
    "mat": "Corners as in the public labels (p2), with level names and who placed them.",
}


def report_sections(work: Work, film: OpenFilm | None, reading: Reading | None) -> None:
    """Shapes and report, folded away below the curves."""
    try:
        report = report_of(work, film, reading)
    except LandmarkError as error:
        st.error(str(error))
        return
    with st.expander("Vertebrae, balance, pattern"):
        show_deformity(report)
    with st.expander("Report: text, PDF, DICOM, pictures"):
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
        hanging=case.hanging,
    )
    return make_report(work.landmarks, source, Subject(case.pseudonym, case.film_date, case.notes))


def show_report(report: Report, work: Work, film: OpenFilm | None) -> None:
    """The text with a button to copy it, and every kind of file, made when it is asked for."""
    st.code(report_text(report), language=None, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("File", FILES, key="report-kind", format_func=FILES.get, width=190, persist_state="session")
        paper = "A4"
        if kind == "pdf":
            paper = st.selectbox("Paper", ("A4", "Letter"), key="report-paper", width=110, persist_state="session")
        ending = "zip" if kind == "dcm" else kind
        st.download_button(
            f"Download {kind.upper()}" if kind != "dcm" else "Download DICOM",
            partial(_file, report, film and film.radiograph, work.case, case_book(), kind, paper),
            file_name=f"spine-report-{work.case.film_sha256[:8]}.{ending}",
            disabled=kind == "dcm" and film is None,
            on_click="ignore",
        )
    st.caption(ABOUT[kind] if kind != "dcm" or film else "A DICOM report needs the film: open it first.")


def earlier_films(book: CaseBook, case: Case) -> Sequence[Course]:
    """The curves of a dated, saved case over the films of its pseudonym up to this one; none where it is the first."""
    if not case.pseudonym or case.film_date is None:
        return ()
    visits = [visit for visit in book.visits(case.pseudonym) if visit.film_date and visit.film_date <= case.film_date]
    return follow_up(visits).courses if len(visits) > 1 else ()


def _file(report: Report, film: Radiograph | None, case: Case, book: CaseBook, kind: str, paper: str) -> bytes:
    """The file asked for; of several that belong together a ZIP archive."""
    from spine_models.service.report_files import report_files  # half a second that the page need not wait for

    courses: Sequence[Course] = ()
    with suppress(CaseError):  # the case book has gone since: the page itself does not depend on it
        courses = earlier_films(book, case)
    files = report_files(report, film, kind, courses, paper)
    book.record(f"report {kind}", case.film_sha256, report.source.model)
    if len(files) == 1:
        return files[""]
    return zipped({f"spine-report{addition}.{kind}": data for addition, data in files.items()})
