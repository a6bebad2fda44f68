from typing import Any

from celery import shared_task

from conversations.verbs.announcements import announcements_due, tell_of

BEAT: dict[str, Any] = {"tell_of_announcements": ("conversations.jobs.announcements.tell_of_announcements", 15)}


@shared_task
def tell_of_announcements() -> None:
    """Those that were made for later, at their moment."""
    for announcement_id in announcements_due():
        tell_of(announcement_id=announcement_id)
