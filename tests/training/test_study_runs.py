"""What the runs of the study are trained on: the same pictures whatever the films, synthetic ones for a while."""

from types import SimpleNamespace

import numpy as np
import pytest

from spine_models.core.centre_codec import UNKNOWN_LEVEL
from spine_models.core.errors import DataError, ModelError
from spine_models.training import study_films
from spine_models.training.films import Film
from spine_models.training.gan_study import StudyTask, study_model
from spine_models.training.study_films import missing, synthetic_films
from spine_models.training.study_plan import CNN, GENERATORS, Setting
from tests.curved import curved_spine

SETTING = Setting(size=(128, 64), pictures=20, batch=4)


def film(vertebrae: int = 17, named: bool = True) -> Film:
    grey = np.random.default_rng(vertebrae).integers(0, 255, (512, 256)).astype(np.uint8)
    levels = np.arange(vertebrae) if named else np.full(vertebrae, UNKNOWN_LEVEL)
    return Film(grey, curved_spine()[:vertebrae], np.ones(vertebrae, bool), levels)


def test_an_epoch_has_as_many_pictures_whatever_films_there_are():
    model = study_model(CNN, SETTING)
    few, more = StudyTask(model, [film()] * 3, [], SETTING), StudyTask(model, [film()] * 50, [film()] * 2, SETTING)
    rng = np.random.default_rng(0)
    drawn = few.epoch(rng, 0.0)
    assert len(drawn) == 20 and np.bincount(drawn).min() >= 6
    early, late = more.epoch(rng, 0.0), more.epoch(rng, 0.9)
    assert len(early) == len(late) == 20 and (early >= 50).sum() == 10 and (late >= 50).sum() == 0
    assert len(set(late)) == 20


def test_a_film_without_level_names_teaches_centres_and_corners_only():
    task = StudyTask(study_model(CNN, SETTING), [film()], [film(15, named=False)], SETTING)
    x, targets = task.batch(np.array([0, 1]), np.random.default_rng(0))
    assert x.shape == (2, 1, 128, 64)
    named, unnamed = targets["level"]
    assert named.max() > 0 and unnamed.max() == 0 and (unnamed == -1).any()
    assert (targets["offset_weight"][1] > 0).any()


@pytest.mark.parametrize("name", GENERATORS)
def test_each_generator_is_made_small_from_nothing_and_has_something_to_be_judged_by(name):
    model = study_model(name, SETTING)
    assert model.SIZE == (128, 64) and model.BEGINS_FROM is None
    task = StudyTask(model, [film()], [], SETTING)
    x, targets = task.batch(np.array([0, 0]), np.random.default_rng(0))
    made, true = model.judged(x, model(x), targets)
    assert made.shape == true.shape


def test_a_model_that_looks_at_whole_films_has_no_part_in_it():
    with pytest.raises(ModelError, match="framed"):
        study_model("vertebra_focused", SETTING)


class Maker:
    """Stands for both makers of films; makes them grey and a little brighter than asked."""

    CARD = SimpleNamespace(input_size=(384, 160))

    def film(self, spine, seed):
        return np.full((384, 160), 0.5, np.float32)

    def restyle(self, pixels):
        return np.clip(pixels + 0.2, 0, 1)


@pytest.fixture
def trained(monkeypatch) -> list[str]:
    """The names of the makers that are trained, to be added to."""
    names: list[str] = []
    monkeypatch.setattr(study_films, "list_models",
                        lambda: [SimpleNamespace(name=name, status="trained") for name in names])  # fmt: skip
    monkeypatch.setattr(study_films, "load_model", lambda name: Maker())
    monkeypatch.setattr(study_films, "import_model", lambda name: Maker)
    monkeypatch.setattr(study_films, "MADE", 3)
    return names


def test_films_are_made_to_order_once_there_is_a_maker(trained, tmp_path):
    assert "spine_synth has no weights yet" in missing("spine_synth", tmp_path)
    with pytest.raises(DataError, match="train spine_synth"):
        synthetic_films("spine_synth", tmp_path, 192)
    trained.append("spine_synth")
    found = synthetic_films("spine_synth", tmp_path, 192)
    assert len(found) == 3 and found[0].pixels.shape == (192, 80) and found[0].levels.tolist() == list(range(17))
    ends = found[0].corners[[0, -1]].mean(axis=1)
    assert ends[:, 1] == pytest.approx([0.085 * 192, 0.885 * 192], abs=1.0)
    assert not np.array_equal(found[0].corners, found[1].corners)


def test_generated_films_are_restyled_with_their_corners(trained, tmp_path, monkeypatch):
    assert "no generated films" in missing("styled", tmp_path)
    (tmp_path / "spinal_ai2024").mkdir()
    assert missing("generated", tmp_path) is None and "cyclegan has no weights yet" in missing("styled", tmp_path)
    trained.append("cyclegan")
    raw = film(15, named=False)
    monkeypatch.setattr(study_films.films, "generated", lambda data, height: [raw])
    (found,) = synthetic_films("styled", tmp_path, 192)
    assert np.array_equal(found.corners, raw.corners) and np.array_equal(found.levels, raw.levels)
    assert found.pixels.astype(int)[raw.pixels < 180] == pytest.approx(raw.pixels[raw.pixels < 180] + 51, abs=1)
