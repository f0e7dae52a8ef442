"""Charts and tables of the GAN study, from the stored numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from spine_models.service.gan_study import (
    ALL,
    METRICS,
    Study,
    adversarial_effects,
    read_study,
    seed_means,
    synthetic_effects,
)
from spine_models.service.gan_study_words import GROUP_TITLES, KINDS, TITLES, measured_split
from spine_models.training.study_plan import FULL_SIZE, StudyRun
from spine_models.ui.charts import FREE, LINE, LOCKED
from spine_models.ui.keeping import kept

COLOURS = {ALL: LOCKED, "none": "#8C8C8C", "mild": "#3E9B5F", "moderate": FREE, "severe": LINE}
"""Of films by severity; readable on the dark and on the light page (3:1 or more on either)."""

KIND_COLOURS = dict(zip(KINDS, (LOCKED, FREE, "#8A63C9", "#3E9B5F")))


@dataclass(frozen=True)
class Numbers:
    """What the page says and draws: ``adversarial_effects``, ``synthetic_effects`` and ``seed_means`` of the study.

    full_size: adversarial effects of the pair trained as for the app; missing: runs of both that are not done.
    """

    split: str
    critics: pd.DataFrame
    synthetic: pd.DataFrame
    full_size: pd.DataFrame
    means: pd.DataFrame
    missing: tuple[list[StudyRun], list[StudyRun]]


def read_numbers(folder: Path) -> Numbers | None:
    """Of the studies in the folder; None where nothing can be compared yet. Kept until one of their files changes."""
    study, full_size = read_study(folder), read_study(folder, FULL_SIZE)
    files = sorted(path for one in (study, full_size) for path in one.folder.glob("*"))
    state = [(path.name, path.stat().st_mtime_ns) for path in files]
    return kept("gan study", (str(folder), repr(state)), lambda: _compare(study, full_size))


def _compare(study: Study, full_size: Study) -> Numbers | None:
    split = measured_split(study)
    if split is None:
        return None
    return Numbers(split, adversarial_effects(study, split), synthetic_effects(study, split),
                   adversarial_effects(full_size, split), seed_means(study, split),
                   (study.missing, full_size.missing))


def difference_chart(effects: pd.DataFrame, metric: str, labels: pd.Series) -> go.Figure:
    """Differences with 95 % intervals: a row per comparison (``labels``, as long as effects), a colour per group."""
    title, unit = METRICS[metric]
    meant = effects["metric"] == metric
    rows = list(dict.fromkeys(labels[meant]))
    figure = go.Figure(layout=_layout(max(260, 110 + 62 * len(rows)), f"{title}: change; left of 0 is better"))
    groups = [group for group in COLOURS if group in set(effects["group"])]
    for place, group in enumerate(groups):
        table = effects[meant & (effects["group"] == group)]
        names = labels[table.index]
        height = [rows.index(name) + 0.7 * ((place + 0.5) / len(groups) - 0.5) for name in names]
        figure.add_scatter(
            x=table["difference"],
            y=height,
            error_x={"type": "data", "symmetric": False, "array": table["high"] - table["difference"],
                     "arrayminus": table["difference"] - table["low"], "thickness": 2},
            name=GROUP_TITLES[group],
            mode="markers",
            marker={"color": COLOURS[group], "size": 11 if group == ALL else 8},
            customdata=[f"{name}, {GROUP_TITLES[group]}, {films} films<br>{low:+.1f} to {high:+.1f}{unit}"
                        for name, films, low, high in zip(names, table["films"], table["low"], table["high"])],
            hovertemplate="%{customdata}<br>%{x:+.1f}" + unit + "<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": "#8C8C8C", "dash": "dash"})
    figure.update_xaxes(ticksuffix=unit.strip(), zeroline=False)
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.4, -0.6])
    return figure


def seeds_chart(means: pd.DataFrame, metric: str) -> go.Figure:
    """Mean error of every run, open without and filled with the critic: how much the seed alone changes."""
    title, unit = METRICS[metric]
    runs = means[means["synthetic"].isna() & (means["share"] == 100)]
    figure = go.Figure(layout=_layout(320, f"{title} of every seed"))
    for critic, symbol in ((False, "circle-open"), (True, "circle")):
        table = runs[runs["critic"] == critic]
        figure.add_scatter(
            x=[TITLES[name] for name in table["model"]],
            y=table[metric],
            name="with critic" if critic else "without",
            mode="markers",
            marker={"symbol": symbol, "size": 11, "color": FREE if critic else LOCKED, "line": {"width": 2}},
            hovertemplate="%{x}: %{y:.1f}" + unit + "<extra></extra>",
        )
    figure.update_yaxes(ticksuffix=unit.strip())
    return figure


def share_chart(means: pd.DataFrame, metric: str, model: str) -> go.Figure:
    """Error over the share of real films, a line per kind of synthetic films."""
    title, unit = METRICS[metric]
    runs = means[(means["model"] == model) & ~means["critic"]]
    figure = go.Figure(layout=_layout(320, f"{title}: the fewer real films, the further left"))
    for kind, said in KINDS.items():
        table = runs[runs["synthetic"].isna() if kind is None else runs["synthetic"] == kind]
        line = table.groupby("share")[metric].mean()
        if len(line):
            figure.add_scatter(x=[f"{share} %" for share in line.index], y=line, name=said, mode="lines+markers",
                               line={"color": KIND_COLOURS[kind], "width": 2},
                               hovertemplate="%{x} of the real films: %{y:.1f}" + unit + "<extra></extra>")  # fmt: skip
    figure.update_xaxes(title={"text": "Share of the real training films"}, type="category")
    figure.update_yaxes(ticksuffix=unit.strip())
    return figure


def critic_chart(study: Study) -> go.Figure:
    """Hinge loss of every critic over the epochs: 2 knows nothing, 0 is never wrong."""
    figure = go.Figure(layout=_layout(320, "Loss of the critics: 2 knows nothing, 0 is never wrong"))
    colours = dict(zip(TITLES, COLOURS.values()))
    for run in (run for run in study.done if run.critic):
        curve = [row for row in study.facts(run)["curve"] if "loss_critic" in row]
        figure.add_scatter(x=[row["epoch"] for row in curve], y=[row["loss_critic"] for row in curve],
                           name=TITLES[run.model], legendgroup=run.model, showlegend=run.seed == study.setting.seeds[0],
                           mode="lines", line={"color": colours[run.model], "width": 2})  # fmt: skip
    figure.update_xaxes(title={"text": "Epoch"})
    figure.update_yaxes(range=[0, 2.3])
    return figure


def effects_table(effects: pd.DataFrame, labels: pd.Series, metric: str) -> pd.DataFrame:
    """The numbers behind ``difference_chart``, as text."""
    unit = METRICS[metric][1]
    table = effects[effects["metric"] == metric]
    return pd.DataFrame({
        "Comparison": labels[table.index],
        "Films": [f"{GROUP_TITLES[group]} ({films})" for group, films in zip(table["group"], table["films"])],
        "Without": [f"{value:.1f}{unit}" for value in table["plain"]],
        "With": [f"{value:.1f}{unit}" for value in table["changed"]],
        "Change": [f"{value:+.1f}" for value in table["difference"]],
        "95 % interval": [f"{low:+.1f} to {high:+.1f}" if low == low else "too few cases"
                          for low, high in zip(table["low"], table["high"])],
        "Seeds": table["seeds"].astype(str),
    })  # fmt: skip


def _layout(height: int, title: str) -> go.Layout:
    return go.Layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        title={"text": title, "font": {"size": 15}},
        legend={"orientation": "h", "yanchor": "top", "y": -0.26, "x": 0},
        hovermode="closest",
        xaxis={"fixedrange": True},
        yaxis={"fixedrange": True},
    )
