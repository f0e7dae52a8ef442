"""What can go wrong with the case book, each as one sentence for the user."""

from __future__ import annotations

from ...core.errors import SpineError


class CaseError(SpineError):
    """The case book cannot do what was asked (unreachable database, nothing to undo, no pseudonym, ...)."""


class MissingCase(CaseError):
    """The case does not exist, or not any more."""

    def __init__(self) -> None:
        super().__init__("This case is not in the case book: it may have been deleted in another window.")


class StaleCase(CaseError):
    """The case was changed elsewhere since the caller read it. version: the newest one, which a reload will show."""

    def __init__(self, version: int) -> None:
        super().__init__("This case was changed in another window, so your last change was not saved: reload the case.")
        self.version = version
