"""The synthesis lab: asking for a spine, its film with the truth over it, and what the checks of the maker say."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from spine_models.core.cobb import largest_curve
from spine_models.core.errors import SpineError
from spine_models.core.landmarks import STANDARD_LEVELS
from spine_models.imaging.phantom import CurveSpec
from spine_models.service.points import KINDS, write_points
from spine_models.ui.films import DEMO_FOLDER, choose_film, chosen_film, demo_films, demo_title, open_film
from spine_models.ui.measuring import warm_up
from spine_models.ui.models import ordered_models
from spine_models.ui.theme import level_colour

PATTERNS = {
    "Straight": (),
    "One thoracic curve": ("T9",),
    "One lumbar curve": ("L2",),
    "Double curve": ("T8", "L2"),
    "Triple curve": ("T4", "T9", "L3"),
}
_REACH = 2  # levels by which an apex may be moved from that of the pattern
_DEFAULT = {0: 40, 1: 32, 2: 25}  # degrees, by place in the list
_OUTLINE = [0, 1, 3, 2]
SYNTHESISER, STYLER = "spine_synth", "cyclegan"
SHOWN_HEIGHT = 780


def ask():
    """The controls; returns the request they make up. Raises DataError where no film can be made of it."""
    from spine_models.service.synthesis import EXPOSURES, NOISES, WIDTHS, Request, makers

    choice = makers()
    maker = choice[0]
    if len(choice) > 1:
        maker = st.segmented_control("Film", choice, default=maker, required=True, key="lab-maker",
                                     help="Learnt: by the network spine_synth. Drawn: by this project's phantom.")
    pattern = st.selectbox("Curve pattern", PATTERNS, index=3, key="lab-pattern")
    apexes = PATTERNS[pattern]
    first = "left"
    if apexes:
        first = st.segmented_control("Convexity of the upper curve, on the film", ["left", "right"], default="left",
                                     required=True, key="lab-side")
    sides = [first if place % 2 == 0 else "right" if first == "left" else "left" for place in range(len(apexes))]
    curves = tuple(_curve(pattern, place, apex, sides[place]) for place, apex in enumerate(apexes))
    width = st.slider("Body width", *WIDTHS, 1.0, 0.05, key="lab-width", help="Of the vertebral bodies, 1 is usual.")
    exposure = st.slider("Exposure", *EXPOSURES, 0.0, 0.1, key="lab-exposure", help="Darker to brighter.")
    noise = st.slider("Noise", *NOISES, 0.15, 0.05, key="lab-noise")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input("Seed", 0, 2**31 - 1, 1, key="lab-seed", help="Another seed is another patient.")
        st.button("Another patient", on_click=_next_seed)
    return Request(curves, int(seed), width, exposure, noise, maker=maker)


def _curve(pattern: str, place: int, apex: str, side: str) -> CurveSpec:
    row = STANDARD_LEVELS.index(apex)
    near = STANDARD_LEVELS[max(row - _REACH, 1) : row + _REACH + 1]
    with st.container(horizontal=True, vertical_alignment="center"):
        level = st.selectbox("Apex", near, index=near.index(apex), key=f"lab-apex-{pattern}-{place}", width=90)
        angle = st.slider(f"Cobb angle, convex {side}", 10, 80, _DEFAULT[place], key=f"lab-angle-{pattern}-{place}")
    return CurveSpec(level, float(angle), side)


def _next_seed() -> None:
    st.session_state["lab-seed"] += 1


@st.cache_resource(max_entries=16, show_spinner="Making the film…")
def make(request):
    """The film of a request and the seconds it took; raises SpineError with a sentence for the user."""
    warm_up(SYNTHESISER).join()
    from spine_models.service.synthesis import synthesize  # brings torch, which must not be imported twice at once

    start = time.perf_counter()
    return synthesize(request), time.perf_counter() - start


def show_film(film) -> None:
    """The film, with vertebrae and curves over it if wanted."""
    truth = st.toggle("Show the truth", key="lab-truth")
    height, width = film.pixels.shape
    st.image(_with_truth(film) if truth else film.pixels, width=round(SHOWN_HEIGHT * width / height))


def _with_truth(film) -> np.ndarray:
    picture = np.repeat(film.pixels[..., None], 3, axis=2)
    for level, corners in zip(film.landmarks.levels, film.landmarks.corners):
        colour = tuple(int(level_colour(level)[i : i + 2], 16) for i in (1, 3, 5))
        _line(picture, corners[_OUTLINE], colour, closed=True)
    for curve in film.curves:
        for line in (curve.upper_line, curve.lower_line):
            _line(picture, line, (255, 255, 255), closed=False)
    return picture


def _line(picture: np.ndarray, points: np.ndarray, colour: tuple[int, int, int], closed: bool) -> None:
    cv2.polylines(picture, [np.rint(points * 16).astype(np.int32)], closed, colour, 2, cv2.LINE_AA, 4)


def show_truth(film, seconds: float) -> None:
    """Curves as measured on the truth, and what can be done with the film."""
    if film.curves:
        asked = {(curve.side, round(curve.angle, 1)) for curve in film.request.curves}
        rows = [
            {"Angle": f"{curve.angle:.1f}°", "Levels": f"{curve.upper}–{curve.lower}", "Apex": curve.apex,
             "Side": curve.side, "Asked": "yes" if any(side == curve.side and abs(angle - curve.angle) < 0.1
                                                       for side, angle in asked) else "balances"}
            for curve in film.curves
        ]  # fmt: skip
        st.table(pd.DataFrame(rows), border="horizontal", hide_index=True)
    else:
        st.markdown(f"No curve of 10° or more; the largest angle is {largest_curve(film.landmarks).angle:.1f}°.")
    st.caption(f"Exact truth, measured on the corners the film was made from. Made in {seconds:.2f} s.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button("Save film", film.png, "synthetic-spine.png", "image/png", on_click="ignore")
        kind = st.selectbox("Format", KINDS, key="lab-kind", format_func=".{}".format, width=100)
        st.download_button("Save points", write_points(film.landmarks, kind), f"synthetic-spine.{kind}",
                           on_click="ignore")
    if st.button("Measure this film", type="primary", key="lab-measure", on_click=choose_film, args=(film.png,)):
        st.switch_page("pages/measure.py")


def show_checks() -> None:
    """Angles asked against angles measured, and whether training films are repeated."""
    from spine_models.service.self_check import GOAL, read_check, read_copies, summary
    from spine_models.service.synthesis import makers

    st.subheader("Does the flagship measure what was asked?", anchor=False)
    for maker in makers():
        table = read_check(maker)
        if table is None:
            st.markdown(f"Films {maker}: not checked; run `python -m spine_models check-synthesis --maker {maker}`.")
            continue
        found = summary(table)
        st.markdown(
            f"Films {maker}: on {found['films']} random requests {table['model'][0]} differs from the truth by "
            f"**{found['mean']:.1f}°** on average (median {found['median']:.1f}°, 95 of 100 within "
            f"{found['p95']:.1f}°, bias {found['bias']:+.1f}°); it found no spine on {found['failed']}. "
            f"Wanted: {GOAL:.0f}° or less."
        )
        points = table.rename(columns={"asked": "asked, degrees", "measured": "measured, degrees"})
        st.scatter_chart(points, x="asked, degrees", y="measured, degrees", height=300, width=420)
    copies = read_copies()
    if copies is not None:
        st.markdown(
            "Is a training film repeated? The training film most like a synthetic film correlates with it by "
            f"{copies['nearest_mean']:.2f} on average and {copies['nearest_max']:.2f} at most; training films of "
            f"different cases correlate by {copies['training_mean']:.2f} and up to {copies['training_max']:.2f}."
        )


def show_pairs() -> None:
    """The translation at work, on films of this project or the reader's own; nothing while it is not trained."""
    if not any(entry.name == STYLER and entry.status == "trained" for entry in ordered_models()):
        return
    st.subheader("The same film in the style of another", anchor=False)
    st.caption(
        "CycleGAN gives a film the look of real ones and leaves every vertebra where it is; it is used to re-style "
        "generated films before training on them (`restyle`)."
    )
    own = ["The film on Measure"] if chosen_film() else []
    chosen = st.selectbox("Film", [*own, *demo_films()], format_func=demo_title, key="lab-pair", width=360)
    try:
        film = open_film(chosen_film() if chosen in own else (DEMO_FOLDER / chosen).read_bytes())
        restyled = _restyled(film.radiograph.sha256, film.radiograph)
    except SpineError as error:
        st.info(str(error))
        return
    with st.container(horizontal=True):
        for title, pixels in (("as it is", film.radiograph.pixels), ("restyled", restyled)):
            height = 520
            small = cv2.resize(pixels, (round(height * pixels.shape[1] / pixels.shape[0]), height),
                               interpolation=cv2.INTER_AREA)
            st.image(small, caption=title, clamp=True, width=small.shape[1])


@st.cache_resource(max_entries=8, show_spinner="Restyling…")
def _restyled(sha256: str, _radiograph) -> np.ndarray:
    warm_up(STYLER).join()
    from spine_models.service.restyle import restyle

    return restyle(_radiograph.pixels)
