"""Signing in by a link in a mail: it stands for the password, not for the second factor.

Accepted on 2026-11-22: the document asks for it, though ASVS 6.3.6 (level 3) would have no sign-in by mail alone.
"""

from django.conf import settings
from django.db import transaction

from accounts.models import EmailToken
from accounts.queries.validation import refuse_malformed
from accounts.verbs.email_tokens import check, spend
from accounts.verbs.mails import queue_mail, trusted_base
from accounts.verbs.sessions import SignedIn
from accounts.verbs.two_factor import pass_second_factor
from accounts.verbs.verification import claim_address, is_email_verified

MAGIC = EmailToken.Purpose.MAGIC
PASSWORD_PAGE = f"{settings.SITE_URL}/settings/security/"


def request_link(*, email: str, base: str | None = None) -> None:
    """Queue a mail to this address, whoever it belongs to. Nothing tells who exists."""
    refuse_malformed(email)
    queue_mail(template="account/magic", to=email.strip().lower(), base=trusted_base(base) if base else None)


def sign_in_with_link(*, token: str, otp: str | None = None) -> SignedIn:
    """Who a link signs in. It is spent only where the second factor is right too, or there is none.

    Where the address was not confirmed before, what was set up until now counts for nothing (`claim_address`).
    """
    row = check(MAGIC, token)
    is_known = is_email_verified(row.user)
    device = pass_second_factor(user=row.user, code=otp) if is_known else None
    with transaction.atomic():
        spend(row)
        if claim_address(row.user):
            queue_mail(template="account/address_claimed", to=row.email, user=row.user, url=PASSWORD_PAGE)
    return SignedIn(row.user, device)
