"""Geometry for templates: the pattern that stands in for a cover, bars, lines and splits. Drawn as SVG by templates/pieces/."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, groupby
from random import Random
from typing import Any
from zlib import crc32

import qrcode
from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.money import EXPONENTS

register = template.Library()

SIDE = 120
"""The pattern's square, in its own units."""

TONES = ("art-light", "art-main", "art-deep", "art-spark")


def shape(name: str, tone: str, **given: float | str) -> SafeString:
    attributes = format_html_join("", ' {}="{}"', ((key.replace("_", "-"), value) for key, value in given.items()))
    return format_html('<{} class="{}"{}/>', name, tone, attributes)


def arches(rnd: Random) -> Iterable[SafeString]:
    """A colonnade: nested arches side by side, a sun behind one of them."""
    count = rnd.choice((2, 3, 4))
    width, base = SIDE / count, SIDE - rnd.choice((0, 14, 22))
    sunny = rnd.randrange(count)
    yield shape("rect", "art-light", width=SIDE, height=SIDE)
    for index in range(count):
        left, height = index * width, rnd.choice((76, 88, 100))
        for step, tone in enumerate(("art-main", "art-deep", "art-spark" if index == sunny else "art-ground")):
            inset = width * (0.06 + step * 0.13)
            radius = width / 2 - inset
            top = base - height + inset
            yield shape(
                "path",
                tone,
                d=f"M{left + inset:.1f} {base:.1f}V{top + radius:.1f}a{radius:.1f} {radius:.1f} 0 0 1 {radius * 2:.1f} 0V{base:.1f}z",
            )
    yield shape("rect", "art-deep", y=f"{base:.1f}", width=SIDE, height=f"{SIDE - base:.1f}")


def horizon(rnd: Random) -> Iterable[SafeString]:
    """A sun over long hills."""
    x, y, radius = rnd.randint(34, 86), rnd.randint(34, 58), rnd.randint(16, 28)
    yield shape("circle", "art-spark", cx=x, cy=y, r=radius)
    for step, tone in enumerate(("art-light", "art-main", "art-deep")):
        level = 60 + step * 19
        lift, dip = rnd.randint(8, 26), rnd.randint(-6, 18)
        yield shape(
            "path",
            tone,
            d=f"M0 {level}C30 {level - lift} 54 {level + dip} 78 {level - 4}S108 {level - lift} 120 {level - dip}V120H0z",
        )


def quarters(rnd: Random) -> Iterable[SafeString]:
    """A floor of quarter circles."""
    cells = rnd.choice((3, 4))
    side = SIDE / cells
    yield shape("rect", "art-light", width=SIDE, height=SIDE)
    for index in range(cells * cells):
        x, y = index % cells * side, index // cells * side
        turn, tone = rnd.choice((0, 90, 180, 270)), rnd.choice(TONES[1:])
        if rnd.random() < 0.4:
            yield shape("rect", "art-ground", x=f"{x:.1f}", y=f"{y:.1f}", width=f"{side:.1f}", height=f"{side:.1f}")
        if rnd.random() < 0.86:
            path = f"M{x:.1f} {y:.1f}h{side:.1f}a{side:.1f} {side:.1f} 0 0 1 -{side:.1f} {side:.1f}z"
            yield shape("path", tone, d=path, transform=f"rotate({turn} {x + side / 2:.1f} {y + side / 2:.1f})")


def rings(rnd: Random) -> Iterable[SafeString]:
    """Circles that share a foot, like a sound that spreads."""
    x, y = rnd.choice((0, 36, 60, 84, 120)), rnd.choice((60, 120, 120))
    tones = rnd.sample(TONES, 4)
    for step in range(7):
        yield shape("circle", tones[step % 4] if step % 2 else "art-ground", cx=x, cy=y, r=112 - step * 16)


def bands(rnd: Random) -> Iterable[SafeString]:
    """Broad slanting cloth with one bright thread."""
    slant, edge = rnd.choice((-50, -30, 30, 50)), -60
    bright = rnd.randrange(2, 6)
    for index in range(9):
        width = rnd.choice((8, 14, 20, 30))
        tone = "art-spark" if index == bright else TONES[index % 3]
        yield shape("path", tone, d=f"M{edge} 0h{width}l{slant} 120h-{width}z")
        edge += width + rnd.choice((4, 10, 16))


def vessels(rnd: Random) -> Iterable[SafeString]:
    """Half circles stacked like bowls on a shelf."""
    yield shape("rect", "art-light", y=rnd.choice((60, 80)), width=SIDE, height=SIDE)
    for column in range(2):
        for row in range(3):
            x, y, flip = 30 + column * 60, 40 * row + 8, rnd.random() < 0.5
            radius = rnd.choice((20, 26, 28))
            start, sweep = (y + 28, 1) if flip else (y + 2, 0)
            yield shape(
                "path", rnd.choice(TONES[1:]), d=f"M{x - radius} {start}a{radius} {radius} 0 0 {sweep} {radius * 2} 0z"
            )


PATTERNS: Sequence[Callable[[Random], Iterable[SafeString]]] = (arches, horizon, quarters, rings, bands, vessels)


@register.simple_tag
def pattern(subject: object) -> SafeString:
    """Shapes for a 120 by 120 square, drawn from an id: the same id is always the same picture."""
    seed = crc32(f"cover:{subject}".encode())
    shapes = PATTERNS[seed % len(PATTERNS)](Random(seed))  # noqa: S311 -- a picture, not a secret
    return SafeString("".join(shapes))


WAVE_WIDTH, WAVE_HEIGHT = 600, 100
"""The field that `wave` draws in."""


