"""Deciding about a report. Document veza.txt, "Moderation"; `remove` and the note are ours.

What is done to a person or a thing is done by the verb of the app it belongs to, with the rules it has there.
"""

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from accounts.verbs.audit import keep_change
from accounts.verbs.people import switch_off
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import lookup_id
from conversations.models import Notification
from conversations.verbs.moderation import remove_message
from conversations.verbs.notifications import notify
from council.facts import ReportResolved
from council.models import Report
from council.models.reports import LONGEST_NOTE
from marketplace.verbs.products import remove_product
from ontology.changes import publish
from ontology.verbs.comments import remove_comment
from ontology.verbs.posts import delete_post
from ontology.verbs.tracks import delete_track

Action, Content = Report.Action, Report.Content
A_DAY = dt.timedelta(days=1)
OUTCOMES = {
    Action.DISMISS: "We found nothing against the rules of the house in it. Thank you for looking out.",
    Action.RESOLVE: "Thank you: what had to be done is done.",
    Action.WARN: "Thank you: we have spoken to whoever it was.",
    Action.REMOVE: "Thank you: it is gone.",
    Action.BAN: "Thank you: whoever it was is not here any more.",
}
"""What the reporter is told. Nobody is named."""


@transaction.atomic
def resolve_report(*, report_id: Any, action: str, by: User, note: str = "") -> Report:
    """Do what the action says, close the report, and tell its reporter. Conflict for one that was decided already."""
    if not by.is_admin:
        raise Forbidden("Only administrators may decide about reports")
    check_decision(action, note)
    rows = Report.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    report = rows.filter(pk=lookup_id(report_id)).first()
    if report is None:
        raise NotFound("Report not found")
    if report.status != Report.Status.PENDING:
        raise Conflict(f"This report is {report.status} already", code="report_closed")
    report.note = " ".join(note.split())
    DEEDS[action](report, by)
    close(report, action, by)
    return report


def check_decision(action: str, note: str) -> None:
    if action not in Action.values:
        raise Invalid(details={"action": [f"One of: {', '.join(Action.values)}."]})
    if len(note) > LONGEST_NOTE or "\0" in note:
        fault = f"Must be a text of at most {LONGEST_NOTE} characters."
        raise Invalid(f"note: {fault}", details={"note": [fault]})


def close(report: Report, action: str, by: User) -> None:
    report.status = Report.Status.DISMISSED if action == Action.DISMISS else Report.Status.RESOLVED
    report.action, report.resolved_by, report.resolved_at = action, by, now()
    report.save(update_fields=["status", "action", "note", "resolved_by", "resolved_at"])
    keep_change(action=f"report {report.status}: {action}", resource=report.pk, user_id=by.pk)
    publish(
        ReportResolved(
            report_id=report.pk,
            content_type=report.content_type,
            content_id=report.content_id,
            reporter_id=report.reporter_id,
            status=report.status,
            action=action,
        )
    )
    notify(
        user_id=report.reporter_id,
        key=f"report:{report.pk}",
        title="We have looked at what you reported",
        text=OUTCOMES[Action(action)],
        url=report.place if action in (Action.DISMISS, Action.WARN) else "",
    )


# --- what is done ----------------------------------------------------------------------------------------------------


def do_nothing(report: Report, by: User) -> None:
    """It was settled otherwise, or there is nothing to settle."""


def ban(report: Report, by: User) -> None:
    """Nobody signs in to the account any more; not for colleagues of one's own rank or above."""
    if report.subject_id is None:
        raise Conflict("Whoever it was has left for good", code="left")
    switch_off(user_id=report.subject_id, by=by)


def warn(report: Report, by: User) -> None:
    """Once a day for the same thing, however many have reported it."""
    if report.subject_id is None:
        raise Conflict("Whoever it was has left for good", code="left")
    same = Report.objects.filter(content_type=report.content_type, content_id=report.content_id, action=Action.WARN)
    if not same.filter(resolved_at__gt=now() - A_DAY).exists():
        tell_subject(report, "A warning", WARNINGS[report.content_type], url=report.place)


def remove(report: Report, by: User) -> None:
    """Take it away as its owner could. What is gone already is as it should be."""
    if report.content_type == Content.USER:
        raise Invalid("An account is not removed; ban it instead", details={"action": ["Not for a user."]})
    with contextlib.suppress(NotFound):
        REMOVALS[report.content_type](report, by)
        tell_subject(report, "Something of yours was removed", REMOVED[report.content_type])


def tell_subject(report: Report, title: str, text: str, url: str = "") -> None:
    """Dana's door sends what begins with `warning:` as a system notification. Nobody is told who has left for good."""
    if report.subject_id is None:
        return
    about = f" “{report.title[:80]}”" if report.title and report.content_type != Content.USER else ""
    words = f"{text.format(about=about)} {report.note}".strip()
    notify(
        user_id=report.subject_id,
        key=f"warning:{report.pk}",
        title=title,
        text=words,
        url=url,
        kind=Notification.Kind.WARNING,
        is_system=True,
    )


WARNINGS: dict[str, str] = {
    Content.USER: "How you behave here is against the rules of the house.",
    Content.TRACK: "Your track{about} is against the rules of the house.",
    Content.POST: "Your post{about} is against the rules of the house.",
    Content.COMMENT: "Your comment{about} is against the rules of the house.",
    Content.PRODUCT: "Your product{about} is against the rules of the house.",
    Content.MESSAGE: "Your message{about} is against the rules of the house.",
}
REMOVED = {kind: text.replace(" is against", " was against") for kind, text in WARNINGS.items()}
Deed = Callable[[Report, User], Any]
REMOVALS: dict[str, Deed] = {
    Content.TRACK: lambda report, by: delete_track(track_id=report.content_id, by=by),
    Content.POST: lambda report, by: delete_post(post_id=report.content_id, by=by),
    Content.COMMENT: lambda report, by: remove_comment(comment_id=report.content_id, by=by),
    Content.PRODUCT: lambda report, by: remove_product(product_id=report.content_id, by=by),
    Content.MESSAGE: lambda report, by: remove_message(message_id=report.content_id, by=by),
}
DEEDS: dict[str, Deed] = {
    Action.RESOLVE: do_nothing,
    Action.DISMISS: do_nothing,
    Action.WARN: warn,
    Action.REMOVE: remove,
    Action.BAN: ban,
}
