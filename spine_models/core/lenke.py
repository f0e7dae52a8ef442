"""The coronal curve pattern in the manner of Lenke, as far as one upright frontal film can tell it.

Lenke LG, et al. Adolescent idiopathic scoliosis: a new classification to determine extent of spinal arthrodesis. J Bone
Joint Surg Am 2001;83:1169-1181.

A type of Lenke's says which curves are structural. The major curve, the largest one, always is. A minor curve is when
25 degrees or more of it remain on side bending, or when the sagittal film shows a kyphosis at its place. Bending does
not make a curve larger than it is upright, so a minor curve under 25 degrees is not structural by bending; for a
larger one only the bending film can tell. Hence an upright film gives the types that are possible, often several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from .cobb import Curve
from .landmarks import Landmarks

STRUCTURAL = 25.0
"""Degrees a minor curve must keep on side bending to be structural."""

REGIONS = ("PT", "MT", "TL/L")

TYPES = {
    (False, True, False, "MT"): 1,
    (True, True, False, "MT"): 2,
    (False, True, True, "MT"): 3,
    (True, True, True, "MT"): 4,
    (True, True, True, "TL/L"): 4,
    (False, False, True, "TL/L"): 5,
    (False, True, True, "TL/L"): 6,
}
"""(PT, MT, TL/L structural, region of the major curve) to Lenke's type."""

NAMES = {1: "main thoracic", 2: "double thoracic", 3: "double major", 4: "triple major",
         5: "thoracolumbar/lumbar", 6: "thoracolumbar/lumbar and main thoracic"}

LIMITS = (
    "Lenke: possible types only, for which minor curves are structural is decided on side-bending and sagittal films; "
    "the lumbar modifier takes the centre of L5 for the sacrum and cannot tell A from B without the pedicles; made for "
    "adolescent idiopathic scoliosis before surgery."
)


@dataclass(frozen=True)
class CoronalPattern:
    """major: region of the largest curve. angles: degrees of the largest curve of each region that has one.

    types: Lenke types that are possible; empty where the major curve is proximal thoracic, or where the possible
    combinations are none of Lenke's. lumbar: "A or B", or "C" where the sacral line passes beside the apical vertebra
    of the TL/L curve; None without such a curve or without L5.
    """

    major: str
    angles: dict[str, float]
    types: tuple[int, ...]
    lumbar: str | None


def coronal_pattern(landmarks: Landmarks, curves: Sequence[Curve]) -> CoronalPattern | None:
    """The pattern of these curves, as measured on these landmarks; None without a curve."""
    if not curves:
        return None
    angles = {region: max(found) for region in REGIONS if (found := [c.angle for c in curves if c.region == region])}
    major = max(angles, key=angles.__getitem__)
    return CoronalPattern(major, angles, _possible_types(major, angles), _lumbar_modifier(landmarks, curves))


def _possible_types(major: str, angles: dict[str, float]) -> tuple[int, ...]:
    choices = [
        (True,) if region == major else (False, True) if angles.get(region, 0.0) >= STRUCTURAL else (False,)
        for region in REGIONS
    ]
    found = {TYPES.get((*structural, major)) for structural in product(*choices)}
    return tuple(sorted(found - {None}))


def _lumbar_modifier(landmarks: Landmarks, curves: Sequence[Curve]) -> str | None:
    lumbar = [curve for curve in curves if curve.region == "TL/L"]
    if not lumbar or "L5" not in landmarks.levels:
        return None
    apex = max(lumbar, key=lambda curve: curve.angle).apex
    across = landmarks.corners[landmarks.index(apex), :, 0]
    sacral_line = landmarks.centres[landmarks.index("L5"), 0]
    return "A or B" if across.min() <= sacral_line <= across.max() else "C"
