"""Fixtures shared by all tests."""

import json
import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
DEMO = REPOSITORY / "assets" / "demo"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The public data sets, which users' machines need not have."""
    folder = Path(os.environ.get("SPINE_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("needs the public films: set SPINE_DATA to the folder that holds spineweb16/ (see README)")
    return folder


@pytest.fixture(scope="session")
def demo_films() -> dict[Path, dict]:
    """Demo film -> its known truth."""
    films = {path: json.loads(path.with_suffix(".json").read_text()) for path in sorted(DEMO.glob("*.png"))}
    assert films, "assets/demo holds no film"
    return films
