"""Words for templates: money, moments, initials, hues. The pieces in templates/pieces/ are made of these (look.md, Pieces)."""

from datetime import datetime, timedelta
from zlib import crc32

from django import template
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.money import Money

register = template.Library()

HUES = 12
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def money(cents: int | None, currency: str = "EUR") -> str:
    """`1200|money:"EUR"` is `12.00 EUR`. None is an empty string, so that an absent price leaves no trace."""
    return "" if cents is None else str(Money(int(cents), currency))


@register.filter
def price(cents: int | None, currency: str = "EUR") -> str:
    """What something costs: as `money`, and `Free` where that is nothing."""
    return "Free" if cents == 0 else money(cents, currency)


@register.filter
def initials(name: object) -> str:
    """At most two letters to stand for a name: `Ada Lovelace` is `AL`, `ada@example.org` is `A`."""
    words = [word for word in str(name or "").split("@")[0].split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"


@register.filter
def hue(subject: object) -> str:
    """The class that colours this id, the same everywhere and always: `hue-7`."""
    return f"hue-{crc32(str(subject).encode()) % HUES}"


@register.filter
def thousands(count: int | None) -> str:
    """`12345` is `12,345`. None is an empty string."""
    return "" if count is None else f"{count:,}"


@register.filter
def filesize(count: int | None) -> str:
    """Bytes in words: `1536` is `1.5 KB`. None is an empty string."""
    if count is None:
        return ""
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds of sound as `3:07`. None is an empty string."""
    if seconds is None:
        return ""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def milliseconds(count: float | None) -> str:
    """Milliseconds of sound as `3:07`."""
    return duration(None if count is None else count / 1000)


def in_words(at: datetime, now: datetime) -> str:
    """How long ago, or how soon, in as few words as are still true."""
    seconds = (now - at).total_seconds()
    past, seconds = seconds >= 0, abs(seconds)
    if seconds < MINUTE:
        return "just now" if past else "in a moment"
    if seconds < HOUR:
        text = f"{int(seconds // MINUTE)} min"
    elif seconds < DAY:
        text = f"{int(seconds // HOUR)} h"
    elif seconds < 7 * DAY:
        days = int(seconds // DAY)
        text = f"{days} day" if days == 1 else f"{days} days"
    else:
        local, today = timezone.localtime(at), timezone.localtime(now)
        return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"
    return f"{text} ago" if past else f"in {text}"


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """`<time>` with relative words, the exact moment on hover and for machines. None is an empty string."""
    if at is None:
        return ""
    if timezone.is_naive(at):
        at = timezone.make_aware(at)
    exact = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        f"{exact.day} {exact:%B %Y, %H:%M %Z}",
        in_words(at, timezone.now()),
    )


@register.filter
def day_name(at: datetime) -> str:
    """The line between two days of a thread: `Today`, `Yesterday`, `3 May 2026`."""
    local, today = timezone.localtime(at).date(), timezone.localtime().date()
    if local == today:
        return "Today"
    if local == today - timedelta(days=1):
        return "Yesterday"
    return f"{local.day} {local:%B %Y}"


@register.simple_tag
def picture(path: str) -> str:
    """The address of a static picture that may not have been made yet; an empty string where it is not there."""
    return static(path) if finders.find(path) else ""


@register.simple_block_tag
def dialog(content: str, *, id: str, title: str) -> str:
    """`{% dialog id="x" title="..." %} body {% enddialog %}` around pieces/dialog.html."""
    return render_to_string("pieces/dialog.html", {"id": id, "title": title, "content": content})


@register.simple_block_tag
def menu(content: str, *, label: str, icon: str = "more", text: str = "", side: str = "") -> str:
    """`{% menu label="More" %} items {% endmenu %}` around pieces/menu.html."""
    return render_to_string(
        "pieces/menu.html", {"label": label, "icon": icon, "text": text, "side": side, "content": content}
    )


@register.simple_block_tag
def card(content: str, *, title: str = "", action_url: str = "", action_text: str = "") -> str:
    """`{% card title="Orders" %} body {% endcard %}` around pieces/card.html."""
    given = {"title": title, "action_url": action_url, "action_text": action_text, "content": content}
    return render_to_string("pieces/card.html", given)
