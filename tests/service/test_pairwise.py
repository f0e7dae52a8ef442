"""Models against each other where the answer is known."""

import numpy as np
import pandas as pd
import pytest

from spine_models.core.errors import DataError
from spine_models.service.pairwise import COMPARABLE, compare_all, film_differences, paired_values

FILMS = 12


def cases(smape, **columns):
    """Cases of FILMS films of as many patients."""
    table = pd.DataFrame({"file": [f"{n}.jpg" for n in range(FILMS)], "case_id": [str(n) for n in range(FILMS)],
                          "smape": np.broadcast_to(smape, FILMS).astype(float)}).assign(**columns)
    return table.assign(ok=table["smape"].notna())


def test_a_constant_difference_is_found_with_its_p_value():
    rough = np.linspace(5, 16, FILMS)
    table = compare_all({"a": cases(rough), "b": cases(rough - 2), "c": cases(rough[::-1])}, "smape")
    row = table.set_index(["first", "second"]).loc[("a", "b")]
    assert (row["difference"], row["low"], row["high"]) == pytest.approx((2, 2, 2))
    assert row["films"] == FILMS and row["p"] < 0.003 and row["p_holm"] == pytest.approx(3 * row["p"])
    mirrored = table.set_index(["first", "second"]).loc[("a", "c")]
    assert mirrored["difference"] == pytest.approx(0) and mirrored["p"] == 1


def test_errors_are_compared_on_films_both_measured_and_failures_are_said():
    broken = np.full(FILMS, 4.0)
    broken[:3] = np.nan
    (row,) = compare_all({"a": cases(6), "b": cases(broken)}, "smape").to_dict("records")
    assert (row["films"], row["failures_first"], row["failures_second"], row["difference"]) == (9, 0, 3, 2)


def test_a_failed_film_has_no_right_end_vertebra_and_all_corners_far():
    failed = np.arange(FILMS) < 3
    right = {"ends_exact": np.where(failed, np.nan, 1.0), "far": np.where(failed, np.nan, 0.0)}
    values, _ = paired_values({"a": cases(1, **right)}, "ends_exact")
    assert values["a"].tolist() == [0] * 3 + [1] * 9
    values, _ = paired_values({"a": cases(1, **right)}, "far")
    assert values["a"].tolist() == [1] * 3 + [0] * 9


def test_films_where_the_first_is_better_come_first():
    first = cases(np.r_[1, np.nan, np.full(10, 5)], dice=np.linspace(0.5, 0.9, FILMS))
    second = cases(np.r_[9, 2, np.full(10, 4)], dice=np.full(FILMS, 0.6))
    table = film_differences(first, second, "smape")
    assert table["file"].iloc[0] == "0.jpg" and table["gain"].iloc[0] == 8
    assert table["file"].iloc[-1] == "1.jpg" and np.isnan(table["gain"].iloc[-1])
    assert film_differences(first, second, "dice")["file"].iloc[0] == "11.jpg"


def test_other_films_and_other_metrics_are_refused():
    with pytest.raises(DataError, match="no film in common"):
        compare_all({"a": cases(1), "b": cases(2).assign(file="x.jpg").drop_duplicates("file")}, "smape")
    assert "icc" not in COMPARABLE
    with pytest.raises(DataError, match="no value per film"):
        compare_all({"a": cases(1), "b": cases(2)}, "icc")
