"""Tables and sentences of one measurement."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from spine_models.core.cobb import MINIMUM_ANGLE, Curve, severity
from spine_models.ui.films import OpenFilm
from spine_models.ui.measuring import Measurement


def curve_table(curves: tuple[Curve, ...]) -> pd.DataFrame:
    """One row per curve, top to bottom: what a reader would report."""
    return pd.DataFrame(
        [
            {
                "Angle": f"{curve.angle:.1f}°",
                "Levels": f"{curve.upper}–{curve.lower}",
                "Apex": curve.apex,
                "Region": curve.region,
                "Side": curve.side,
                "Severity": severity(curve.angle),
            }
            for curve in curves
        ]
    )


def show_results(film: OpenFilm, measurement: Measurement) -> None:
    """Warnings first, then the curves, the challenge angles and the time taken."""
    for sentence in measurement.warnings:
        st.warning(sentence)
    _show_curves(measurement)
    with st.expander("AASCE challenge angles"):
        _show_aasce(measurement)
    for sentence in film.radiograph.notes:
        st.caption(sentence)
    height, width = film.radiograph.shape
    st.caption(f"Measured in {measurement.seconds:.2f} s on a film of {width} × {height} pixels.")


def _show_curves(measurement: Measurement) -> None:
    if measurement.curves:
        st.table(curve_table(measurement.curves), border="horizontal", hide_index=True)
        st.caption(
            "Side of the convexity as seen on the film. Region by apex: PT proximal thoracic, MT main thoracic, "
            "TL/L thoracolumbar or lumbar. Human readers differ by 3–5°."
        )
    else:
        largest = measurement.largest
        st.markdown(
            f"No curve of {MINIMUM_ANGLE:.0f}° or more. The largest angle is {largest.angle:.1f}°, "
            f"between {largest.upper} and {largest.lower}."
        )


def _show_aasce(measurement: Measurement) -> None:
    if measurement.aasce is None:
        st.markdown("These angles are defined only for films with exactly the 17 vertebrae T1 to L5.")
        return
    st.table(
        pd.DataFrame({"": ["First", "Second", "Third"], "Angle": [f"{angle:.1f}°" for angle in measurement.aasce]}),
        border="horizontal",
        hide_index=True,
    )
    st.caption("By the rule of the AASCE 2019 data set, for comparison with publications. First is the largest angle.")
