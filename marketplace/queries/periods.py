"""Months of a subscription, and what an unused part of one is worth. Numbers only: nothing here knows of rows."""

import calendar
import datetime as dt

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def months_after(start: dt.datetime, months: int) -> dt.datetime:
    """The same day and time so many months later; the month's last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def month_end(start: dt.datetime, after: dt.datetime) -> dt.datetime:
    """The first end of a month of a subscription begun at `start` that is later than `after`.

    Counted from the start, so that what began on the 31st comes back to the 31st after February.
    """
    months = max(1, (after.year - start.year) * 12 + after.month - start.month)
    while months_after(start, months) <= after:
        months += 1
    return months_after(start, months)


def days_between(start: dt.datetime, end: dt.datetime) -> int:
    """Days begun between the two, none where `end` is not later. Less than a second begins no day."""
    passed = (end - start) // SECOND * SECOND
    return max(0, -(-passed // DAY))


def days_left(start: dt.datetime, end: dt.datetime, at: dt.datetime) -> tuple[int, int]:
    """How many days of a stretch are not used at a moment, today counted as unused; and how many it has."""
    whole = days_between(start, end)
    return min(days_between(max(at, start), end), whole), whole


def credit_for(*, paid_cents: int, start: dt.datetime, end: dt.datetime, at: dt.datetime) -> int:
    """What is left of `paid_cents`, paid for `start` to `end`, at a moment: by days, today counted as unused, half up."""
    left, whole = days_left(start, end, at)
    return (2 * paid_cents * left + whole) // (2 * whole) if whole else 0
