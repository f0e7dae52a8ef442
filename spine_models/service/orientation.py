"""Which way up a film lies, said before it is measured."""

from __future__ import annotations

from ..core.errors import ModelError
from ..core.hanging import Hanging, hang
from ..core.radiograph import Radiograph
from ..zoo._finder import shared_finder
from ..zoo._upright import quarter_turns
from .gate import doubted
from .inference import ONE_AT_A_TIME, judge

LIES = {
    1: "This film seems to lie on its side, with the head to the left.",
    2: "This film seems to be upside down.",
    3: "This film seems to lie on its side, with the head to the right.",
}
"""By the quarter turns clockwise that would put the head up."""


def turns_to_upright(film: Radiograph) -> int:
    """Quarter turns clockwise, 0 to 3, that would put the head up; 0 in doubt, and where no finder is trained.

    0 too for what the gate would doubt even after the turn: it is no spine film, and noise has no way up.
    """
    with ONE_AT_A_TIME:
        try:
            turns = quarter_turns(shared_finder(), film.pixels)
        except ModelError:
            return 0
    return 0 if turns and doubted(judge(hang(film, Hanging(turns)))) else turns


def orientation_doubt(film: Radiograph) -> tuple[str, ...]:
    """A sentence for a film that seems to lie wrong."""
    turns = turns_to_upright(film)
    return (f"{LIES[turns]} If so, its numbers are void: turn it and measure again.",) if turns else ()
