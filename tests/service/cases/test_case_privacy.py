"""The database file holds what the user typed and what was measured, and after deletion not even that."""

import logging
from datetime import date

import numpy as np
from case_samples import FILM, MODEL

from spine_models.core.radiograph import Radiograph

SECRETS = (b"Jane", b"DOE", b"19700101")


def bytes_of(path) -> bytes:
    """Everything in the folder: the database, its write-ahead log, its index."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def film():
    pixels = np.random.default_rng(1).random((800, 400), dtype=np.float32)
    return Radiograph(pixels, FILM, notes=("Jane^DOE 19700101.dcm",))


def test_no_identifier_of_the_file_is_stored_or_logged(sqlite_file, marks, caplog):
    book, path = sqlite_file
    with caplog.at_level(logging.DEBUG):
        case = book.open_draft(FILM, (800, 400), marks(0), MODEL)
        case = book.commit(case.id, case.version, marks(1), "move corner")
        book.save(case.id, case.version, "Linde", date(2026, 1, 1), "quiet", film=film())
    stored = bytes_of(path)
    assert FILM.encode() in stored and b"Linde" in stored
    assert not [secret for secret in SECRETS if secret in stored or secret.decode() in caplog.text]
    assert "Linde" not in caplog.text


def test_a_film_not_kept_leaves_no_pixels(sqlite_file, marks):
    book, path = sqlite_file
    case = book.open_draft(FILM, (800, 400), marks(0), MODEL)
    book.save(case.id, case.version, "Linde", None)
    assert b"PNG" not in bytes_of(path) and b"JFIF" not in bytes_of(path)


def test_deleting_leaves_no_byte_behind(sqlite_file, marks):
    book, path = sqlite_file
    other = book.open_draft("a" * 64, (800, 400), marks(9), MODEL)
    case = book.open_draft(FILM, (800, 400), marks(0), MODEL)
    case = book.commit(case.id, case.version, marks(1), "move corner")
    case = book.save(case.id, case.version, "Linde", None, "a secret note", film=film())
    traces = [b"Linde", b"a secret note", case.id.encode(), b"PNG", b"JFIF",
              repr(float(marks(1).corners[3, 2, 0])).encode()]
    assert all(trace in bytes_of(path) for trace in traces)
    book.delete(case.id)
    assert not [trace for trace in traces if trace in bytes_of(path)]
    assert book.load(other.id).version == 1
    lines = [line for line in book.audit_trail() if line.film_sha256 == FILM]
    assert bytes_of(path).count(FILM.encode()) == len(lines) == 4  # the audit trail alone remembers the film


def test_a_corrected_pseudonym_leaves_no_trace(sqlite_file):
    book, path = sqlite_file
    case = book.open_draft(FILM, (800, 400), None, None)
    case = book.save(case.id, case.version, "Typed By Mistake", None, "and a long note")
    assert b"Mistake" in bytes_of(path)
    book.save(case.id, case.version, "Linde", None)
    assert b"Mistake" not in bytes_of(path) and b"long note" not in bytes_of(path) and b"Linde" in bytes_of(path)
