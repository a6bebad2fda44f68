"""What an MP4 is made of: boxes within boxes. Only their heads are read, and never more than MOST_BOXES of them."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

MOST_BOXES = 5000
WAY = (b"moov", b"trak", b"mdia", b"hdlr")


def handlers(content: BinaryIO) -> set[bytes]:
    """What its tracks are for: `soun`, `vide`, `text`, ... Empty where it names none."""
    size = content.seek(0, 2)
    found = set()
    for start, _ in boxes_at(content, 0, size, WAY, [MOST_BOXES]):
        content.seek(start + 8)  # behind its version and a field of QuickTime's
        found.add(content.read(4))
    return found


def boxes_at(
    content: BinaryIO, start: int, end: int, way: tuple[bytes, ...], left: list[int]
) -> Iterator[tuple[int, int]]:
    """Where the insides of the boxes at the end of `way` begin and end; `left` counts down for all of them together."""
    for kind, inside, behind in boxes(content, start, end):
        left[0] -= 1
        if left[0] < 0:
            return
        if kind != way[0]:
            continue
        if len(way) == 1:
            yield inside, behind
        else:
            yield from boxes_at(content, inside, behind, way[1:], left)


def boxes(content: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning and end of each inside; a size of 1 stands for a longer one behind it, 0 for all that is left."""
    while start + 8 <= end:
        content.seek(start)
        head = content.read(16)
        if len(head) < 8:
            return
        size, inside = struct.unpack(">I", head[:4])[0], start + 8
        if size == 1 and len(head) == 16:
            size, inside = struct.unpack(">Q", head[8:])[0], start + 16
        behind = end if size == 0 else min(start + size, end)
        if behind < inside:
            return
        yield head[4:8], inside, behind
        start = behind
