"""Cases: the worst, the median and the best films of a model, its spine drawn against the label's."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from spine_models.core.errors import DataError
from spine_models.service.film_places import data_folder, find_film
from spine_models.service.metric_list import METRICS
from spine_models.ui.dashboard import figures
from spine_models.ui.dashboard.choices import choose_metric, choose_result, metric_title
from spine_models.ui.dashboard.film_figure import corner_table, film_figure
from spine_models.ui.dashboard.results import Films, Result, ResultSet
from spine_models.ui.dashboard.style import counted, number
from spine_models.ui.models import show_as_chosen

ORDERS = ("Worst", "Median", "Best")


def show(films: ResultSet, chosen: Films, bar) -> None:
    """A list of films, and one of them large."""
    with bar:
        result = choose_result(films.results)
        key = choose_metric(by_film=True)
    cases = chosen.of(result.run)
    if cases.empty:
        st.info("This model was evaluated on no such film.")
        return
    side, main = st.columns([1, 2], gap="medium")
    with side:
        order = st.segmented_control("Order", ORDERS, default=ORDERS[0], required=True, key="ranking",
                                     bind="query-params", on_change=_start_again)
        table = in_order(cases, key, order)
        number_of = {row.file: row.Index for row in table.itertuples()}
        said = dict(zip(table["file"], table["said"]))
        if st.session_state.pop("ranked_anew", False):
            st.session_state.radiograph = table["file"].iloc[0]
        file = st.selectbox("Film", list(number_of), key="radiograph", bind="query-params",
                            help=f"{METRICS[key].formula} {counted(len(cases), int((~cases['ok']).sum()))}.")
        st.caption(f"{metric_title(key)}: {said[file]}. Number {table['file'].tolist().index(file) + 1} of "
                   f"{len(table)}, {order.lower()} first.")
        place = find_film(films.dataset, file, data_folder())
        if place is not None:
            st.button("Open in Measure", key="open", type="primary", icon=":material/open_in_new:",
                      on_click=_open, args=(place, result.name), help="With this model, where it can be run.")
        _show_facts(cases.loc[number_of[file]])
        if place is None:
            st.caption("The film is not on this computer, so only the outlines are drawn. Give the folder of the data "
                       "set in SPINE_DATA to see them on the film.")
    with main:
        _show_film(films, result, number_of[file], file, place)
    if st.session_state.pop("to_measure", False):
        st.switch_page("pages/measure.py", query_params={})


def in_order(cases: pd.DataFrame, key: str, order: str) -> pd.DataFrame:
    """The cases with their value and what is said of it; failed films are the worst of all."""
    values = pd.Series(METRICS[key].values(cases), index=cases.index)
    better_low = METRICS[key].better == "low"
    badness = (values if better_low else -values).fillna(float("inf"))
    if order == "Median":
        badness = -(badness - badness.median()).abs()
    ranks = badness.sort_values(ascending=order == "Best", kind="stable").index
    said = ["no result" if value != value else number(value) for value in values.loc[ranks]]
    return cases.loc[ranks].assign(said=said)


def _show_film(films: ResultSet, result: Result, row: int, file: str, place: Path | None) -> None:
    try:
        label = next((film for film in result.run.labels if film.path.name == file), None)
    except DataError as error:
        st.info(str(error))
        return
    if label is None:
        st.info("The store has no label of this film: evaluate the model again.")
        return
    changed = place.stat().st_mtime_ns if place else 0
    picture = _picture(place, changed, label.shape) if place else None
    found = result.run.corners[row].astype(float)
    figures.show("film", f"The spine of {result.title} and the label's on {file}, with the lines of the largest angle.",
                 (films.key, films.title, result.title, file, str(place), str(changed)),
                 lambda: (film_figure(label, found, picture), corner_table(label, found)))


def _picture(place: Path, changed: int, shape: tuple[int, int]) -> str | None:
    from spine_models.ui.dashboard.film_picture import film_picture  # readers of films: the page need not wait for them

    return film_picture(str(place), changed, shape)


def _show_facts(case: pd.Series) -> None:
    """The film's own numbers."""
    if not case["ok"]:
        st.error(f"No result: {case['error']}")
    facts = {
        "Largest angle, model": f"{case['aasce_1']:.1f}°", "Largest angle, label": f"{case['true_1']:.1f}°",
        "SMAPE": f"{case['smape']:.1f} %",
        "End vertebrae, model": f"{case.get('upper')}–{case.get('lower')}",
        "End vertebrae, label": f"{case.get('true_upper')}–{case.get('true_lower')}",
        "Numbering": _slip(case.get("shift")),
        "Corners, slip taken out": f"{case.get('mre_aligned', float('nan')):.1f} px on 512 × 1024",
        "Label": "clean, no twin" if case["clean"] else "twin in training" if case["twin"] else "has a defect",
    }
    st.table(pd.DataFrame({"": list(facts), "value": list(facts.values())}), border="horizontal", hide_index=True,
             hide_header=True)


def _slip(shift: float | None) -> str:
    if shift is None or shift != shift:
        return "not known"
    return "as the label" if not shift else f"{shift:+.0f} levels off"


def _start_again() -> None:
    """Another order begins with its first film."""
    st.session_state.ranked_anew = True


def _open(place: Path, model: str) -> None:
    """The film becomes the one on Measure; the page is changed in the run that follows."""
    from spine_models.ui.films import choose_film  # as above

    choose_film(place.read_bytes())
    show_as_chosen(model)
    st.session_state.to_measure = True
