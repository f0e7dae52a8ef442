"""The app: page list, page settings and the intended-use strip. Run with ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st

from spine_models.ui.login import let_in
from spine_models.ui.theme import dress_page

ICONS = Path(__file__).parent / "assets" / "icons"

st.set_page_config(
    page_title="Spine Models",
    page_icon=ICONS / "spine.svg",
    layout="wide",
    menu_items={"Get help": None, "Report a bug": None, "About": None},
)
st.logo(ICONS / "logo.svg", size="medium")
page = st.navigation(
    [
        st.Page("pages/measure.py", title="Measure", default=True),
        st.Page("pages/compare.py", title="Compare"),
        st.Page("pages/batch.py", title="Batch"),
        st.Page("pages/cases.py", title="Cases"),
        st.Page("pages/follow_up.py", title="Follow-up"),
        st.Page("pages/synthesis.py", title="Synthesis lab"),
        st.Page("pages/models.py", title="Models"),
        st.Page("pages/dashboard.py", title="Evaluation"),
        st.Page("pages/gan_vs_cnn.py", title="GAN vs CNN"),
    ],
    position="top",
)
dress_page()
let_in()
page.run()
