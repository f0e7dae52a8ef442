"""Every number a table of results may show: its name, formula, the columns of cases.csv it reads, how to aggregate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from ..core import weighted
from ..core.agreement import severity_bands
from ..core.cobb import SEVERITY_BANDS

Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""values (N,) or (N, k), weights (B, N) -> (B,), see ``core.weighted``."""


@dataclass(frozen=True)
class Metric:
    """title: what a table calls it, with its unit. columns: of cases.csv. better: the direction of improvement or None.

    formula: one sentence for the reader, p the model's and t the label's value. per_film: a film's own value is the
    statistic's summand, so that two models can be compared film by film.
    """

    title: str
    columns: tuple[str, ...]
    statistic: Statistic
    better: Literal["low", "high"] | None
    formula: str
    per_film: bool = False

    def values(self, cases: pd.DataFrame) -> np.ndarray:
        """(N,) or (N, k) float64 of its columns; NaN where a film failed."""
        columns = [cases[name].to_numpy(dtype=float, na_value=np.nan) for name in self.columns]
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)

    def of(self, cases: pd.DataFrame, weights: np.ndarray | None = None) -> np.ndarray:
        """(B,) the number over the films of ``cases``, for each row of weights (B, N), without them for all films once.

        NaN where it is not defined, and where an old store has no such column, which must not read as failed films.
        """
        weights = weighted.ones(len(cases)) if weights is None else weights
        if not set(self.columns) <= set(cases):
            return np.full(len(weights), np.nan)
        return self.statistic(self.values(cases), weights)


def _within(errors: np.ndarray, weights: np.ndarray, degrees: float) -> np.ndarray:
    return weighted.share(errors <= degrees, weights)


