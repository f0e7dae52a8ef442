"""What several models say about a film: side by side on it, in one table, and where they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.core.cobb import Curve
from spine_models.core.crowding import crowding
from spine_models.core.landmarks import LEVELS
from spine_models.core.uncertainty import vertebra_widths
from spine_models.service.cases import curve_tracks
from spine_models.service.consensus import majority_interval, moved_level
from spine_models.ui.comparing import Agreement, Answer
from spine_models.ui.film_pair import film_frame
from spine_models.ui.films import OpenFilm
from spine_models.ui.linked_films import Panel, linked_films

NO_CURVE, NO_ANSWER = "under 10°", "no result"
CONSENSUS = "Consensus"
FAR = 50
"""Percent of a vertebra's width at which the colours of the chart end: about a level off."""

Interval = tuple[float, float] | None


def show_films(film: OpenFilm, answers: Sequence[Answer], agreed: Agreement) -> None:
    """A panel per model, and one for the consensus where there is one."""
    frame = film_frame(film.radiograph.shape)
    panels = [_panel(film, answer, agreed, frame) for answer in answers]
    if agreed.found:
        told = f"{_angle(agreed.measurement.largest, None)} · {len(agreed.members)} models"
        panels.append(Panel(f"{film.view.id} {CONSENSUS}", CONSENSUS, film.view, agreed.found.landmarks, *frame,
                            detail=told, spread=agreed.found.spread))
    linked_films(panels, key="compared-films", start="spines")


def _panel(film: OpenFilm, answer: Answer, agreed: Agreement, frame: tuple[np.ndarray, float]) -> Panel:
    told = f"{_angle(answer.measurement.largest, None)} · {answer.reading.seconds:.1f} s" if answer.reading else ""
    panel = Panel(f"{film.view.id} {answer.entry.name}", answer.title, film.view,
                  answer.reading and answer.reading.landmarks, *frame, detail=told, note=answer.fault)
    if agreed.found is None or answer not in agreed.members:
        return panel
    apart = agreed.found.offsets[agreed.answers.index(answer)]
    ends = agreed.found.landmarks.corners
    moves = np.stack([ends + apart, ends], axis=2)[np.isfinite(apart).all(axis=2)]
    return replace(panel, guide=agreed.found.landmarks, moves=moves)


def show_differences(answers: Sequence[Answer], agreed: Agreement) -> None:
    """The table of curves, how the numbering differs, and where the corners do."""
    st.table(curve_table(answers, agreed), border="horizontal", hide_index=True)
    st.caption(
        "In brackets the range that holds the angle on nine films of ten; for the consensus what most of the models' "
        "ranges share, which holds it on eight of ten or more. Side of the convexity: left or right of the film."
    )
    if agreed.found is None:
        return
    st.subheader("Where they are apart", anchor=False)
    st.plotly_chart(apart_chart(agreed), key="apart", config={"displayModeBar": False}, alt=widest(agreed))
    st.caption(
        f"Mean distance of a vertebra's corners from those of the consensus, in percent of the vertebra's width; "
        f"levels as the consensus names them. {widest(agreed)}"
    )


def curve_table(answers: Sequence[Answer], agreed: Agreement) -> pd.DataFrame:
    """A row per curve, top to bottom, a column per model and one for the consensus."""
    slips = dict(zip(agreed.answers, agreed.found.slips)) if agreed.found else {}
    able = [answer for answer in answers if answer.reading]
    measured = [(answer.measurement.curves, slips.get(answer) or 0) for answer in able]
    if agreed.found:
        measured.append((agreed.measurement.curves, 0))
    rows = [_curve_row(track, answers, able, agreed) for track in _tracks(measured)]
    if not rows:
        cells = {answer.title: _angle(answer.measurement.largest, None) if answer.reading else NO_ANSWER
                 for answer in answers}
        rows = [{"Curve": "Largest angle"} | cells]
        if agreed.found:
            rows[0][CONSENSUS] = _angle(agreed.measurement.largest, None)
    return pd.DataFrame(rows)


def _tracks(measured: Sequence[tuple[Sequence[Curve], int]]) -> list[list[Curve | None]]:
    """Curves that are the same one, the models' names of the levels brought to those of the consensus, top first."""
    own = {}
    for curves, slip in measured:
        own |= {replace(curve, apex=moved_level(curve.apex, slip)): curve for curve in curves}
    named, rest = [], iter(own)
    for curves, _ in measured:
        named.append(tuple(next(rest) for _ in curves))
    tracks = curve_tracks(named)
    tracks.sort(key=lambda track: min(LEVELS.index(curve.apex) for curve in track if curve))
    return [[curve and own[curve] for curve in track] for track in tracks]


