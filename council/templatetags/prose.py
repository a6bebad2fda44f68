"""What advisors write, as safe markup: paragraphs, lists and bold words, nothing else. Everything is escaped first."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_NUMBERED = re.compile(r"^\s*(\d{1,4})[.)]\s+")
_BULLET = re.compile(r"^\s*[-*•]\s+")
_BOLD = re.compile(r"\*\*([^*\n]{1,300})\*\*")
_HEADING = re.compile(r"^\s*#{1,6}\s+")


@register.filter
def prose(text: str) -> SafeString:
    """Plain text with blank lines, `1.` and `-` items and `**bold**`. static/js/council-prose.js does the same."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return mark_safe("".join(_block(block) for block in blocks if block.strip()))  # noqa: S308 -- each part is escaped


def _block(block: str) -> str:
    parts: list[str] = []
    for kind, lines in _runs(block.split("\n")):
        if kind == "p":
            parts.append(f"<p>{'<br>'.join(lines)}</p>")
        else:
            parts.append(f"<{kind}>{''.join(lines)}</{kind}>")
    return "".join(parts)


def _runs(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Neighbouring lines of one kind: `ol`, `ul` or `p`."""
    runs: list[tuple[str, list[str]]] = []
    for line in lines:
        number = _NUMBERED.match(line)
        kind = "ol" if number else "ul" if _BULLET.match(line) else "p"
        words = _BOLD.sub(r"<strong>\1</strong>", str(escape(_strip(line))))
        if not words:
            continue
        if kind != "p":
            # A list may be broken up by other lines; its numbers go on all the same.
            words = f'<li value="{number[1]}">{words}</li>' if number else f"<li>{words}</li>"
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(words)
        else:
            runs.append((kind, [words]))
    return runs


def _strip(line: str) -> str:
    return _HEADING.sub("", _BULLET.sub("", _NUMBERED.sub("", line, count=1), count=1)).strip()
