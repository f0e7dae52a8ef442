"""Follow-up in the PDF: the Cobb angle of each curve over the dated films of one pseudonym."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reportlab.graphics.shapes import Circle, Drawing, Line, String

from .cases.follow_up import Course
from .report_style import COURSE_COLOURS, PLAIN, QUIET, RULE

_LEFT, _RIGHT, _TOP, _BOTTOM = 22, 34, 6, 14  # points round the plot, for its labels
_STEPS = (5, 10, 20, 30)
_MOST_LINES = 5
_SIZE = 6


def seen_twice(courses: Sequence[Course]) -> list[Course]:
    """The curves that were measured on two films or more, as many as there are colours for, the largest first."""
    repeated = [course for course in courses if course.free]
    repeated.sort(key=lambda course: -max(angle for _, angle in _angles(course)))
    return repeated[: len(COURSE_COLOURS)]


def course_plot(courses: Sequence[Course], width: float, height: float) -> Drawing:
    """Angles of these courses between the most tilted vertebrae of each film, points on a time scale."""
    drawing = Drawing(width, height)
    days = [day for course in courses for day, _ in _angles(course)]
    largest = max(angle for course in courses for _, angle in _angles(course))
    step = next((step for step in _STEPS if largest / step <= _MOST_LINES), _STEPS[-1])
    top = step * (int(largest // step) + 1)

    def place(day: date, angle: float) -> tuple[float, float]:
        part = (day - min(days)).days / max(1, (max(days) - min(days)).days)
        return _LEFT + part * (width - _LEFT - _RIGHT), _BOTTOM + angle / top * (height - _TOP - _BOTTOM)

    for angle in range(0, top + 1, step):
        y = place(min(days), angle)[1]
        drawing.add(Line(_LEFT, y, width - _RIGHT + 8, y, strokeColor=RULE, strokeWidth=0.5))
        drawing.add(_text(_LEFT - 4, y - 2, f"{angle}°", "end"))
    drawing.add(_text(_LEFT, 3, str(min(days)), "start"))
    drawing.add(_text(width - _RIGHT + 8, 3, str(max(days)), "end"))
    ends = _spread([place(*_angles(course)[-1])[1] for course in courses])
    for course, colour, label_y in zip(courses, COURSE_COLOURS, ends):
        _add_course(drawing, [place(*dated) for dated in _angles(course)], colour)
        last = _angles(course)[-1][1]
        drawing.add(_text(width - _RIGHT + 11, label_y - 2, f"{last:.1f}°", "start", colour))
    return drawing


def course_sentence(course: Course) -> str:
    """Such as "MT left, apex T8: 32.1° to 45.0° (+12.9°; between the end vertebrae of the first film +11.2°)."."""
    (_, first), (_, last) = _angles(course)[0], _angles(course)[-1]
    locked = f"; between the end vertebrae of the first film {_signed(course.locked.degrees)}" if course.locked else ""
    return (f"{course.region} {course.side}, apex {course.apex}: {first:.1f}° to {last:.1f}° "
            f"({_signed(course.free.degrees)}{locked}).")


def _signed(degrees: float) -> str:
    return f"{degrees:+.1f}°".replace("-", "−")


def _angles(course: Course) -> list[tuple[date, float]]:
    return [(point.film_date, point.free.degrees) for point in course.points if point.free]


def _add_course(drawing: Drawing, places: Sequence[tuple[float, float]], colour) -> None:
    for (x0, y0), (x1, y1) in zip(places, places[1:]):
        drawing.add(Line(x0, y0, x1, y1, strokeColor=colour, strokeWidth=1.1))
    for x, y in places:
        drawing.add(Circle(x, y, 1.9, fillColor=colour, strokeColor=None))


def _spread(heights: Sequence[float]) -> list[float]:
    """Heights of labels, moved up where two would overlap."""
    placed: dict[int, float] = {}
    floor = 0.0
    for row in sorted(range(len(heights)), key=heights.__getitem__):
        placed[row] = max(heights[row], floor)
        floor = placed[row] + _SIZE + 0.5
    return [placed[row] for row in range(len(heights))]


def _text(x: float, y: float, text: str, anchor: str, colour=QUIET) -> String:
    return String(x, y, text, fontName=PLAIN, fontSize=_SIZE, fillColor=colour, textAnchor=anchor)
