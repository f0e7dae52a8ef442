"""Legible in both themes, and levels that can be told apart."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from spine_models.core.landmarks import LEVELS
from spine_models.ui.theme import level_colour

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("text", ["textColor", "linkColor", "primaryColor"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_text_stands_out(theme, text, ground):
    colours = CONFIG["theme"][theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_one_logo_stands_out_in_both_themes(theme):
    picture = (Path(__file__).parents[2] / "assets" / "icons" / "logo.svg").read_text(encoding="utf-8")
    for colour in set(re.findall(r'fill="(#\w{6})"', picture)):
        assert contrast(colour, CONFIG["theme"][theme]["backgroundColor"]) >= 4


@pytest.mark.parametrize("level", LEVELS)
def test_levels_stand_out_on_dark_film(level):
    assert contrast(level_colour(level), "#000000") >= 4.5


def test_neighbouring_levels_differ_in_lightness_not_only_in_hue():
    assert all(contrast(level_colour(a), level_colour(b)) > 1.2 for a, b in pairwise(LEVELS))
