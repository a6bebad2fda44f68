"""Mail. A verb queues a row in its own transaction; a job writes and sends it. Secrets are made only while writing."""

import datetime as dt
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.timezone import now

from accounts.facts import MailQueued
from accounts.models import EmailToken, Mail, SecurityEvent, User
from accounts.models.mails import MOST_ATTEMPTS
from accounts.models.sessions import digest
from accounts.queries.exports import link_for_mail
from accounts.verbs.email_tokens import PLACES, mint
from accounts.verbs.security import record
from ontology.changes import publish

logger = logging.getLogger(__name__)

KEPT_FOR = dt.timedelta(days=30)
PLAIN_BASE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
# Mails that carry a secret link, made while the mail is written.
SECRET_LINKS: dict[str, EmailToken.Purpose] = {
    "account/welcome": EmailToken.Purpose.VERIFY,
    "account/verify": EmailToken.Purpose.VERIFY,
    "account/reset": EmailToken.Purpose.RESET,
    "account/magic": EmailToken.Purpose.MAGIC,
}
# Mails whose link is signed out of their context, likewise only while they are written.
SIGNED_LINKS: dict[str, Callable[[dict[str, Any]], str]] = {"account/export_ready": link_for_mail}
# To an address that nothing else keeps any more: gone once it is sent.
LAST_MAIL = "account/account_erased"
NO_ACCOUNT = "account/no_account"
WELCOME = "account/welcome"


def queue_mail(*, template: str, to: str, user: User | None = None, **context: Any) -> Mail:
    """Write down that this mail is to be sent; `context` is plain JSON without secrets. One row, whoever it is for."""
    if user is not None and template in SECRET_LINKS:
        context["asked_with"] = stamp(user)
    mail = Mail.objects.create(template=template, to=to, user=user, context=context)
    publish(MailQueued(mail_id=mail.pk))
    return mail


def stamp(user: User) -> str:
    """What tells whether the password has changed since; of no use for anything else."""
    return digest(user.get_session_auth_hash())[:16]


def trusted_base(url: str) -> str:
    """Where a mail's link may lead: `url` where its host is one this server answers to, otherwise Stoa's own pages.

    Anybody can ask for a mail to somebody else; a link that took its token to a host of their choice would be a theft.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return settings.SITE_URL
    if not PLAIN_BASE.fullmatch(url) or parts.query or parts.fragment:
        return settings.SITE_URL
    is_known = f"{parts.scheme}://{parts.netloc}" in (settings.SITE_URL, *settings.TRUSTED_ORIGINS)
    # Behind TLS a front end of ours has TLS too; on a developer's machine it has a port of its own.
    fits = parts.scheme == "https" and port is None if settings.IS_SECURE else parts.scheme in ("http", "https")
    return url.rstrip("/") if is_known or (fits and is_own(host)) else settings.SITE_URL


def is_own(host: str) -> bool:
    """Whether ALLOWED_HOSTS names it. A `*` there says that any host may be asked for, not that any may be trusted."""
    names = [name.strip("[]").lower() for name in settings.ALLOWED_HOSTS if name != "*"]
    return any(host == name or (name.startswith(".") and f".{host}".endswith(name)) for name in names)


def deliver_mail(*, mail_id: Any) -> bool:
    """Write and send one mail. Safe to call twice or at once; returns whether this call sent it."""
    mail = Mail.objects.claim(mail_id)
    if mail is None:
        return False
    if is_void(mail):
        mail.delete()
        return False
    try:
        write(mail).send()
    except Exception as fault:  # noqa: BLE001 -- whatever the mail server did: the row waits and is tried again
        logger.warning("A mail could not be sent (%s), attempt %s", type(fault).__name__, mail.attempts)
        later = now() + dt.timedelta(seconds=30 * 2**mail.attempts)
        Mail.objects.filter(pk=mail.pk).update(lease_until=None, due_at=later, error=type(fault).__name__)
        return False
    Mail.objects.filter(pk=mail.pk).update(sent_at=now(), lease_until=None, error="")
    if mail.template == WELCOME:
        User.objects.filter(pk=mail.user_id).update(welcome_email_sent=True)
    if mail.template == LAST_MAIL:
        mail.delete()
    return True


def waiting_mails() -> list[Any]:
    return list(Mail.objects.waiting().order_by("due_at").values_list("pk", flat=True)[:500])


def forget_old_mails() -> None:
    """Sent mails, and those given up, after a month."""
    old = Mail.objects.filter(queued_at__lt=now() - KEPT_FOR)
    (old.filter(attempts__gte=MOST_ATTEMPTS) | old.exclude(sent_at=None)).delete()


def is_void(mail: Mail) -> bool:
    """A link that was asked for with another password than the account has now, or by an account that is closed."""
    if mail.user is None or mail.template not in SECRET_LINKS:
        return False
    return not mail.user.is_active or mail.context.get("asked_with") != stamp(mail.user)


def write(mail: Mail) -> EmailMultiAlternatives:
    """The mail as it travels. The first line of the text template is the subject."""
    user, template = mail.user, mail.template
    context = {"link": "", "url": "", **mail.context, "site_url": settings.SITE_URL}
    if purpose := SECRET_LINKS.get(template):
        user = user or User.objects.filter(email=mail.to, is_active=True).first()
        if user is None:
            template = NO_ACCOUNT
        else:
            if purpose == EmailToken.Purpose.RESET:
                record(SecurityEvent.Type.RESET_REQUESTED, user=user)
            base = mail.context.get("base") or settings.SITE_URL
            context |= {"link": f"{base}{PLACES[purpose]}?token={mint(purpose, user, mail.to)}"}
    if sign := SIGNED_LINKS.get(template):
        context |= {"link": sign(mail.context)}
    context |= {"user": user, "greets": user is not None and is_their_address(user, mail.to)}
    subject, _, text = render_to_string(f"mail/{template}.txt", context).partition("\n")
    message = EmailMultiAlternatives(
        subject.strip(), text.strip() + "\n", to=[mail.to], headers={"Message-ID": message_id(mail)}
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context | {"subject": subject}), "text/html")
    return message


def is_their_address(user: User, address: str) -> bool:
    """Only a confirmed address is greeted by name: a name that was made up could carry anything to a stranger."""
    return EmailAddress.objects.filter(user=user, email=address, verified=True).exists()


def message_id(mail: Mail) -> str:
    """The same at every attempt, so that a mail sent twice is shown once."""
    return f"<{mail.pk}@{urlsplit(settings.SITE_URL).hostname}>"
