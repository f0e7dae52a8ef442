"""No pickle, no foreign request, no tracking: read from the sources and the settings."""

import ast
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCES = sorted([*REPOSITORY.glob("spine_models/**/*.py"), *REPOSITORY.glob("pages/*.py"), REPOSITORY / "app.py"])
CODE_IN_DATA = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle"}
"""Modules whose files run code when they are read."""
NETWORK = {"requests", "httpx", "urllib3", "aiohttp", "ftplib", "smtplib", "telnetlib", "http"}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def said(call: ast.Call, name: str) -> object:
    """The constant given for a keyword argument, None where it is not given."""
    return next((ast.literal_eval(word.value) for word in call.keywords if word.arg == name), None)


def roots(path: Path) -> set[str]:
    """First names of all modules imported."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_file_is_read_that_may_run_code_and_nothing_is_fetched(path):
    assert not roots(path) & (CODE_IN_DATA | NETWORK)
    for call in calls(path):
        name = called(call)
        assert name not in ("eval", "exec", "os.system", "pd.read_pickle", "pandas.read_pickle", "yaml.load")
        assert not name.endswith("to_pickle") and said(call, "shell") is not True
        if name in ("torch.load", "torch.jit.load"):
            assert said(call, "weights_only") is True
        if name.endswith(("np.load", "numpy.load")):
            assert not said(call, "allow_pickle")


def test_weights_are_safetensors():
    kinds = {path.suffix for path in (REPOSITORY / "spine_models" / "zoo" / "weights").iterdir()}
    assert kinds == {".safetensors", ".json"}


def test_the_server_listens_to_this_computer_checks_the_origin_and_tells_nobody():
    settings = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["enableXsrfProtection"] is True and settings["server"].get("enableCORS", True) is True
    assert settings["server"]["address"] == "localhost"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "type" and settings["client"]["showErrorLinks"] is False
