"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For ``--dist loadgroup``: a file's tests stay together; all with a browser are on one process, and come first."""
    for item in items:
        group = "browser" if item.get_closest_marker("browser") else str(item.path.relative_to(REPOSITORY))
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(autouse=True)
def own_case_book(tmp_path, monkeypatch) -> None:
    """No test may touch the user's case book, nor find what another test left in it."""
    monkeypatch.setenv("SPINE_DATABASE_URL", f"sqlite:///{tmp_path / 'cases.sqlite'}")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The public data sets, which users' machines need not have."""
    folder = Path(os.environ.get("SPINE_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("needs the public films: set SPINE_DATA to the folder that holds spineweb16/ (see README)")
    return folder
