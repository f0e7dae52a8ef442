"""Imports go one way, and heavy libraries stay where they belong. Read from the source, nothing is imported."""

import ast
import sys
from importlib.util import resolve_name
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "spine_models"
LAYERS = ("core", "imaging", "zoo", "training", "service", "ui", "app")
"""Lowest first: a file imports its own layer or lower ones. The command line, app.py and pages/ are the top."""

SOURCES = sorted([*PACKAGE.rglob("*.py"), *REPOSITORY.glob("app.py"), *REPOSITORY.glob("pages/*.py")])
MODELS = [path for path in PACKAGE.glob("zoo/*.py") if not path.stem.startswith("_") and path.stem != "registry"]


def imported(path: Path) -> set[str]:
    """Full names of all modules a file imports, wherever in the file; `from x import y` counts as x and x.y."""
    package = ".".join(path.relative_to(REPOSITORY).parent.parts)
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def layer(module: str) -> str:
    """Layer of a module of ours; the package root itself (its version) is open to all."""
    parts = module.split(".")
    if parts[0] != "spine_models":
        return "app"
    return parts[1] if len(parts) > 1 and parts[1] in LAYERS else "core"


def layer_of(path: Path) -> str:
    relative = path.relative_to(REPOSITORY)
    inside = relative.parts[0] == "spine_models" and len(relative.parts) > 2
    return relative.parts[1] if inside else "app"


def named(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(REPOSITORY)))


def test_the_sources_are_found():
    assert {layer_of(path) for path in SOURCES} == set(LAYERS)


@named(SOURCES)
def test_imports_go_down_only(path):
    ours = {name for name in imported(path) if name.partition(".")[0] in ("spine_models", "app", "pages")}
    assert not {name for name in ours if LAYERS.index(layer(name)) > LAYERS.index(layer_of(path))}


@named(SOURCES)
def test_heavy_libraries_stay_where_they_belong(path):
    roots = {name.partition(".")[0] for name in imported(path)}
    if "streamlit" in roots:
        assert layer_of(path) in ("ui", "app")
    if "torch" in roots:
        assert layer_of(path) in ("zoo", "training") or path == PACKAGE / "service" / "inference.py"
    if layer_of(path) == "core":
        assert roots - set(sys.stdlib_module_names) <= {"spine_models", "numpy", "scipy", "pydantic"}


@named(MODELS)
def test_no_model_imports_another(path):
    others = {f"spine_models.zoo.{model.stem}" for model in MODELS}
    assert not imported(path) & others


@pytest.mark.parametrize(("pattern", "limit"), [("app.py", 80), ("pages/*.py", 150), ("spine_models/**/*.py", 350)])
def test_files_stay_small(pattern, limit):
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in REPOSITORY.glob(pattern)}
    assert lengths and max(lengths.values()) < limit, lengths
