"""The picture of an entity and what stands around it, in numbers that a template writes as SVG.

Wide: the entity in the middle, what comes to it at its left, what goes out from it at its right, on two gentle arcs.
Narrow: a stem under the entity with a branch for each. Names stand beside their marks and so never cover each other, and
are shortened to the room there is: which font draws them is the reader's, so letters are taken as a wide one has them.
"""

import unicodedata
from itertools import zip_longest
from math import pi, sin
from typing import Any, NamedTuple

MOST_WIDE, MOST_NARROW = 20, 12
WIDTH, PITCH, EDGE, LOW = 800, 46, 34, 176
REACH, BOW = 166, 36  # how far the ends of an arc stand from the middle, and how far its belly goes beyond
MARK, ICON = 15, 16  # the radius of a neighbour's mark, and the side of the drawing in it
BESIDE, MARGIN = 9, 6  # between a mark and its name, and between a name and the picture's edge
PILL, PILL_HEIGHT = 190, 52  # the most room for the name in the middle, and the height of what holds it
THIN, STEM, BRANCH, HEAD = 360, 30, 74, 66
NAME, TITLE = 14, 16  # sizes of the letters beside a mark and in the middle, as graph.css has them
SLIM, BROAD = set(" .,:;'|!iIjl()[]ftr-·"), set("mwMW@%&…—")


class Drawing(NamedTuple):
    shape: str
    width: float
    height: float
    middle: dict[str, Any]
    places: list[dict[str, Any]]
    more: dict[str, Any] | None


def pictures(name: str, rows: list[dict[str, Any]], total: int) -> list[Drawing]:
    """Both shapes for one entity. `rows` have `name`, `group` and `outward`; `total` is how many there really are."""
    return [wide(name, rows, total), narrow(name, rows, total)] if rows else []


def chosen(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most `most`, some of every group: one that has hundreds leaves room for the others. Those of a group together."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    turns = [row for turn in zip_longest(*groups.values()) for row in turn if row is not None][:most]
    kept = {row["id"] for row in turns}
    return [row for group in groups.values() for row in group if row["id"] in kept]


def short(text: str, room: float, size: float) -> str:
    """`text`, or as much of its beginning as has room, in letters of this size."""
    if breadth(text, size) <= room:
        return text
    kept, taken = 0, breadth("…", size)
    for letter in text:
        taken += breadth(letter, size)
        if taken > room:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def breadth(text: str, size: float) -> float:
    return sum(map(part_of_em, text)) * size


def part_of_em(letter: str) -> float:
    """How broad a letter is in a wide font."""
    if letter in SLIM:
        return 0.41
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.1
    if letter in BROAD:
        return 1
    return 0.73 if letter.isupper() else 0.63


def sides(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Left and right: inward and outward, evened where one side would be more than a row longer. The arrows keep the truth."""
    left = [row for row in rows if not row["outward"]]
    right = [row for row in rows if row["outward"]]
    while len(right) > len(left) + 1:
        left.append(right.pop())
    while len(left) > len(right) + 1:
        right.append(left.pop())
    return left, right


def wide(name: str, rows: list[dict[str, Any]], total: int) -> Drawing:
    shown = chosen(rows, MOST_WIDE - 1 if total > MOST_WIDE else MOST_WIDE)
    left, right = sides(shown)
    slots = max(len(left), len(right))
    height = max(slots * PITCH + 2 * EDGE, LOW)
    middle_x, middle_y = WIDTH / 2, height / 2
    title = short(name, PILL, TITLE)
    half = max(breadth(title, TITLE) / 2 + 18, 52)
    hidden = total - len(shown)
    tail = [{"more": hidden}] if hidden > 0 else []
    places = []
    for side, part in ((-1, left), (1, [*right, *tail])):
        for index, row in enumerate(part):
            y = middle_y + (index - (len(part) - 1) / 2) * PITCH
            bow = BOW * sin(pi * (index + 0.5) / len(part))
            x = middle_x + side * (REACH + bow)
            start, end = middle_x + side * half, x - side * (MARK + 4)
            bend = (start + end) / 2
            places.append(
                {
                    **row,
                    "x": round(x, 1),
                    "y": round(y, 1),
                    "icon_x": round(x - ICON / 2, 1),
                    "icon_y": round(y - ICON / 2, 1),
                    "label_x": round(x + side * (MARK + BESIDE), 1),
                    "anchor": "end" if side < 0 else "start",
                    "short": short(row.get("name", ""), room_beside(x if side < 0 else WIDTH - x), NAME),
                    "line": f"M{start:.1f} {middle_y:.1f}C{bend:.1f} {middle_y:.1f} {bend:.1f} {y:.1f} {end:.1f} {y:.1f}",
                    "arrow": arrow(end, y, side) if row.get("outward") else arrow(start, middle_y, -side),
                }
            )
    middle = {
        "x": round(middle_x - half, 1),
        "y": middle_y - PILL_HEIGHT / 2,
        "width": round(half * 2, 1),
        "height": PILL_HEIGHT,
        "text_x": middle_x,
        "text_y": middle_y,
        "name": title,
    }
    return finished("wide", WIDTH, height, middle, places)


def narrow(name: str, rows: list[dict[str, Any]], total: int) -> Drawing:
    shown = chosen(rows, MOST_NARROW - 1 if total > MOST_NARROW else MOST_NARROW)
    hidden = total - len(shown)
    title = short(name, THIN - 16 - 36, TITLE)
    across = round(max(breadth(title, TITLE) + 36, 90), 1)
    middle = {"x": 8, "y": 8, "width": across, "height": 44, "text_x": 8 + across / 2, "text_y": 30, "name": title}
    places = []
    for index, row in enumerate([*shown, *([{"more": hidden}] if hidden > 0 else [])]):
        y = HEAD + 26 + index * PITCH
        end = BRANCH - MARK - 4
        places.append(
            {
                **row,
                "x": BRANCH,
                "y": y,
                "icon_x": BRANCH - ICON / 2,
                "icon_y": y - ICON / 2,
                "label_x": BRANCH + MARK + BESIDE,
                "anchor": "start",
                "short": short(row.get("name", ""), room_beside(THIN - BRANCH), NAME),
                "line": f"M{STEM} 52V{y - 14}Q{STEM} {y} {STEM + 14} {y}H{end}",
                "arrow": arrow(end, y, 1) if row.get("outward") else f"M{STEM} 53l-4.500 8h9z",
            }
        )
    return finished("narrow", THIN, HEAD + 26 + len(places) * PITCH - 16, middle, places)


def room_beside(way: float) -> float:
    """For a name, from a mark whose middle is this far from the picture's edge."""
    return way - MARK - BESIDE - MARGIN


def arrow(x: float, y: float, way: int) -> str:
    """A head whose tip is at x, y and which looks to the right (1) or to the left (-1)."""
    return f"M{x:.1f} {y:.1f}l{-8 * way} -4.500v9z"


def finished(shape: str, width: float, height: float, middle: dict[str, Any], places: list[dict[str, Any]]) -> Drawing:
    more = places[-1] if places and "more" in places[-1] else None
    return Drawing(shape, width, height, middle, places[:-1] if more else places, more)
