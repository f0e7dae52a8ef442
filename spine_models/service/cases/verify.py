"""What the command ``verify`` says about a case book."""

from __future__ import annotations

import csv
from dataclasses import astuple, fields
from pathlib import Path

from ...core.errors import DataError
from .book import CaseBook
from .case import AuditEntry


def verify_book(book: CaseBook | None = None) -> tuple[list[str], bool]:
    """Sentences on audit trail and journals, and whether all of them are as they were written."""
    book = book or CaseBook()
    trail, (cases, altered) = book.verify_trail(), book.verify_cases()
    sentences = [f"Case book: {book.location}"]
    if trail.altered is None:
        sentences.append(f"Audit trail: {trail.lines} lines, as they were written; digest of the last "
                         f"{trail.digest or 'none'}.")
    else:
        sentences.append(f"Audit trail: altered from line {trail.altered} on; the lines before it are as they were "
                         "written.")
    sentences += [f"Journal of case {case}: altered from step {step} on." for case, step in altered.items()]
    if not altered:
        sentences.append(f"Journals of {cases} cases: as they were written.")
    return sentences, trail.altered is None and not altered


def write_trail(out: Path, book: CaseBook | None = None) -> None:
    """The audit trail as CSV; raises DataError where the file cannot be written."""
    lines = (book or CaseBook()).audit_trail()
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(field.name for field in fields(AuditEntry))
            writer.writerows(astuple(line) for line in lines)
    except OSError as error:
        raise DataError(f"The file {out} cannot be written: {error.strerror}.") from error
