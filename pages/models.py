"""What each model is, what it was trained on, its numbers and its limits."""

import streamlit as st

from spine_models.ui.models import ordered_models, show_card
from spine_models.ui.navigation import through_app

through_app()
st.header("Models", anchor=False)
st.caption("Numbers are measured on films that were not trained on. A model without weights measures nothing.")
for entry in ordered_models():
    show_card(entry)
