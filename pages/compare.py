"""One film under several models side by side, and the consensus of what they found."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.ui import work as working
from spine_models.ui.comparing import (
    Agreement,
    adopt,
    agreement,
    answers_of,
    consensus_record,
    corner_count,
    human_corners,
    model_choice,
)
from spine_models.ui.comparison import numbering, other_vertebrae, own_doubts, show_differences, show_films
from spine_models.ui.films import OpenFilm, hung, pick_film
from spine_models.ui.gate import may_measure
from spine_models.ui.hanging import hanging_of, orientation_question
from spine_models.ui.models import measuring_models
from spine_models.ui.navigation import through_app
from spine_models.ui.work import Work


def show_page() -> None:
    """The film, the models, and what they say."""
    working.resume_from_address()
    choice, film_side = st.columns([3, 1], vertical_alignment="bottom")
    with film_side:
        picked = pick_film()
    work = working.current_work(picked)
    working.put_in_address(work)
    film = picked or (work and working.kept_film(work))
    hanging = hanging_of(film, work)
    film = film and hung(film, hanging)
    with choice:
        models = model_choice(measuring_models())
    if film is None:
        tell_what_to_do(work)
    elif not models:
        st.info("Choose one model or more.")
    elif (work is not None or not orientation_question(film, hanging, models[0].name)) and may_measure(film):
        compare(film, work, models)


def tell_what_to_do(work: Work | None) -> None:
    """Instead of a film."""
    if work is not None:
        st.info("The film of the work in progress is not at hand: open it again under Film.")
    else:
        st.info("Open a film or pick a demo film: each model marks it, and you see where they agree and where not.")


def compare(film: OpenFilm, work: Work | None, models: list) -> None:
    """Everything about one film."""
    answers = answers_of(film, models)
    agreed = agreement(answers, film.radiograph.shape[0])
    if agreed.found:
        offer_consensus(agreed, film, work)
    for sentence in numbering(agreed):
        st.warning(sentence)
    show_films(film, answers, agreed)
    st.caption("\n\n".join((*other_vertebrae(agreed), *own_doubts(answers, agreed))))
    show_differences(answers, agreed)


def offer_consensus(agreed: Agreement, film: OpenFilm, work: Work | None) -> None:
    """Take the consensus over into Measure; corners a human has placed stay unless the reader says otherwise."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Adopt and edit",
            key="adopt",
            type="primary",
            on_click=take_over,
            args=(agreed, film, work),
            help="The consensus becomes the landmarks of this film in Measure, where you check every corner. Undo "
            "there brings back what was in force before.",
        )
        if human := human_corners(work):
            st.checkbox(f"Keep {corner_count(human)} placed by hand", value=True, key="keep_human")
        st.caption("Consensus: the corners of all models, each weighted by how sure it is of them.", width="content")
    if record := consensus_record([answer.entry for answer in agreed.members]):
        st.caption(record)


def take_over(agreed: Agreement, film: OpenFilm, work: Work | None) -> None:
    """Callback: adopt the consensus; the page then goes to Measure, or says why it could not be done."""
    try:
        adopt(agreed, film, work, keep_human=st.session_state.get("keep_human", True))
        st.session_state.adopted = True
    except SpineError as error:
        st.session_state.not_adopted = str(error)


through_app()
if st.session_state.pop("adopted", False):
    st.switch_page("pages/measure.py")
st.header("Compare", anchor=False)
if refusal := st.session_state.pop("not_adopted", None):
    st.error(refusal)
try:
    show_page()
except SpineError as error:
    st.error(str(error))
