"""Is adversarial training worth it, and are generated films? The study's answer, from its stored numbers."""

import streamlit as st

from spine_models.service.gan_study import CNN, COMMAND, METRICS, STUDY, read_study
from spine_models.service.gan_study_words import (
    KINDS,
    TITLES,
    adversarial_answer,
    full_size_answer,
    not_run,
    synthetic_answer,
)
from spine_models.ui.gan_study import (
    critic_chart,
    difference_chart,
    effects_table,
    read_numbers,
    seeds_chart,
    share_chart,
)
from spine_models.ui.navigation import through_app

through_app()
PLAIN = {"displayModeBar": False}
FILMS = {"test": "the official test films", "validation": "the validation films (the test films come at the end)"}


def bullets(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def show(effects, labels, metric: str, told: str) -> None:
    """Chart and table of one kind of comparison."""
    st.plotly_chart(difference_chart(effects, metric, labels), config=PLAIN, alt=told, key=told)
    with st.expander("The numbers"):
        st.dataframe(effects_table(effects, labels, metric), hide_index=True)


study, numbers = read_study(STUDY), read_numbers(STUDY)
plan = study.setting
st.header("GAN vs CNN", anchor=False)
st.caption("Is an adversarial loss worth it? Do generated films help? Small trainings, all in one fixed setting.")
if numbers is None:
    st.info(f"The study has no finished comparison yet. Run `{COMMAND}`; it goes on where it stopped.")
else:
    metric = st.segmented_control("Error", METRICS, default="smape", required=True,
                                  format_func=lambda key: METRICS[key][0])  # fmt: skip
    critics, synthetic, means = numbers.critics, numbers.synthetic, numbers.means
    st.subheader("Is the adversarial loss worth it?", anchor=False)
    bullets(adversarial_answer(critics, metric) + full_size_answer(numbers.full_size, metric))
    if len(critics):
        show(critics, critics["model"].map(TITLES), metric, "Change of the error by the critic, per generator")
        with st.container(horizontal=True):
            st.plotly_chart(seeds_chart(means, metric), config=PLAIN, alt="Error of every seed", key="seeds")
            st.plotly_chart(critic_chart(study), config=PLAIN, alt="Loss of the critics", key="critics")
    st.subheader("Do generated films help?", anchor=False)
    bullets(synthetic_answer(synthetic, metric))
    if len(synthetic):
        labels = synthetic["synthetic"].map(KINDS) + ", " + synthetic["share"].astype(str) + " % real"
        show(synthetic, labels, metric, "Change of the error by synthetic films")
        st.plotly_chart(share_chart(means, metric, CNN), config=PLAIN, alt="Error by share of real films", key="share")
    failures = int(means["failures"].sum())
    st.caption(
        f"Measured on {FILMS[numbers.split]}: {means['films'].max()} films, {failures} failures in {len(means)} runs; "
        "a failure counts as three angles of 0°. Errors are means over the seeds a comparison has; intervals draw "
        "cases, not films, and do not hold the chance of the seed, which the chart of the seeds shows."
    )
    small, full_size = map(not_run, numbers.missing)
    lines = small + [f"{line}, as trained for the app (`{COMMAND} --full-size`)" for line in full_size]
    if lines:
        st.subheader("Not run yet", anchor=False)
        bullets(lines)
        st.markdown(f"Run `{COMMAND}`, then `{COMMAND} --test`; both go on where they stopped.")
st.subheader("The setting", anchor=False)
st.markdown(
    f"Pictures of {plan.size[0]} × {plan.size[1]} pixels framed by the shared finder, {plan.epochs} epochs of "
    f"{plan.pictures} pictures, {plan.batch} at a time, seeds {', '.join(map(str, plan.seeds))}. The networks are "
    "those of the models of these names, from nothing, with their own supervised loss; a critic begins to learn early "
    "and is listened to some epochs later. With and without it, films, order, first weights and budget are the same. "
    f"The question of films is asked of {TITLES[CNN]}'s network without its critic; synthetic films are half of the "
    f"pictures for the first {plan.until:.0%} of the training. The full-size models are on the *Models* page."
)
