"""``report`` from the command line: one film in, the files asked for out."""

import json
from pathlib import Path

import pytest

from spine_models.__main__ import main

DEMO = sorted((Path(__file__).parents[1] / "assets" / "demo").glob("*.png"))


def test_one_film_becomes_every_file_asked_for(tmp_path):
    outs = [tmp_path / f"report.{kind}" for kind in ("pdf", "json", "csv", "txt", "png", "svg", "dcm", "mat")]
    asked = ["report", str(DEMO[0]), "--model", "mean_shape", "--pseudonym", "P-017", "--paper", "Letter", "--out"]
    assert main([*asked, *map(str, outs)]) == 0
    assert outs[0].read_bytes().startswith(b"%PDF-")
    found = json.loads(outs[1].read_text(encoding="utf-8"))
    assert found["model"]["name"] == "mean_shape" and len(found["vertebrae"]) == 17
    assert "Pseudonym: P-017" in outs[3].read_text(encoding="utf-8")
    assert (tmp_path / "report-film.dcm").is_file() and (tmp_path / "report-overlay.dcm").is_file()
    written = [path for path in tmp_path.iterdir() if path.suffix != ".sqlite"]
    assert not [path for path in written if DEMO[0].stem.encode() in path.read_bytes()]  # names tell on patients


@pytest.mark.parametrize("arguments", [
    ("no_such_film.png", "--out", "report.pdf"),
    (str(DEMO[0]), "--out", "report.docx"),
    (str(DEMO[0]), "--out", "/no/such/folder/report.txt"),
])
def test_what_cannot_be_done_is_said_in_one_sentence(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments, "--model", "mean_shape"]) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith("spine_models: ") and sentence.endswith(".\n") and sentence.count("\n") == 1
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith("cases.sqlite")]


def test_ranges_cannot_be_learnt_without_films(tmp_path, capsys):
    assert main(["reference-ranges", "--data", str(tmp_path)]) == 2
    assert "SpineWeb" in capsys.readouterr().err
