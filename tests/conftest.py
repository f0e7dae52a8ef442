"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The public data sets, which users' machines need not have."""
    folder = Path(os.environ.get("SPINE_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("needs the public films: set SPINE_DATA to the folder that holds spineweb16/ (see README)")
    return folder
