"""Moments as text, where the domain itself spells them: in facts."""

import datetime as dt


def iso(moment: dt.datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
