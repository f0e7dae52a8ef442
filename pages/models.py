"""What each model is, what it was trained on, its numbers and its limits."""

import streamlit as st

from spine_models.ui.cards import show_card
from spine_models.ui.models import ordered_models
from spine_models.ui.navigation import through_app
from spine_models.ui.reader_study import show_reader_study

through_app()
st.header("Models", anchor=False)
st.caption("Numbers come from held-out films, never from films trained on. A model without weights measures nothing.")
for entry in ordered_models():
    show_card(entry)
show_reader_study()
