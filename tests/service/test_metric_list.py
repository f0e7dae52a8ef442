"""Every metric of the tables, by hand on four films of which the last failed."""

import numpy as np
import pandas as pd
import pytest

from spine_models.core.agreement import icc_2_1, pearson
from spine_models.service.metric_list import METRICS

NAN = float("nan")
FOUND, TRUE = [12, 28, 45, NAN], [10, 30, 39, 50]  # differences 2, -2, 6: mean 2, standard deviation 4

EXPECTED = {
    "within_3": 2 / 4, "within_5": 2 / 4, "within_10": 3 / 4,
    # Bands mild, moderate, severe, none found; of the label mild, moderate, moderate, severe.
    "severity": 2 / 4,
    # Observed cost 1; margins found (1, 1, 1), label (1, 2, 0): expected (0 + 2 + 1 + 0 + 4 + 2) / 3 = 3.
    "kappa": 1 - 1 / 3,
    "icc": icc_2_1(np.stack([FOUND, TRUE], axis=1)).value, "pearson": pearson(FOUND, TRUE).value,
    "far": (1 + 2 / 4 + 1 / 4 + 1) / 4,
    "ends_exact": (0 + 1 / 2 + 3 / 4 + 0) / 4, "ends_near": (0 + 1 / 2 + 3 / 4 + 0) / 4,
    "level_shift": 1 / 3, "crowded": 2 / 3,
    "seconds": 2, "core_seconds": 2, "seconds_p95": 9, "core_seconds_p95": 9,  # a failed film took time too
}
EXPECTED |= {f"{kind}_{angle}": value for angle in ("1", "2", "3", "clinical")
             for kind, value in (("bias", 2), ("loa_low", 2 - 1.96 * 4), ("loa_high", 2 + 1.96 * 4))}
EXPECTED |= {f"mae_{angle}": 10 / 3 for angle in ("2", "3", "clinical")}


@pytest.fixture
def cases() -> pd.DataFrame:
    table = pd.DataFrame({column: [1, 2, 6, NAN] for metric in METRICS.values() for column in metric.columns})
    for found, true in (("aasce_1", "true_1"), ("aasce_2", "true_2"), ("aasce_3", "true_3"),
                        ("largest_clinical", "true_clinical")):
        table[found], table[true] = FOUND, TRUE
    table["largest_error"] = [2, 2, 6, NAN]
    table["far"], table["level_shift"] = [1, 0.5, 0.25, NAN], [True, False, False, None]
    table["crowded"] = [True, True, False, None]
    table["ends_exact"] = table["ends_near"] = [0, 0.5, 0.75, NAN]
    table["seconds"] = table["core_seconds"] = [1, 2, 3, 9]
    return table


@pytest.mark.parametrize("key", METRICS)
def test_metric(cases, key):
    (value,) = METRICS[key].of(cases)
    mean = 10 / 3 if key == "largest_error" else 3  # of 1, 2 and 6
    assert value == pytest.approx(EXPECTED.get(key, mean))
    assert METRICS[key].formula.endswith(".")
