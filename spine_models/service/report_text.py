"""The report in words: what a radiologist would sign after checking and editing it, and no more than was measured.

A statement for every level (deformed or not, and how), as in the structured reports of Han Z, et al. Spine-GAN:
semantic segmentation of multiple spinal structures. Med Image Anal 2018;50:23-35; here made from the measurements by
rule, so that every word can be traced to a number.
"""

from __future__ import annotations

from .. import INTENDED_USE, __version__
from ..core.cobb import MINIMUM_ANGLE, Curve, severity
from ..core.deformity import Translation
from ..core.deformity_reference import CENTRAL, reference_ranges
from ..core.hanging import Side, side_name
from ..core.lenke import LIMITS, NAMES
from .report import Report
from .report_rows import DEFORMED, NOTHING, UNKNOWN, WITHIN, LevelRow, curve_row, distance, level_rows, stance_rows

REGION_NAMES = {"PT": "Proximal thoracic", "MT": "Main thoracic", "TL/L": "Thoracolumbar or lumbar"}

_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six")

_SHAPES = {DEFORMED: "deformed", WITHIN: "shape within range", UNKNOWN: "shape not judged"}

SHAPE_NOTE = (
    "A shape rests on four corners, and one that is off by a tenth of the vertebra's width turns its endplate by about "
    "6°: look at the film before you call a vertebra deformed."
)
SIDES_NOTE = "Sides are those of the film as shown."
PATIENT_SIDES_NOTE = "Left and right are the patient's (pt); the patient's left is on the {} of the film."
READERS_NOTE = "Human readers differ by 3–5° in a Cobb angle."
PROXY_NOTE = "T1 stands for C7 and the centre of L5 for the sacrum, which are not marked."


def report_text(report: Report) -> str:
    """The whole report as plain text, sections under headings in capitals."""
    sections = {
        "CURVES": curve_sentences(report),
        "BALANCE AND TILT": stance_sentences(report),
        "VERTEBRAE": shape_sentences(report),
        "LEVEL BY LEVEL": level_sentences(report),
        "RELIABILITY": reliability_sentences(report),
        "NOTES": notes(report),
    }
    head = ["FRONTAL SPINE FILM: SPINAL DEFORMITY", *subject_lines(report)]
    body = [f"{title}\n" + "\n".join(sentences) for title, sentences in sections.items() if sentences]
    return "\n\n".join(["\n".join(head), *body, INTENDED_USE]) + "\n"


def subject_lines(report: Report) -> list[str]:
    """What the user typed about the case."""
    subject = report.subject
    lines = {"Pseudonym": subject.pseudonym, "Film of": subject.film_date, "Note": " ".join(subject.notes.split())}
    return [f"{what}: {value}" for what, value in lines.items() if value]


def curve_sentences(report: Report) -> list[str]:
    """How many curves, each of them, and the pattern they make."""
    if not report.curves:
        largest = report.largest
        return [f"No curve of {MINIMUM_ANGLE:.0f}° or more. The largest angle is {largest.angle:.1f}°, between "
                f"{largest.upper} and {largest.lower}."]
    count = len(report.curves)
    number = _COUNTS[count] if count < len(_COUNTS) else str(count)
    first = f"{number} {'curve' if count == 1 else 'curves'} of {MINIMUM_ANGLE:.0f}° or more."
    found = zip(report.curves, report.intervals, report.deformity.translations)
    return [first, *(_curve_sentence(*curve, report.patient_left) for curve in found), *pattern_sentences(report)]


def pattern_sentences(report: Report) -> list[str]:
    """Lenke's types that remain possible; nothing without a curve."""
    pattern = report.pattern
    if pattern is None:
        return []
    types = " or ".join(f"{number} ({NAMES[number]})" for number in pattern.types)
    found = f"possible Lenke type {types}" if types else "none of Lenke's types, whose major curve is never proximal"
    lumbar = f", lumbar modifier {pattern.lumbar}" if pattern.lumbar else ""
    return [f"Coronal pattern: {REGION_NAMES[pattern.major].lower()} curve largest, {found}{lumbar}."]


def stance_sentences(report: Report) -> list[str]:
    """Balance, shift and tilts."""
    return [f"{what}: {value}." for what, value in stance_rows(report.deformity, ())]


