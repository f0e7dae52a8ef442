"""The case book and what follows from it over the years."""

from .book import CaseBook
from .case import Case, Entry, Model, Page, State
from .errors import CaseError, MissingCase, StaleCase
from .follow_up import FollowUp, curve_tracks, follow_up

__all__ = [
    "Case", "CaseBook", "CaseError", "Entry", "FollowUp", "MissingCase", "Model", "Page", "StaleCase", "State",
    "curve_tracks",
    "follow_up",
]
