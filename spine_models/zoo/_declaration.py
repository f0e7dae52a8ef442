"""Read what a zoo file declares from its source, without running it: listing models must not import torch."""

from __future__ import annotations

import ast
from functools import lru_cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from ..core.card import ModelCard
from ..core.errors import ModelError

PACKAGE = __package__
OWN = PACKAGE.partition(".")[0]
ROOT = Path(__file__).parents[1]
_PARSING = Lock()


def parse_model(path: Path) -> ast.Module:
    """Syntax tree of a zoo file; raises ModelError when it is not Python."""
    try:
        return _tree(path)
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise ModelError(f"{path.name} is not valid Python: {error}.") from error


def declared_card(tree: ast.Module, name: str) -> ModelCard:
    """The literal ``CARD = ModelCard(...)`` of a zoo file; ModelError when it or ``build`` is missing or wrong."""
    if not any(isinstance(node, ast.FunctionDef) and node.name == "build" for node in tree.body):
        raise ModelError(f"{name}.py defines no build() function.")
    call = next((node.value for node in tree.body if _assigns(node, "CARD")), None)
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == ModelCard.__name__):
        raise ModelError(f"{name}.py declares no CARD = ModelCard(...).")
    try:
        card = ModelCard(**{field.arg: ast.literal_eval(field.value) for field in call.keywords})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ModelError(f"The CARD of {name}.py is wrong: {faults}.") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"The CARD of {name}.py must be keyword arguments with literal values: {error}.") from error
    if call.args or card.name != name:
        raise ModelError(f"The CARD of {name}.py must name the model {name!r} and use keyword arguments only.")
    return card


def check_imports(tree: ast.Module) -> None:
    """Raise ModelError for a top-level import that cannot be resolved; outside packages are looked up by root only."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                _find(alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), PACKAGE)
            place = _find(module)
            if place is not None:
                _check_names(place, module, [alias.name for alias in node.names])


def runs_code(tree: ast.Module) -> bool:
    """True when importing the file does more than define things, so that only a real import can tell if it works."""
    return not all(_only_defines(node) for node in tree.body)


def _tree(path: Path) -> ast.Module:
    """Syntax tree of a file, parsed once per change and never by two threads: Python 3.11 can fail when they do."""
    with _PARSING:
        return _parse(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _parse(path: Path, changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)) or _assigns(node, "CARD"):
        return True
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)):
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError):
        return False
    return True


def _assigns(node: ast.stmt, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _find(module: str) -> Path | None:
    """File of one of our own modules, None for an outside one; raises ModelError when there is none.

    Nothing is imported for it, as ``find_spec`` imports the packages that a module is in.
    """
    root, *parts = module.split(".")
    place = _module_file(ROOT.joinpath(*parts)) if root == OWN else None
    if place is None and (root == OWN or not _installed(root)):
        raise ModelError(f"It imports {module}, which is not installed or does not exist.")
    return place


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:
        return False


def _module_file(place: Path) -> Path | None:
    """Of a module or package at this place; None when there is neither."""
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


def _check_names(place: Path, module: str, names: list[str]) -> None:
    """Raise ModelError for a name that one of our own modules neither binds nor, as a package, contains."""
    for name in names:
        submodule = place.name == "__init__.py" and _module_file(place.parent / name)
        if name not in _bound(place) and not submodule:
            raise ModelError(f"It imports {name} from {module}, which has no such name.")


def _bound(path: Path) -> set[str]:
    """Names that a module binds at its top, in whatever branch; what functions and classes bind inside is their own."""
    return _names(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=128)
def _names(path: Path, changed: int) -> set[str]:
    bound, left = set(), list(_tree(path).body)
    while left:
        node = left.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name)
        left.extend(ast.iter_child_nodes(node))
    return bound
