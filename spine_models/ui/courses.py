"""Follow-up on the page: which pseudonyms can be followed, and one curve over its films in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from spine_models.service.cases import Case
from spine_models.service.cases.follow_up import PROGRESSION, SHORTEST_RATE, Angle, Change, Course
from spine_models.ui.charts import course_chart
from spine_models.ui.work import case_book

MOST_CASES = 5000
"""The cases looked through for pseudonyms with several films."""


def followed_pseudonyms() -> dict[str, int]:
    """Pseudonyms with two saved films or more, and how many each has; raises CaseError."""
    saved = case_book().search(sort="pseudonym", descending=False, limit=MOST_CASES).cases
    films = Counter(case.pseudonym for case in saved)
    return {pseudonym: count for pseudonym, count in films.items() if count > 1}


def show_courses(courses: Sequence[Course]) -> None:
    """A box for each curve, and how to read it."""
    for course in courses:
        show_course(course)
    st.caption(
        "Locked: measured between the same two end vertebrae on every film, those of the film on which the curve was "
        "first seen. Free: between the most tilted vertebrae of each film. Shaded, and in brackets: where 95 % of "
        "measurements of that film would lie by what the model knows of its own error; not known where a corner of an "
        f"end vertebra was placed by hand. A change per year is given from {SHORTEST_RATE} days on."
    )


def show_course(course: Course) -> None:
    """Chart, change and figures of one curve."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = f"{course.region} curve, {course.side}, apex {course.apex}"
            st.subheader(title, anchor=False, width="content")
            if any(change and change.progressed for change in (course.locked, course.free)):
                st.badge(f"grown by {PROGRESSION:.0f}° or more", color="red")
        chart, figures = st.columns(2, gap="medium", vertical_alignment="center")
        with chart:
            key = f"chart-{course.region}-{course.side}-{course.apex}-{course.points[0].case_id}"
            told = "; ".join(f"{point.film_date} {_angle_cell(point.locked)}" for point in course.points)
            st.plotly_chart(course_chart(course), key=key, config={"displayModeBar": False}, alt=f"{title}: {told}")
        with figures:
            st.table(change_table(course), border="horizontal", hide_index=True)
            st.table(angle_table(course), border="horizontal", hide_index=True)


def change_table(course: Course) -> pd.DataFrame:
    """First film to last, by both ways of measuring."""
    return pd.DataFrame(
        {
            "First to last film": ["Change", "Per year", "Progression"],
            "Locked": _change_cells(course.locked),
            "Free": _change_cells(course.free),
        }
    )


def angle_table(course: Course) -> pd.DataFrame:
    """One row per film, oldest first."""
    return pd.DataFrame(
        [
            {"Film": str(point.film_date), "Locked": _angle_cell(point.locked), "Free": _angle_cell(point.free)}
            for point in course.points
        ]
    )


def case_title(case: Case) -> str:
    """A visit in a list; the pseudonym is known there."""
    return f"{case.film_date or 'without date'} · {'film kept' if case.film_kept else 'landmarks only'}"


def first_and_last(visits: Sequence[Case]) -> tuple[int, int]:
    """Positions of the visits to compare at first: the earliest and the latest that are dated and measured."""
    usable = [at for at, case in enumerate(visits) if case.film_date and case.landmarks is not None]
    return (usable[0], usable[-1]) if len(usable) > 1 else (0, len(visits) - 1)


def _change_cells(change: Change | None) -> list[str]:
    if change is None:
        return ["", "", ""]
    return [
        f"{change.degrees:+.1f}°",
        "" if change.per_year is None else f"{change.per_year:+.1f}°",
        f"yes, {PROGRESSION:.0f}° or more" if change.progressed else "no",
    ]


def _angle_cell(angle: Angle | None) -> str:
    if angle is None:
        return "not on this film"
    band = f" ({angle.band[0]:.1f} to {angle.band[1]:.1f}°)" if angle.band else ""
    return f"{angle.degrees:.1f}°{band}, {angle.upper}–{angle.lower}"
