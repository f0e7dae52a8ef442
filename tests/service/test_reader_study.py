"""The simulated readers, on made spines: what it corrects, what is counted, where the table is kept."""

import numpy as np
import pytest
from stand_in import CARD

from spine_models.core.aasce import aasce_angles
from spine_models.core.errors import DataError, DetectionError
from spine_models.core.landmarks import Landmarks
from spine_models.core.prediction import Prediction
from spine_models.core.radiograph import Radiograph
from spine_models.service import reader_study
from spine_models.service.labelled_sets import LabelledSet
from spine_models.service.reader_study import corrected, farthest_corner
from spine_models.service.store import run_folder
from spine_models.service.study_results import READERS, TABLE, read_study, study_summary, study_table
from spine_models.training.labels import LABEL_REVISION, LabelledFilm

SHAPE = (800, 400)


@pytest.fixture
def truth(upright):
    corners = upright(*SHAPE)
    corners[:, 1::2, 1] += np.linspace(-8, 8, 17)[:, None]  # tilts that make an angle
    return corners


class AllKnowing:
    """Suggestions that bring every corner half the way home."""

    def __init__(self, truth):
        self.truth = truth

    def suggest(self, before, after, pixels):
        free = (after.source == "model")[..., None]
        return Landmarks(np.where(free, (after.corners + self.truth) / 2, after.corners), source=after.source)


def backwards(work, items):
    """In this process; the last film is the first to be done, as may happen with several."""
    return ((index, work(items[index])) for index in reversed(range(len(items))))


@pytest.fixture
def study(monkeypatch, tmp_path, truth):
    """Function: answers of a model, one per film (corners or an error to raise) -> the rows that were kept."""

    def run(*answers, count=None):
        queue = list(answers)

        def predict(radiograph, name):
            answer = queue.pop()
            if isinstance(answer, Exception):
                raise answer
            return Prediction(Landmarks(answer), np.zeros(SHAPE, np.uint8), np.ones(17), CARD)

        films = [LabelledFilm(tmp_path / f"{number}.jpg", str(number), truth, truth, np.ones(17, bool), SHAPE,
                              angles=aasce_angles(truth, SHAPE[0])) for number in range(len(answers))]
        monkeypatch.setattr(reader_study, "shared_model", lambda name: (None, CARD))
        monkeypatch.setattr(reader_study, "corner_tools", lambda: AllKnowing(truth))
        monkeypatch.setattr(reader_study, "read_radiograph", lambda path: Radiograph(np.zeros(SHAPE), "0"))
        monkeypatch.setattr(reader_study, "predict", predict)
        found = LabelledSet("spineweb16", LABEL_REVISION, "test", films)
        monkeypatch.setattr(reader_study, "open_set", lambda data, split: found)
        store = tmp_path / "store"
        run_folder(CARD, "spineweb16", LABEL_REVISION, "test", store).mkdir(parents=True, exist_ok=True)
        return read_study(reader_study.reader_study("stand_in", tmp_path, "test", count, store, backwards))

    return run


def by(reader, rows):
    """The rows of one reader, by number of corrections."""
    return rows[rows["reader"] == reader].set_index("corrections")


def test_the_reader_takes_the_worst_corner_first_and_puts_it_on_the_label(truth):
    off = truth.copy()
    off[4, 2] += (3, 4)
    off[9, 1] += (60, 80)
    steps = corrected(Landmarks(off), truth, farthest_corner, None)
    assert (np.linalg.norm(steps - truth, axis=-1).sum(axis=(1, 2))[:4].round(9) == [105, 5, 0, 0]).all()
    assert (steps[1][9, 1] == truth[9, 1]).all() and (steps[1][4, 2] == off[4, 2]).all()


def test_a_manual_correction_mends_one_corner_of_68_and_a_carried_one_more(study, truth):
    rows = by(READERS[0], study(truth + (30, 40)))
    assert rows["mre_manual"].tolist() == pytest.approx([50 * (68 - k) / 68 for k in range(11)], abs=0.01)
    assert rows["mre_carried"].tolist()[:3] == pytest.approx([50, 25 * 67 / 68, 12.5 * 66 / 68], abs=0.01)


def test_the_largest_angle_is_compared_with_the_published_one(study, truth):
    flat = truth.copy()
    flat[:, 1::2, 1] = flat[:, 0::2, 1]
    rows = by(READERS[0], study(flat))
    assert rows["angle_manual"][0] == pytest.approx(aasce_angles(truth, SHAPE[0])[0], abs=0.01)
    assert rows["angle_carried"].iloc[-1] < 1


def test_who_is_after_the_angle_corrects_end_vertebrae_and_leaves_the_others(truth):
    off = truth + (0, 30)  # farthest off everywhere, but no tilt is wrong
    off[0] -= (0, 30)
    off[0, 1, 1] += 6  # the first vertebra is an end of the only curve
    off[16, [1, 3], 1] -= 9  # so is the last
    steps = corrected(Landmarks(off), truth, reader_study.of_end_vertebrae, None)
    moved = [tuple(np.argwhere((one != other).any(axis=-1))[0]) for one, other in zip(steps, steps[1:])]
    assert [row for row, _ in moved[:5]] == [16, 16, 16, 16, 0] and moved[4] == (0, 1)
    assert reader_study.of_end_vertebrae(truth + (0, 30), truth) == (0, 0)  # nothing turned: the farthest of all


def test_no_suggestion_leaves_the_readers_own_correction(truth):
    steps = corrected(Landmarks(truth + 5), truth, farthest_corner, lambda before, after: None)
    assert (steps == corrected(Landmarks(truth + 5), truth, farthest_corner, None)).all()


def test_a_failed_film_is_counted_and_never_near(study, truth):
    rows = study(truth, DetectionError("No spine."), truth + 9, truth + 1)
    summary = study_summary(rows)
    assert rows.loc[rows["file"] == "1.jpg", "mre_carried"].isna().all()
    assert summary.loc[(READERS[0], "all", 0), "near_manual"] == 0.75
    assert summary.loc[(READERS[1], "all", 0), "mre_manual"] == pytest.approx(np.hypot(1, 1) * 10 / 3, abs=0.01)
    assert summary.loc[(READERS[0], "worst tenth", 0), "mre_manual"] == pytest.approx(9 * np.hypot(1, 1), abs=0.01)
    assert "4 films, 1 failures" in study_table(rows)


def test_fewer_films_are_spread_over_the_split(study, truth):
    assert study(*[truth] * 5, count=3)["file"].unique().tolist() == ["0.jpg", "2.jpg", "4.jpg"]
    with pytest.raises(DataError, match="at least one film"):
        study(truth, count=0)


def test_weights_without_results_are_told_to_be_evaluated_first(study, truth, tmp_path):
    study(truth)
    with pytest.raises(DataError, match="evaluate stand_in"):
        reader_study.reader_study("stand_in", tmp_path, "test", None, tmp_path / "elsewhere")


def test_a_second_study_replaces_the_first_and_leaves_nothing_behind(study, truth, tmp_path):
    study(truth, truth)
    assert study(truth)["file"].unique().tolist() == ["0.jpg"]
    folder = run_folder(CARD, "spineweb16", LABEL_REVISION, "test", tmp_path / "store")
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert [path.name for path in folder.iterdir()] == [TABLE]