def shape_sentences(report: Report) -> list[str]:
    """Which vertebrae and disc spaces are unusual for their level."""
    rows = level_rows(report.deformity)
    deformed = [row.level for row in rows if row.shape == DEFORMED]
    discs = [f"{row.space} {row.disc.text}" for row in rows if row.disc.outside]
    tilted = [f"{row.level} {row.tilt.text}" for row in rows if row.tilt.outside]
    return [
        f"{len(deformed) or 'None'} of {len(rows)} vertebrae deformed{_listed(deformed)}.",
        *([f"Disc spaces wedged beyond their range, with the taller side{_listed(discs)}."] if discs else []),
        *([f"Tilted beyond the range of their level, with the lower side{_listed(tilted)}."] if tilted else []),
    ]


def level_sentences(report: Report) -> list[str]:
    """A line for every vertebra."""
    return [_level_sentence(row) for row in level_rows(report.deformity)]


def reliability_sentences(report: Report) -> list[str]:
    """Who placed the corners, and what speaks against relying on the numbers."""
    turned = report.source.hanging.sentence()
    return [provenance_sentence(report), edited_sentence(report), *([turned] if turned else []), *report.doubts]


def notes(report: Report) -> list[str]:
    """How the words and numbers of this report are to be understood."""
    films = reference_ranges().films
    deformed = (f"Deformed: wedge or height ratio outside the range that holds {CENTRAL * 100:.0f} % of the vertebrae "
                f"of that level on {films} reference films, mostly of patients with scoliosis.")
    sure = "90 %: range that holds the angle on nine films of ten." if any(report.intervals) else ""
    pattern, proxies = LIMITS if report.pattern else "", PROXY_NOTE if report.deformity.balance else ""
    return [note for note in (sides_note(report), READERS_NOTE, sure, proxies, deformed, SHAPE_NOTE, pattern) if note]


def sides_note(report: Report) -> str:
    """Whose left and right are meant."""
    return PATIENT_SIDES_NOTE.format(report.patient_left) if report.patient_left else SIDES_NOTE


def provenance_sentence(report: Report) -> str:
    """Which program and model measured."""
    model = report.source.model
    weights = f", weights {model.weights_sha256[:12]}" if model and model.weights_sha256 else ""
    return f"Measured with spine_models {__version__}, landmarks by {model.name if model else 'hand'}{weights}."


def edited_sentence(report: Report) -> str:
    """Whether, and where, a human placed corners."""
    human = int((report.landmarks.source == "human").sum())
    total = report.landmarks.source.size
    if not human:
        return "No corner was edited by a human."
    where = "" if human == total else f": {', '.join(report.edited)}"
    return f"{'All' if human == total else f'{human} of'} {total} corners were placed by a human{where}."


def _curve_sentence(curve: Curve, interval: tuple[float, float] | None, translation: Translation | None,
                    patient_left: Side | None) -> str:
    row, side = curve_row(curve, interval), side_name(curve.side, patient_left)
    sure = f" (90 % interval {row['90 %']}°)" if interval else ""
    apex = f" The apex lies {distance(translation.distance)} of {translation.origin}'s vertical." if translation else ""
    return (f"{REGION_NAMES[curve.region]} curve, convex to the {side}, {row['Levels']}, apex {curve.apex}: "
            f"{row['Angle']}{sure}, {severity(curve.angle)}.{apex}")


def _level_sentence(row: LevelRow) -> str:
    wedge = _worded(row.wedge.text, "wedge {}, taller on the {}", "not wedged", "wedge not measurable")
    tilt = _worded(row.tilt.text, "tilt {}, {} side lower", "level", "tilt not measurable")
    beyond = f" (usual {row.wedge.usual})" if row.wedge.outside else ""
    ratio = f", left/right height {row.ratio.text} (usual {row.ratio.usual})" if row.ratio.outside else ""
    return f"{row.level}: {_SHAPES[row.shape]}, {wedge}{beyond}{ratio}; {tilt}."


def _worded(cell: str, sided: str, none: str, unknown: str) -> str:
    """Words for a cell such as "3.2° left"."""
    if cell == NOTHING:
        return unknown
    size, _, side = cell.partition(" ")
    return sided.format(size, side) if side else none


def _listed(items: list[str]) -> str:
    return f": {', '.join(items)}" if items else ""
