"""Pages are reached through app.py, always."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_app() -> None:
    """First line of every page: start again through app.py where Streamlit has run the page file on its own.

    Streamlit does so for a folder named ``pages`` until app.py has called ``st.navigation`` once, that is for whoever
    opens a deep link first after a restart. The intended-use strip and the page settings would be missing.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
