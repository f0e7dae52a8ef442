"""Many films at once: what is measured and where it goes on top, how far it is and the table below."""

from pathlib import Path

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.ui import batch as batches
from spine_models.ui.models import entry_of, measuring_models, model_title, why_unusable
from spine_models.ui.navigation import through_app
from spine_models.ui.report import FILES

LOCAL = ("localhost", "127.0.0.1", "::1")
UPLOAD, FOLDER = "Upload films", "A folder on this computer"


def choose() -> None:
    """The films, the model, the reports, and a button to begin."""
    ways = [UPLOAD, FOLDER] if st.get_option("server.address") in LOCAL else [UPLOAD]
    way = st.segmented_control("Films from", ways, default=UPLOAD, required=True, key="batch-way")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        usable = [entry for entry in measuring_models() if not why_unusable(entry)]
        model = st.selectbox("Model", [entry.name for entry in usable], key="batch-model", width=320,
                             format_func=lambda name: model_title(entry_of(name)))
        kinds = st.multiselect("Reports of each film", FILES if way == FOLDER else batches.UPLOAD_KINDS,
                               default=["pdf"], key=f"batch-kinds-{way}", format_func=FILES.get, width=420)
    (from_folder if way == FOLDER else from_uploads)(model, kinds)


def from_uploads(model: str, kinds: list[str]) -> None:
    films = st.file_uploader("Frontal spine films", accept_multiple_files=True, key="batch-films")
    st.caption(f"Up to {batches.MOST_UPLOADS} films. They stay in this computer's memory, as do the reports until you "
               "download them.")
    too_many = len(films) > batches.MOST_UPLOADS
    if too_many:
        st.error(f"These are {len(films)} films: upload up to {batches.MOST_UPLOADS}, or name a folder.")
    if st.button("Measure all", type="primary", disabled=not films or too_many or busy()):
        begin(batches.start_uploads([(film.name, film.getvalue()) for film in films], model, kinds))


def from_folder(model: str, kinds: list[str]) -> None:
    folder = st.text_input("Folder of the films", key="batch-folder", placeholder="/data/films")
    out = st.text_input("Folder for table and reports", key="batch-out", placeholder="/data/reports")
    st.caption("Folders within it are searched too. Reports are named after the hash of the film; the table tells "
               "which is which. A batch that was stopped goes on when it is started again.")
    if st.button("Measure all", type="primary", disabled=busy()):
        if refusal := batches.check_folders(folder, out):
            st.error(refusal)
        else:
            begin(batches.start_folder(Path(folder).expanduser(), Path(out).expanduser(), model, kinds))


def busy() -> bool:
    """Whether a batch of this session is at work."""
    running = batches.current_batch()
    return running is not None and running.running


def begin(batch: batches.Batch) -> None:
    batches.begin(batch)
    st.rerun()


@st.fragment(run_every=1.0)
def watch() -> None:
    """Looks every second until the batch is done; then the page is drawn once more, without looking."""
    batches.show_batch(batches.current_batch())
    if not busy():
        st.rerun()


through_app()
st.header("Batch", anchor=False)
try:
    choose()
    if busy():
        watch()
    elif batches.current_batch() is not None:
        batches.show_batch(batches.current_batch())
except SpineError as error:
    st.error(str(error))
