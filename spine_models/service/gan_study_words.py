"""The answer of the GAN study in plain words, derived from the stored numbers and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..training.study_plan import FULL_SIZE, GENERATORS, SYNTHETIC, StudyRun
from .gan_study import ALL, METRICS, SPLITS, Study, adversarial_effects, synthetic_effects, verdict

TITLES = {"unet": "U-Net", "pix2pix": "pix2pix", "spinegan": "Spine-GAN", "landmark_gan": "Landmark GAN"}
KINDS = {
    None: "real films only",
    "generated": "public generated films",
    "styled": "generated films restyled by CycleGAN",
    "spine_synth": "films of spine_synth",
}
GROUP_TITLES = {ALL: "all films", "none": "films under 10°", "mild": "10° to 25°", "moderate": "25° to 40°",
                "severe": "40° and more"}  # fmt: skip
SAID = {"better": "smaller errors", "worse": "larger errors", "unclear": "no difference that these films can show"}


def measured_split(study: Study) -> str | None:
    """The official test films when any comparison has them, else the validation films, else None."""
    return next((split for split in SPLITS if len(adversarial_effects(study, split))
                 or len(synthetic_effects(study, split))), None)  # fmt: skip


def adversarial_answer(effects: pd.DataFrame, metric: str) -> list[str]:
    """Sentences on the critic: the sum of it first, then one per generator, then what severity adds."""
    if effects.empty:
        return ["No generator has been trained both with and without its critic yet."]
    table = effects[effects["metric"] == metric]
    whole = table[table["group"] == ALL].set_index("model")
    sentences = [f"Of {len(whole)} generators compared, with the adversarial loss {_counted(whole)}."]
    for name in (name for name in GENERATORS if name in whole.index):
        sentences.append(f"{TITLES[name]}: {_difference(whole.loc[name], metric, 'without', 'with the critic')}")
    by_group = table[table["group"] != ALL].dropna(subset="low")
    told = [f"{TITLES[row.model]} on {GROUP_TITLES[row.group]} ({row.difference:+.1f}{METRICS[metric][1]})"
            for row in by_group.itertuples() if verdict(row.low, row.high) != "unclear"]  # fmt: skip
    sentences.append(_severity(told, len(by_group)))
    return sentences


def full_size_answer(effects: pd.DataFrame, metric: str) -> list[str]:
    """A sentence on each generator that was trained at full size with and without its critic."""
    if effects.empty:
        return []
    whole = effects[(effects["metric"] == metric) & (effects["group"] == ALL)]
    height, width = FULL_SIZE.size
    return [f"{TITLES[row['model']]} once more as it is trained for the app ({height} × {width} pixels, "
            f"{FULL_SIZE.epochs} epochs, not from nothing): "
            f"{_difference(pd.Series(row), metric, 'without', 'with the critic')}"
            for row in whole.to_dict("records")]  # fmt: skip


def synthetic_answer(effects: pd.DataFrame, metric: str) -> list[str]:
    """Sentences on synthetic films: the sum of it, one per kind and share of the real ones, then what severity adds."""
    if effects.empty:
        return ["No training with synthetic films has been compared with one without them yet."]
    table = effects[effects["metric"] == metric]
    whole = table[table["group"] == ALL]
    sentences = [f"Of {len(whole)} comparison{'s' if len(whole) != 1 else ''}, with synthetic films {_counted(whole)}."]
    for row in whole.to_dict("records"):
        said = _difference(pd.Series(row), metric, "without", "with them")
        sentences.append(f"{_capital(KINDS[row['synthetic']])} beside {row['share']} % of the real films: {said}")
    by_group = table[table["group"] != ALL].dropna(subset="low")
    told = [f"{KINDS[row.synthetic]} beside {row.share} % on {GROUP_TITLES[row.group]} ({row.difference:+.1f}"
            f"{METRICS[metric][1]})"
            for row in by_group.itertuples() if verdict(row.low, row.high) != "unclear"]  # fmt: skip
    return [*sentences, _severity(told, len(by_group))]


def not_run(missing: Sequence[StudyRun]) -> list[str]:
    """What is missing, a line per comparison."""
    lines = []
    for name in GENERATORS:
        lacking = [run for run in missing if run.model == name and run.synthetic is None and run.share == 100]
        if lacking:
            with_critic = sum(run.critic for run in lacking)
            alone = len(lacking) - with_critic
            lines.append(f"{TITLES[name]}: {_runs(alone)} without and {with_critic} with the critic")
    few = [run for run in missing if run.synthetic is None and run.share < 100]
    if few:
        lines.append(f"{KINDS[None]}, a part of them: {_runs(len(few))}")
    for kind in SYNTHETIC:
        lacking = sum(run.synthetic == kind for run in missing)
        if lacking:
            lines.append(f"{KINDS[kind]}: {_runs(lacking)}")
    return lines


def _difference(row: pd.Series, metric: str, before: str, after: str) -> str:
    title, unit = METRICS[metric]
    seeds = "1 seed" if row["seeds"] == 1 else f"{row['seeds']} seeds"
    return (f"{title if metric == 'smape' else title[0].lower() + title[1:]} {row['plain']:.1f}{unit} {before}, "
            f"{row['changed']:.1f}{unit} {after}: {SAID[verdict(row['low'], row['high'])]} "
            f"({row['difference']:+.1f}, 95 % interval {row['low']:+.1f} to {row['high']:+.1f}; {seeds}).")  # fmt: skip


def _counted(whole: pd.DataFrame) -> str:
    """How many of the comparisons have which verdict."""
    verdicts = [verdict(row.low, row.high) for row in whole.itertuples()]
    counts = {kind: verdicts.count(kind) for kind in SAID if kind in verdicts}
    return _listed([f"{count} {'has' if count == 1 else 'have'} {SAID[kind]}" for kind, count in counts.items()])


def _runs(count: int) -> str:
    return f"{count} run{'s' if count != 1 else ''}"


def _severity(told: list[str], comparisons: int) -> str:
    if not told:
        return f"By severity, none of {comparisons} intervals excludes zero."
    return (f"By severity, {len(told)} of {comparisons} intervals exclude zero, of which about "
            f"{comparisons * 0.05:.0f} would by chance: {_listed(told)}.")  # fmt: skip


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
