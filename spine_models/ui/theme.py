"""Colours, page styles and the intended-use strip."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from spine_models import INTENDED_USE
from spine_models.core.landmarks import LEVELS

# Ordered and readable with any colour vision (viridis, lightened for dark film); top to bottom of the spine.
_RAMP = ("#B79CF2", "#8FA0F0", "#5FAEE3", "#45C4C4", "#56D09A", "#9FDB62", "#E3D84E")
_FOLDER = Path(__file__).parent


def level_colour(level: str) -> str:
    """Hex colour of a vertebral level, the same for every film and model; neighbours differ in lightness too."""
    rank = LEVELS.index(level)
    position = rank / (len(LEVELS) - 1) * (len(_RAMP) - 1)
    below = min(int(position), len(_RAMP) - 2)
    shade = 1.0 if rank % 2 else 0.78
    channels = zip(_channels(_RAMP[below]), _channels(_RAMP[below + 1]))
    return "#" + "".join(f"{round((a + (b - a) * (position - below)) * shade):02X}" for a, b in channels)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


@cache
def _page_html() -> str:
    styles = (_FOLDER / "page.css").read_text(encoding="utf-8")
    script = (_FOLDER / "dark_first.js").read_text(encoding="utf-8")
    strip = f'<div class="intended-use" data-testid="intended-use" role="note">{INTENDED_USE}</div>'
    return f"<style>{styles}</style>{strip}<script>{script}</script>"


def dress_page() -> None:
    """Page styles, dark start, and the strip that says what the tool is for, at the lower edge of every page."""
    st.html(_page_html(), unsafe_allow_javascript=True)
