"""A figure on a page: the chart, its file as SVG, its data as CSV, and a sentence for who cannot see it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.ui.keeping import kept


def show(name: str, told: str, key: tuple[str, ...], make: Callable[[], tuple[go.Figure, pd.DataFrame]]) -> None:
    """name: of the element and its files; told: what the figure shows, for readers of the screen.

    key: all the figure depends on; make: the figure and its data, called when the key is new.
    """

    def draw() -> pd.DataFrame:
        figure, data = make()
        st.plotly_chart(figure, key=f"figure-{name}", config=_config(name), alt=told)
        return data

    data_button(name, kept(name, key, draw))  # with the chart as it is sent, so that it is not made into JSON each time


def _config(name: str) -> dict:
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d"], ["toImage"]],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }


def data_button(name: str, data: pd.DataFrame) -> None:
    """The numbers behind a figure or table."""
    st.download_button(
        "Data (CSV)",
        lambda: data.to_csv(index=False).encode("utf-8"),
        f"{name}.csv",
        "text/csv",
        key=f"data-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="The numbers of this figure. The camera on a figure saves it as SVG.",
    )
