"""Evaluation: every model on every film of the result store, from seven sides."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.ui.dashboard import agreement, cases, leaderboard, pairwise, trade_offs, where
from spine_models.ui.dashboard.choices import choose_films, choose_set
from spine_models.ui.dashboard.results import ResultSet, read_ahead, result_sets
from spine_models.ui.navigation import through_app

VIEWS = {
    "Leaderboard": leaderboard.show,
    "Agreement": agreement.show,
    "Where": where.show,
    "Trade-offs": trade_offs.show,
    "Pairwise": pairwise.show,
    "Cases": cases.show,
}


def show_dashboard() -> None:
    """Choices on top, one view under them."""
    sets, faults = result_sets()
    for sentence in faults:
        st.warning(sentence)
    if not sets:
        st.info("No model has been evaluated yet. With labelled films: python -m spine_models evaluate --all")
        return
    view = st.segmented_control("View", list(VIEWS), default="Leaderboard", required=True, key="view",
                                bind="query-params", label_visibility="collapsed")
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        films = choose_set(sets)
        chosen = choose_films(films)
    show_stale(films)
    VIEWS[view](films, chosen, bar)
    read_ahead(films)


def show_stale(films: ResultSet) -> None:
    """What is out of date, and the commands that refresh it."""
    stale = [result for result in films.results if result.stale]
    if not stale:
        return
    lines = [f"- **{result.title}**: {result.stale}" for result in stale]
    commands = dict.fromkeys(result.command for result in stale if result.command)
    with st.expander(f":material/history: {len(stale)} of {len(films.results)} results are stale", expanded=True):
        st.markdown("\n".join(lines))
        if commands:
            st.code("\n".join(commands), language="bash", wrap_lines=True)


through_app()
st.header("Evaluation", anchor=False)
try:
    show_dashboard()
except SpineError as error:
    st.error(str(error))
