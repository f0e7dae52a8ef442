"""What the runs of the study are trained on: the same pictures whatever the films, synthetic ones for a while."""

import numpy as np
import pytest

from spine_models.core.centre_codec import UNKNOWN_LEVEL
from spine_models.core.errors import ModelError
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


def test_made_films_are_read_with_their_corners(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    assert "spine_synth" in missing("spine_synth", tmp_path)
    folder = tmp_path / "artefacts" / "spine_synth"
    folder.mkdir(parents=True)
    grey = np.random.default_rng(0).integers(0, 255, (512, 256)).astype(np.uint8)
    Image.fromarray(grey).save(folder / "a.png")
    np.savez(folder / "corners.npz", names=np.array(["a.png"]), corners=curved_spine()[None])
    (found,) = synthetic_films("spine_synth", tmp_path, 256)
    assert found.pixels.shape == (256, 128) and found.levels.tolist() == list(range(17))
    assert found.corners == pytest.approx((curved_spine() + 0.5) / 2 - 0.5)
