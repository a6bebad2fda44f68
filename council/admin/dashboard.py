"""The staff's first page: real numbers, jobs, and what needs a person (settings.UNFOLD)."""

from typing import Any

from django.http import HttpRequest

from council.queries.dashboard import concerns, jobs, numbers


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the admin index's context; the template is templates/admin/index.html."""
    return {**context, "numbers": numbers(), "jobs": jobs(), "concerns": concerns()}
