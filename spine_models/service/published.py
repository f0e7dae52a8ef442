"""What other systems are published to score: typed in from their papers with the source, never run here."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

TABLE = Path(__file__).with_name("published.csv")
DATASET = "spineweb16"
"""The figures stand beside results on the official test films of this set, and nowhere else."""


def read_published() -> pd.DataFrame:
    """A row per figure: name, family, metric (key of METRICS), value, films (NaN if not known), protocol, source."""
    return pd.read_csv(TABLE)
