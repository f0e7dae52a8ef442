"""What each model is, what it was trained on, its numbers and its limits."""

import streamlit as st

from spine_models.ui.cards import choose_card, show_card
from spine_models.ui.models import ordered_models
from spine_models.ui.navigation import through_app
from spine_models.ui.reader_study import show_reader_study

LIST_WIDTH = 270

through_app()
st.header("Models", anchor=False)
st.caption("Numbers come from held-out films, never from films trained on. A model without weights measures nothing.")
with st.container(horizontal=True, wrap=False, gap="medium"):
    listing, card = st.container(width=LIST_WIDTH), st.container()
models = ordered_models()
with listing:
    chosen = choose_card(models)
with card:
    show_card(chosen, next((entry for entry in models if entry.base == chosen.name), None))
show_reader_study()
