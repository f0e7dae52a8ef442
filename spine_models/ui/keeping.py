"""What was computed once is kept for every reader, until a file of the store changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


@st.cache_resource(max_entries=200, show_spinner=False)
def kept(what: str, key: tuple[str, ...], _make: Callable[[], Any]) -> Any:
    """The result of ``_make()``, shared and never to be changed; charts and tables it draws are drawn each time.

    what: one name for each kind of thing; key: all it depends on, the store by ``ResultSet.key``.
    """
    return _make()
