"""The case book and what follows from it over the years."""

from .book import CaseBook
from .case import AuditEntry, Case, Entry, Model, Page, State, Trail
from .errors import CaseError, MissingCase, StaleCase
from .follow_up import FollowUp, curve_tracks, follow_up

__all__ = [
    "AuditEntry", "Case", "CaseBook", "CaseError", "Entry", "FollowUp", "MissingCase", "Model", "Page", "StaleCase",
    "State", "Trail", "curve_tracks", "follow_up",
]