def _far(shares: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return 1 - weighted.share(1 - shares, weights)


def _mean_apart(pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weighted.mean(np.abs(pairs[:, 0] - pairs[:, 1]), weights)


def _right_band(pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    bands = severity_bands(pairs)
    return weighted.share(bands[:, 0] == bands[:, 1], weights)


def _kappa(pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weighted.kappa(severity_bands(pairs), weights, len(SEVERITY_BANDS))


def _mean(title: str, column: str, formula: str, better: Literal["low", "high"] | None = "low") -> Metric:
    return Metric(title, (column,), weighted.mean, better, f"Mean over measured films of {formula}.", per_film=True)


def _share(title: str, column: str, formula: str) -> Metric:
    return Metric(title, (column,), weighted.share, "high",
                  f"Mean over all films of {formula}; 0 for a failed film.", per_film=True)


def _quantile(title: str, column: str, level: float, formula: str) -> Metric:
    return Metric(title, (column,), partial(weighted.quantile, level=level), "low", formula)


def _within_degrees(degrees: int) -> Metric:
    return Metric(f"largest angle within {degrees} degrees", ("largest_error",), partial(_within, degrees=degrees),
                  "high", f"Share of all films with |p - t| <= {degrees} degrees; a failed film is not within.")


def _agreement(angle: str, columns: tuple[str, str], key: str) -> dict[str, Metric]:
    """Bland-Altman of one angle: bias and the two limits of agreement."""
    limits = "bias {} 1.96 sd(p - t) over measured films (Bland and Altman 1986)."
    return {
        f"bias_{key}": Metric(f"{angle}, bias, degrees", columns, weighted.bias, None,
                              "Mean over measured films of p - t."),
        f"loa_low_{key}": Metric(f"{angle}, lower limit of agreement, degrees", columns,
                                 partial(weighted.limit, side=-1), None, limits.format("-")),
        f"loa_high_{key}": Metric(f"{angle}, upper limit of agreement, degrees", columns,
                                  partial(weighted.limit, side=1), None, limits.format("+")),
    }


_LARGEST = ("aasce_1", "true_1")
_CLINICAL = ("largest_clinical", "true_clinical")
_SECOND, _THIRD = ("aasce_2", "true_2"), ("aasce_3", "true_3")
_APART = "Mean over measured films of |p - t|."

METRICS: dict[str, Metric] = {
    "smape": _mean("SMAPE, %", "smape", "100 sum|p - t| / sum(p + t) of the three challenge angles"),
    "smape_repaired": _mean("SMAPE against repaired labels, %", "smape_repaired",
                            "100 sum|p - t| / sum(p + t), t from the repaired corners"),
    "largest_error": _mean("largest angle, mean error, degrees", "largest_error", "|p - t| of the largest angle"),
    "largest_error_repaired": _mean("largest angle against repaired labels, mean error, degrees",
                                    "largest_error_repaired", "|p - t|, t from the repaired corners"),
    "mae_2": Metric("second angle, mean error, degrees", _SECOND, _mean_apart, "low", _APART),
    "mae_3": Metric("third angle, mean error, degrees", _THIRD, _mean_apart, "low", _APART),
    "mae_clinical": Metric("largest clinical curve, mean error, degrees", _CLINICAL, _mean_apart, "low", _APART),
    **_agreement("largest angle", _LARGEST, "1"),
    **_agreement("second angle", _SECOND, "2"),
    **_agreement("third angle", _THIRD, "3"),
    **_agreement("largest clinical curve", _CLINICAL, "clinical"),
    "within_3": _within_degrees(3),
    "within_5": _within_degrees(5),
    "within_10": _within_degrees(10),
    "icc": Metric("largest angle, ICC(2,1) with the label", _LARGEST, weighted.icc, "high",
                  "(MSR - MSE) / (MSR + MSE + 2 (MSC - MSE) / n), measured films (Shrout and Fleiss 1979)."),
    "pearson": Metric("largest angle, Pearson's r", _LARGEST, weighted.correlation, "high",
                      "cov(p, t) / (sd(p) sd(t)) over measured films."),
    "severity": Metric("severity class right", _LARGEST, _right_band, "high",
                       "Share of all films whose largest angle falls into the label's band: < 10, 10-25, 25-40, >= 40 "
                       "degrees; a failed film is wrong."),
    "kappa": Metric("severity class, quadratic kappa", _LARGEST, _kappa, "high",
                    "1 - sum(w O) / sum(w E), w = (i - j)^2, over measured films (Cohen 1968)."),
    "ends_exact": _share("end vertebrae right", "ends_exact",
                         "the share of the largest curve's two end vertebrae named as on the repaired label"),
    "ends_near": _share("end vertebrae at most one level off", "ends_near",
                        "the share of the largest curve's two end vertebrae at most one level off the repaired label"),
    "mre_px": _mean("mean radial error, film pixels", "mre_px", "the mean distance of the 68 corners, film pixels"),
    "mre_widths": _mean("mean radial error, vertebra widths", "mre_widths",
                        "the mean corner distance over the label's mean vertebra width, labels in film order"),
    "mre_grid": _mean("mean radial error, 512x1024, labels as published", "mre_grid",
                      "the mean corner distance after stretching the film to 512 x 1024"),
    "mre_film_order": _mean("mean radial error, 512x1024, labels in film order", "mre_film_order",
                            "the mean corner distance on 512 x 1024, vertebrae in the order of the film"),
    "mre_aligned": _mean("localisation error, numbering slip taken out, 512x1024", "mre_aligned",
                         "the mean corner distance on 512 x 1024 after sliding a misnumbered chain back, unmasked "
                         "vertebrae"),
    "nmse": _mean("normalised mean squared error", "nmse", "the mean of ((x_p - x_t) / W)^2 and ((y_p - y_t) / H)^2"),
    "far": Metric("corners over 20 px off on 704x384", ("far",), _far, "low",
                  "Share of corners more than 20 px off on the film fitted into 704 x 384; those of a failed film are "
                  "all far.", per_film=True),
    "level_shift": _mean("films numbered one or more levels off", "level_shift",
                         "whether the whole chain lies nearer to the label slid by 1 to 3 levels"),
    "crowded": _mean("films with vertebrae squeezed together", "crowded",
                     "whether two neighbours' centres are closer than 0.6 of the median distance around them, closer "
                     "than on any film with a sound training label"),
    "dice": _mean("Dice, all vertebrae", "dice", "2 |A and B| / (|A| + |B|) of the areas of all vertebrae", "high"),
    "iou": _mean("IoU, all vertebrae", "iou", "|A and B| / |A or B| of the areas of all vertebrae", "high"),
    "dice_levels": _mean("Dice, level by level", "dice_levels", "the mean over levels of each level's Dice", "high"),
    "hd95": _mean("Hausdorff distance 95 %, film pixels", "hd95",
                  "the 95th percentile of the distances between the two outlines, the larger of both directions"),
    "covered": _mean("largest angle inside its 90 % interval", "covered",
                     "whether the published largest angle lies in the film's interval", None),
    "interval_width": _mean("width of that interval, degrees", "interval_width", "the interval's width"),
    "within_1_sigma": _mean("corners within 1 sigma, to be 0.683", "within_1_sigma",
                            "the share of rightly named corners within 1 sigma", None),
    "within_2_sigma": _mean("corners within 2 sigma, to be 0.954", "within_2_sigma",
                            "the share of rightly named corners within 2 sigma", None),
    "seconds": _quantile("seconds a film, median", "seconds", 0.5,
                         "Median over films of the time from decoding to the result, on the clock."),
    "seconds_p95": _quantile("seconds a film, 95th percentile", "seconds", 0.95,
                             "95 % of films take no longer from decoding to the result, on the clock."),
    "core_seconds": _quantile("processor seconds a film, median", "core_seconds", 0.5,
                              "Median over films of the processor time of a single thread: the time one idle core "
                              "takes, whatever else the machine does."),
    "core_seconds_p95": _quantile("processor seconds a film, 95th percentile", "core_seconds", 0.95,
                                  "95 % of films take no more processor time of a single thread."),
}
"""Key -> metric, in the order of a table."""