@register.filter
def wave(peaks: Sequence[int], count: int = 120) -> str:
    """The loudness of a sound as `count` upright strokes, the loudest as high as the field: the path of an SVG, to be
    stroked. Of no peaks, a line."""
    if not peaks:
        return f"M0 {WAVE_HEIGHT // 2}H{WAVE_WIDTH}"
    size, top, room = len(peaks), max(peaks) or 1, WAVE_WIDTH / count
    parts = (peaks[at * size // count : max((at + 1) * size // count, at * size // count + 1)] for at in range(count))
    strokes = []
    for at, part in enumerate(parts):
        half = max(max(part) / top * (WAVE_HEIGHT / 2 - 2), 1.5)
        strokes.append(f"M{(at + 0.5) * room:.1f} {WAVE_HEIGHT / 2 - half:.1f}v{half * 2:.1f}")
    return "".join(strokes)


FEW = 4
"""How many labels have room in any chart."""
TALL = 150
"""How high the highest bar may be: as high as the chart's uppermost line."""


def round_top(highest: float) -> float:
    """The smallest round number that nothing passes: 2, 4, 6, 8 or 10 times a power of ten, so that its half is round too."""
    step = 1
    while highest > 10 * step:
        step *= 10
    return next(part * step for part in (2, 4, 6, 8, 10) if highest <= part * step)


def in_short(value: float, currency: str) -> str:
    """A number beside a line, in as few signs as are true: `1.2M EUR`, `40k EUR`, `0.50 EUR`."""
    digits = EXPONENTS.get(currency, 2) if currency else 0
    whole = Decimal(str(value)).scaleb(-digits)
    if whole >= 1_000_000:
        text = f"{(whole / 1_000_000).normalize():,f}M"
    elif whole >= 10_000:
        text = f"{(whole / 1000).normalize():,f}k"
    elif whole == whole.to_integral_value():
        text = f"{whole:,.0f}"
    else:
        text = f"{whole:,.{digits}f}" if currency else f"{whole.normalize():f}"
    return f"{text} {currency}".strip()


@register.simple_tag
def scale(points: Sequence[Mapping[str, Any]], currency: str = "", kind: str = "bars") -> list[str]:
    """What the chart's three lines stand for, the uppermost first. With a `currency` the values are its minor units."""
    values = [float(point["value"]) for point in points] or [0.0]
    low, top = (min(values), max(values)) if kind == "line" else (0.0, round_top(max(values)))
    return [in_short(value, currency) for value in (top, (low + top) / 2, low)]


@register.filter
def bars(points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`[{label, value, text?}]` as bars in a 600 by 160 field: each gets x, y, width, height and whether to show its label,
    also where there is little room."""
    top = round_top(max((float(point["value"]) for point in points), default=0.0))
    room = 600 / max(len(points), 1)
    every = -(-len(points) // 12) or 1
    return [
        {
            **point,
            "x": round(index * room + room * 0.14, 1),
            "width": round(room * 0.72, 1),
            "height": round(max(float(point["value"]) / top * TALL, 1.5), 1),
            "y": round(160 - max(float(point["value"]) / top * TALL, 1.5), 1),
            "labelled": index % every == 0,
            "is_minor": len(points) > FEW and index // every % 2 == 1,
        }
        for index, point in enumerate(points)
    ]


@register.simple_tag
def spark(values: Sequence[float], *, width: int = 100, height: int = 30) -> dict[str, str]:
    """A line through `values`: `{line, area}` as SVG paths in a field of width by height. Fewer than two values draw nothing."""
    if len(values) < 2:
        return {"line": "", "area": ""}
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = width / (len(values) - 1)
    spots = [
        f"{index * step:.1f} {height - 2 - (value - low) / span * (height - 4):.1f}"
        for index, value in enumerate(values)
    ]
    line = "M" + "L".join(spots)
    return {"line": line, "area": f"{line}V{height}H0z"}


@register.filter
def dots(points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`[{label, value}]` as spots on the line that `spark` draws in 600 by 160."""
    values = [float(point["value"]) for point in points]
    if len(values) < 2:
        return []
    low, span = min(values), (max(values) - min(values)) or 1
    step, every = 600 / (len(values) - 1), -(-len(values) // 12)
    return [
        {
            **point,
            "x": round(index * step, 1),
            "y": round(158 - (value - low) / span * 156, 1),
            "labelled": index % every == 0,
            "is_minor": len(points) > FEW and index // every % 2 == 1,
        }
        for index, (point, value) in enumerate(zip(points, values, strict=True))
    ]


@register.filter
def split(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`[{label, value}]` as pieces of one bar 600 wide: each gets x, width, share in whole percent and a hue."""
    values = [float(part["value"]) for part in parts]
    whole = sum(values) or 1.0
    starts = [0.0, *accumulate(values)]
    return [
        {
            **part,
            "x": round(start / whole * 600, 1),
            "width": round(max(value / whole * 600 - 2, 0), 1),
            "share": round(value / whole * 100),
            "hue": f"hue-{index * 7 % 12}",
        }
        for index, (part, value, start) in enumerate(zip(parts, values, starts, strict=False))
    ]


@register.filter
def field_values(points: Iterable[Mapping[str, Any]]) -> list[float]:
    """The bare values of `[{label, value}]`."""
    return [float(point["value"]) for point in points]


@register.simple_tag
def qr(text: str) -> dict[str, Any]:
    """`text` as a QR code: `side` in modules, the quiet zone of four included, and `path` of its dark ones as runs."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    return {"side": len(rows), "path": "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in dark_runs(rows))}


def dark_runs(rows: Sequence[Sequence[bool]]) -> Iterable[tuple[int, int, int]]:
    """Neighbours in a row drawn as one, so that no seam shows between them: (x, y, width)."""
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            width = len(list(run))
            if is_dark:
                yield x, y, width
            x += width