def _curve_row(track: Sequence[Curve | None], answers: Sequence[Answer], able: Sequence[Answer],
               agreed: Agreement) -> dict[str, str]:
    shown = track[-1] or next(curve for curve in track if curve)
    cells = {"Curve": f"{shown.region} {shown.side}"} | {answer.title: NO_ANSWER for answer in answers}
    intervals = {answer: _interval(answer, curve) for answer, curve in zip(able, track)}
    cells |= {answer.title: _angle(curve, intervals[answer]) for answer, curve in zip(able, track)}
    if agreed.found:
        cells[CONSENSUS] = _angle(track[-1], majority_interval([intervals[answer] for answer in agreed.members]))
    return cells


def _interval(answer: Answer, curve: Curve | None) -> Interval:
    found = zip(answer.measurement.curves, answer.measurement.intervals)
    return next((interval for one, interval in found if one is curve), None)


def _angle(curve: Curve | None, interval: Interval) -> str:
    if curve is None:
        return NO_CURVE
    band = f" ({interval[0]:.0f}–{interval[1]:.0f})" if interval else ""
    return f"{curve.angle:.1f}°{band} {curve.upper}–{curve.lower}"


def numbering(agreed: Agreement) -> list[str]:
    """Sentences on models that name the same vertebrae differently, or see the spine elsewhere."""
    if agreed.found is None:
        return [agreed.fault] if len(agreed.answers) > 1 else []
    groups: dict[int | None, list[Answer]] = {}
    for answer, slip in zip(agreed.answers, agreed.found.slips):
        groups.setdefault(slip, []).append(answer)
    return [_slip_sentence(answers, slip) for slip, answers in groups.items() if slip != 0]


def _slip_sentence(answers: Sequence[Answer], slip: int | None) -> str:
    several = len(answers) > 1
    who = " and ".join(answer.title for answer in answers)
    if slip is None:
        return f"{who} {'see' if several else 'sees'} the spine elsewhere: left out of the consensus."
    landmarks = answers[0].reading.landmarks
    mine = landmarks.levels[len(landmarks) // 2]
    far = ("a level" if abs(slip) == 1 else f"{abs(slip)} levels") + (" higher" if slip > 0 else " lower")
    return (
        f"{who} {'number' if several else 'numbers'} the vertebrae {far} than the consensus: "
        f"{'their' if several else 'its'} {mine} is {moved_level(mine, slip)} there. Count them on the film."
    )


def other_vertebrae(agreed: Agreement) -> list[str]:
    """Sentences on models that skip a vertebra, or see one twice, so that some of theirs take no part."""
    if agreed.found is None:
        return []
    said, levels = [], agreed.found.landmarks.levels
    for answer, used, apart in zip(agreed.answers, agreed.found.used, agreed.found.offsets):
        other = np.flatnonzero(np.isfinite(apart).all(axis=(1, 2)) & ~used)
        if len(other):
            where = ", ".join(levels[row] for row in other)
            said.append(f"{answer.title}: other vertebrae than the consensus at {where}, left out of it there.")
    return said


def own_doubts(answers: Sequence[Answer], agreed: Agreement) -> list[str]:
    """What there is to doubt about each answer and the consensus, each sentence once with those it is about."""
    said = {answer.title: (*answer.reading.warnings, *crowding(answer.reading.landmarks))
            for answer in answers if answer.reading}
    if agreed.found:
        said["Consensus"] = crowding(agreed.found.landmarks)
    who: dict[str, list[str]] = {}
    for title, sentences in said.items():
        for sentence in sentences:
            who.setdefault(sentence, []).append(title)
    return [f"{', '.join(titles)}: {sentence}" for sentence, titles in who.items()]


def apart_percent(agreed: Agreement) -> np.ndarray:
    """(M, V) mean distance of a model's corners from the consensus, percent of the vertebra's width; NaN: not there."""
    return 100 * np.linalg.norm(agreed.found.offsets, axis=3).mean(axis=2) / vertebra_widths(
        agreed.found.landmarks.corners)


def widest(agreed: Agreement) -> str:
    """Sentence on the levels where the models that take part are furthest apart."""
    percent = 100 * agreed.found.disagreement / vertebra_widths(agreed.found.landmarks.corners)
    worst = np.argsort(-percent)[:3]
    told = ", ".join(f"{agreed.found.landmarks.levels[row]} ({percent[row]:.0f} %)" for row in worst)
    return f"Their corners spread most at {told}."


def apart_chart(agreed: Agreement) -> go.Figure:
    """Heat map models x levels of ``apart_percent``."""
    percent = apart_percent(agreed)
    titles = [answer.title for answer in agreed.answers]
    heat = go.Heatmap(
        z=percent, x=agreed.found.landmarks.levels, y=titles, zmin=0, zmax=FAR, colorscale="Cividis", xgap=2, ygap=2,
        texttemplate="%{z:.0f}", hovertemplate="%{y}, %{x}: %{z:.1f} % of the vertebra's width<extra></extra>",
        hoverongaps=False, showscale=False,
    )
    figure = go.Figure(heat)
    figure.update_layout(height=70 + 36 * len(titles), margin={"l": 10, "r": 10, "t": 10, "b": 10})
    figure.update_xaxes(showgrid=False, fixedrange=True)
    figure.update_yaxes(showgrid=False, fixedrange=True, autorange="reversed")
    return figure
