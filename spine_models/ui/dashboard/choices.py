"""What a reader chooses. Every choice is in the address, so that a link shows the same again."""

from __future__ import annotations

import streamlit as st

from spine_models.service.metric_list import METRICS
from spine_models.service.pairwise import COMPARABLE
from spine_models.service.summary import ALL
from spine_models.ui.dashboard.results import Films, Result, ResultSet

RANKED = tuple(key for key, metric in METRICS.items() if metric.better)
"""Metrics by which one model is better than another."""

BY_FILM = tuple(key for key in COMPARABLE if METRICS[key].better)


def choose_set(sets: dict[str, ResultSet]) -> ResultSet:
    """The set of films."""
    title = st.selectbox("Films", list(sets), key="films", bind="query-params", width=250)
    return sets[title]


def choose_films(films: ResultSet) -> Films:
    """Subset and severity group."""
    groups = films.groups
    subset = st.selectbox(
        "Subset", list(groups), key="subset", bind="query-params", width=170, format_func=_all_films,
        help="Clean, no twin: no defect in the label, and no film of the same exposure in training.",
    )
    severity = st.selectbox(
        "Severity", groups[subset], key="severity", bind="query-params", width=150, format_func=_all_films,
        help="Band of the published largest angle: none < 10°, mild < 25°, moderate < 40°, severe from 40°.",
    )
    return Films(subset, severity)


def choose_metric(by_film: bool = False) -> str:
    """Key of METRICS; by_film: one that every single film has a value of."""
    keys, name = (BY_FILM, "film_metric") if by_film else (RANKED, "metric")
    chosen = st.selectbox("Metric", keys, key=name, bind="query-params", width=330, format_func=metric_title,
                          index=keys.index("largest_error") if by_film else 0)
    return chosen


def choose_result(results: list[Result], label: str = "Model", key: str = "result", index: int = 0) -> Result:
    """One model of the set."""
    by_title = {result.title: result for result in results}
    title = st.selectbox(label, list(by_title), key=key, bind="query-params", index=min(index, len(by_title) - 1),
                         width=260)
    return by_title[title]


def choose_part(view: str, parts: tuple[str, ...]) -> str:
    """One part of a view: what stands under the fold takes as long to draw as what is seen."""
    return st.segmented_control("Part", parts, default=parts[0], required=True, key=view, bind="query-params",
                                label_visibility="collapsed")


def metric_title(key: str) -> str:
    """With a capital."""
    title = METRICS[key].title
    return title[0].upper() + title[1:]


def _all_films(group: str) -> str:
    return "All films" if group == ALL else group.capitalize()
