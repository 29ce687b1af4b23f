"""A runbook as a drawing: steps below each other, ends at the right, ways to other steps by lanes at the left; pure.

A draft is drawn as it is: an edge to nowhere ends in a box of its own, a step that nobody reaches stands last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten, wrap

from django.utils.translation import gettext as _

from knowledge.runbook_steps import MOST_WAITS, End, Step, edges_of, target_of

WIDE, HIGH, BETWEEN = 300, 96, 56  # a step's box, and the space below it
TO_END, END_WIDE, END_HIGH = 96, 210, 30
MARGIN, TO_LANES, LANE, CORNER = 12, 76, 20, 8
OUT = {"success": 34, "failure": 72}  # how far down a box an edge leaves it
DOWN = {"success": WIDE // 2 - 60, "failure": WIDE // 2 + 60}
LETTERS = 36  # of a line in a box


@dataclass(frozen=True)
class Box:
    """A step; ``lines`` are its action's."""

    key: str
    label: str
    lines: list[str]
    waits: str
    is_wrong: bool
    x: int
    y: int


@dataclass(frozen=True)
class EndBox:
    """Where a walk ends, or an edge that leads nowhere."""

    label: str
    kind: str
    x: int
    y: int


@dataclass(frozen=True)
class Edge:
    """``path`` is that of SVG; ``kind`` is success, failure or wait."""

    path: str
    kind: str
    label: str
    label_x: int
    label_y: int
    anchor: str


@dataclass(frozen=True)
class Graph:
    """A drawing of ``width`` by ``height``."""

    boxes: list[Box]
    ends: list[EndBox]
    edges: list[Edge]
    width: int
    height: int


def draw(steps: Sequence[Step], *, wrong: Collection[int] = ()) -> Graph:
    """Place every step and edge; ``wrong`` are the places of steps that have a problem."""
    rows = {place: row for row, place in enumerate(_order(steps))}
    lanes = _lanes(steps, rows)
    left = MARGIN + TO_LANES + LANE * (max(lanes.values(), default=-1) + 1)
    boxes = [_box(step, left, _top(rows[place]), place in wrong) for place, step in enumerate(steps)]
    ends, edges = list[EndBox](), list[Edge]()
    arrived: dict[int, int] = {}
    for place, row in rows.items():
        step, top = steps[place], _top(row)
        for way, edge in edges_of(step).items():
            target = target_of(edge, steps)
            kind = "wait" if way == "success" and step["waits_for_customer"] else way
            if not isinstance(target, dict):
                ends.append(_end(target, edge, left + WIDE + TO_END, top + OUT[way]))
                edges.append(_to_end(left + WIDE, top + OUT[way], kind))
            elif (place, way) in lanes:
                onto = target["number"] - 1
                arrived[onto] = arrived.get(onto, -1) + 1
                lane = left - TO_LANES - LANE * lanes[place, way]
                edges.append(_by_lane(left, lane, top + OUT[way], _top(rows[onto]) + 14 + 12 * arrived[onto], kind))
            else:
                edges.append(_down(left + DOWN[way], top + HIGH, kind))
    width = left + WIDE + (TO_END + END_WIDE if ends else 0) + MARGIN
    return Graph(boxes, ends, edges, width, _top(len(steps)) - BETWEEN + MARGIN)


def told(edge: str, steps: Sequence[Step]) -> str:
    """Where an edge leads, in words."""
    target = target_of(edge, steps)
    if isinstance(target, End):
        return str(target.label)
    if target is None:
        return _("nowhere: “%s” is no step and no end") % edge
    return _("step %(number)s, %(key)s") % {"number": target["number"], "key": target["key"]}


def _order(steps: Sequence[Step]) -> list[int]:
    """Each step after those that lead to it, as far as circles allow; the way of success comes first."""
    seen: set[int] = set()
    order: list[int] = []
    for start in range(len(steps)):
        finished = list[int]()
        to_visit = [(start, False)]
        while to_visit:
            place, is_done = to_visit.pop()
            if is_done:
                finished.append(place)
            elif place not in seen:
                seen.add(place)
                to_visit.append((place, True))
                to_visit += [(onto, False) for onto in _onward(steps, place)]
        order += reversed(finished)
    return order


def _onward(steps: Sequence[Step], place: int) -> list[int]:
    """Visited from the last to the first, so that what succeeds is finished last and stands first."""
    step = steps[place]
    ways = [way for way in ("success", "failure") if not (way == "success" and step["waits_for_customer"])]
    targets = [target_of(edges_of(step)[way], steps) for way in ways]
    return [target["number"] - 1 for target in targets if isinstance(target, dict)]


def _lanes(steps: Sequence[Step], rows: Mapping[int, int]) -> dict[tuple[int, str], int]:
    """Which lane each edge takes that does not lead straight down to the next row: short ones the inner lanes."""
    long = list[tuple[int, int, tuple[int, str]]]()
    for place, step in enumerate(steps):
        for way, edge in edges_of(step).items():
            target = target_of(edge, steps)
            if isinstance(target, dict) and rows[target["number"] - 1] != rows[place] + 1:
                onto = rows[target["number"] - 1]
                long.append((min(rows[place], onto), max(rows[place], onto), (place, way)))
    lanes: dict[tuple[int, str], int] = {}
    taken: list[list[tuple[int, int]]] = []
    for first, last, name in sorted(long, key=lambda one: (one[1] - one[0], one)):
        lane = next(
            (number for number, spans in enumerate(taken) if all(last < a or b < first for a, b in spans)), len(taken)
        )
        if lane == len(taken):
            taken.append([])
        taken[lane].append((first, last))
        lanes[name] = lane
    return lanes


def _top(row: int) -> int:
    return MARGIN + row * (HIGH + BETWEEN)


def _box(step: Step, x: int, y: int, is_wrong: bool) -> Box:
    lines = wrap(step["action"], LETTERS, max_lines=2, placeholder=" …")
    label = f"{step['number']} · {shorten(step['key'], LETTERS + 4, placeholder='…')}"
    waits = _("waits for the customer, %s times at most") % MOST_WAITS if step["waits_for_customer"] else ""
    return Box(step["key"], label, lines, waits, is_wrong, x, y)


def _end(target: End | None, edge: str, x: int, middle: int) -> EndBox:
    kind = "nowhere" if target is None else "resolve" if target == End.RESOLVE else "escalate"
    label = str(target.label) if target is not None else shorten(f"? {edge}", 28, placeholder="…")
    return EndBox(label, kind, x, middle - END_HIGH // 2)


def _to_end(x: int, y: int, kind: str) -> Edge:
    return Edge(f"M{x} {y} H{x + TO_END}", kind, _said(kind), x + TO_END // 2 - 4, y - 5, "middle")


def _down(x: int, y: int, kind: str) -> Edge:
    return Edge(f"M{x} {y} V{y + BETWEEN}", kind, _said(kind), x + 8, y + BETWEEN // 2 + 4, "start")


def _by_lane(x: int, lane: int, start: int, end: int, kind: str) -> Edge:
    """Out at the left, along the lane, and in at the left of the other step."""
    turn = CORNER if end > start else -CORNER
    path = (
        f"M{x} {start} H{lane + CORNER} Q{lane} {start} {lane} {start + turn} V{end - turn} "
        f"Q{lane} {end} {lane + CORNER} {end} H{x}"
    )
    return Edge(path, kind, _said(kind), x - 8, start + 14, "end")


def _said(kind: str) -> str:
    return {"success": _("success"), "failure": _("failure"), "wait": _("answered")}[kind]
