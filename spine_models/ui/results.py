"""Tables and sentences of one measurement."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from spine_models.core.cobb import MINIMUM_ANGLE
from spine_models.core.hanging import Side
from spine_models.core.landmarks import Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.report_rows import PATIENT, curve_row
from spine_models.ui.measuring import Measurement, Reading


def curve_table(measurement: Measurement, patient_left: Side | None = None) -> pd.DataFrame:
    """One row per curve, top to bottom: what a reader would report, and how sure it is where that is known."""
    found = zip(measurement.curves, measurement.intervals)
    table = pd.DataFrame([curve_row(*curve, patient_left) for curve in found])
    return table if any(measurement.intervals) else table.drop(columns="90 %")


def show_curves(measurement: Measurement, patient_left: Side | None) -> None:
    """The curves, or the largest angle where no curve is one; patient_left: a side of the film, where it is known."""
    if not measurement.curves:
        largest = measurement.largest
        st.markdown(
            f"No curve of {MINIMUM_ANGLE:.0f}° or more. The largest angle is {largest.angle:.1f}°, "
            f"between {largest.upper} and {largest.lower}."
        )
        return
    st.table(curve_table(measurement, patient_left), border="horizontal", hide_index=True)
    sure = " 90 %: range that holds the angle on nine films of ten." if any(measurement.intervals) else ""
    whose = f"the patient's ({PATIENT})" if patient_left else "left or right of the film"
    st.caption(
        f"Side of the convexity: {whose}. Region by apex: PT proximal thoracic, MT main thoracic, "
        f"TL/L thoracolumbar or lumbar. Human readers differ by 3–5°.{sure}"
    )


def show_doubts(measurement: Measurement | None, reading: Reading | None, landmarks: Landmarks | None) -> None:
    """What speaks against relying on the numbers, and how much of them is the reader's own."""
    for sentence in (*(reading.warnings if reading else ()), *(measurement.doubts if measurement else ())):
        st.warning(sentence)
    human = 0 if landmarks is None else int((landmarks.source == "human").sum())
    if human:
        st.caption(f"{human} of {landmarks.source.size} corners placed by hand.")


def show_aasce(measurement: Measurement) -> None:
    """The three angles of the challenge rule."""
    if measurement.aasce is None:
        st.markdown("These angles are defined only for films with exactly the 17 vertebrae T1 to L5.")
        return
    st.table(
        pd.DataFrame({"": ["First", "Second", "Third"], "Angle": [f"{angle:.1f}°" for angle in measurement.aasce]}),
        border="horizontal",
        hide_index=True,
    )
    st.caption("By the rule of the AASCE 2019 data set, for comparison with publications. First is the largest angle.")


def show_facts(radiograph: Radiograph, reading: Reading | None) -> None:
    """What was done while reading the film, and how long it took."""
    for sentence in radiograph.notes:
        st.caption(sentence)
    height, width = radiograph.shape
    took = f"Measured in {reading.seconds:.2f} s. " if reading else ""
    st.caption(f"{took}The film has {width} × {height} pixels.")
