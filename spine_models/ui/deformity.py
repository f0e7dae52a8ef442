"""Shapes of vertebrae and discs, balance and coronal pattern beside the film."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from spine_models.service.report import Report
from spine_models.service.report_rows import DEFORMED, Cell, level_rows, stance_rows
from spine_models.service.report_text import notes, pattern_sentences, shape_sentences


def show_deformity(report: Report) -> None:
    """What the PDF says beyond the curves, from the same rows."""
    for sentence in (*pattern_sentences(report), *shape_sentences(report)):
        st.markdown(sentence)
    rows = stance_rows(report.deformity, report.curves)
    if rows:
        with st.container(key="balance"):
            st.table(pd.DataFrame(rows, columns=["Balance and tilt", ""]), border="horizontal", hide_index=True)
    st.table(level_table(report), border="horizontal", hide_index=True)
    st.caption(
        "Wedge and disc with the taller side, height left over right, tilt with the lower side. Red: outside the range "
        f"of its level. {' '.join(notes(report))}"
    )


def level_table(report: Report) -> pd.DataFrame:
    """One row per vertebra; Markdown sets off what lies outside the range of its level."""
    return pd.DataFrame(
        [
            {
                "Level": _set_off(row.level) if row.shape == DEFORMED else row.level,
                "Wedge": _shown(row.wedge),
                "Height": _shown(row.ratio),
                "Tilt": _shown(row.tilt),
                "Disc below": _shown(row.disc),
            }
            for row in level_rows(report.deformity)
        ]
    )


def _shown(cell: Cell) -> str:
    return _set_off(cell.text) if cell.outside else cell.text


def _set_off(text: str) -> str:
    return f":red[**{text}**]"
