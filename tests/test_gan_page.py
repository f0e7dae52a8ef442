"""The page GAN vs CNN on a made study, and on none."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from spine_models.service.gan_study import ANGLES, MISSED, TRUTH, Study, keep_run, read_study
from spine_models.training.study_plan import CNN, FULL_SIZE, SETTING, StudyRun, planned_runs
from tests.test_pages import APP


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr("spine_models.service.gan_study.STUDY", tmp_path)

    def opened() -> AppTest:
        return AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/gan_vs_cnn.py").run()

    return opened


def made_study(folder, films: int = 20) -> None:
    keep_runs(read_study(folder), films, {
        StudyRun("unet", False, 0): 4.0, StudyRun("unet", True, 0): 3.0, StudyRun(CNN, False, 0): 4.0,
        StudyRun(CNN, False, 0, "generated"): 5.0,
    })  # fmt: skip


def keep_runs(study: Study, films: int, runs: dict[StudyRun, float]) -> None:
    """Runs that call every angle so many degrees too large."""
    study.folder.mkdir(parents=True)
    largest = np.linspace(5, 60, films)
    truth = pd.DataFrame(np.stack([largest, 0.5 * largest, 0.4 * largest], 1), columns=TRUTH)
    place = pd.DataFrame({"split": "test", "file": [f"{i}.jpg" for i in range(films)]})
    pd.concat([place, truth.assign(case_id=range(films))], axis=1).to_csv(study.folder / "films.csv", index=False)
    for run, off in runs.items():
        angles = pd.concat([place, pd.DataFrame(truth.to_numpy() + off, columns=ANGLES)], axis=1)
        angles[MISSED] = off
        curve = [{"epoch": 1.0}, {"epoch": 2.0, "loss_critic": 1.5}]
        keep_run(study, run, angles, {"minutes": 1.0, "params": 1, "curve": curve})


def shown(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(part.value for part in (*at.markdown, *at.caption, *at.info))


def test_without_results_it_says_what_to_run(page):
    text = shown(page())
    assert "no finished comparison yet" in text and "python -m spine_models gan-study" in text


def test_it_answers_from_the_stored_numbers_and_says_what_is_not_run(page, tmp_path):
    made_study(tmp_path)
    at = page()
    text = shown(at)
    assert "with the adversarial loss 1 has smaller errors" in text
    assert "Public generated films beside 100 % of the real films" in text and "larger errors" in text
    assert "U-Net: 2 runs without and 2 with the critic" in text and "gan-study --test" in text
    assert f"{SETTING.epochs} epochs" in text and "official test films" in text
    at.segmented_control[0].set_value("largest").run()
    assert "largest angle, mean error 4.0° without, 3.0° with the critic" in shown(at)
    at.segmented_control[0].set_value("missed").run()
    assert "area of the vertebrae, 1 − Dice 4.0 % without, 3.0 % with the critic" in shown(at)


def test_the_pair_of_full_size_is_asked_for_until_it_is_there(page, tmp_path):
    made_study(tmp_path)
    text = shown(page())
    assert "1 run without and 1 with the critic, as trained for the app" in text and "gan-study --full-size`" in text
    alone, critic = planned_runs(FULL_SIZE)
    keep_runs(read_study(tmp_path, FULL_SIZE), 20, {alone: 4.0, critic: 3.5})
    text = shown(page())
    assert "Landmark GAN once more as it is trained for the app (384 × 192 pixels, 4 epochs, not from nothing)" in text
    assert "--full-size" not in text
