"""Licences: the right to have what was bought. One a seat, granted and revoked in the transaction that says why."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.timezone import now

from accounts.models import Mail, User
from accounts.verbs.mails import queue_mail
from config.errors import Conflict, Forbidden, Invalid, NotFound, Throttled
from config.ids import lookup_id
from marketplace.facts import LicenseChanged
from marketplace.models import License, Order, OrderLine, Product, Refund, RefundLine
from marketplace.verbs.product_files import DOWNLOADS_OF_A_FILE
from marketplace.verbs.products import editable_product
from marketplace.verbs.remembering import remember_license
from ontology.changes import publish

MOST_GIVEN_A_DAY = 100
"""Licences that one seller gives by hand: each is a mail to somebody."""
BY_HAND = (License.Source.GRANT, License.Source.GIFT)
LONGEST_NOTE = 200
GIFT_MAIL = "store/license_given"


def grant_licenses(*, order: Order, lines: Sequence[OrderLine]) -> None:
    """One licence a seat of every digital line. Called in the transaction that makes the order paid; safe to repeat."""
    digital = [line for line in lines if line.kind == Product.Kind.DIGITAL]
    products = Product.objects.in_bulk([line.product_id for line in digital])
    License.objects.bulk_create(
        (
            License(
                product_id=line.product_id,
                owner_id=order.buyer_id,
                order_line=line,
                seat=seat,
                max_downloads=downloads_of(products[line.product_id]),
            )
            for line in digital
            for seat in range(1, line.quantity + 1)
        ),
        # The seat of a line is unique: what a first call granted stays as it is.
        ignore_conflicts=True,
    )


def downloads_of(product: Product) -> int:
    """How many downloads a new licence allows: so many of each file, its track among them."""
    files = product.files.count() + bool(product.track_id)
    return DOWNLOADS_OF_A_FILE * max(files, 1)


def revoke_licenses(*, refund: Refund) -> None:
    """Take back what a refund gave the money back for: a line refunded in full loses all its seats."""
    settled = RefundLine.objects.filter(Q(refund=refund) | Q(refund__status=Refund.Status.SUCCEEDED))
    theirs = settled.filter(line__in=refund.lines.values("line")).order_by()
    back = dict(theirs.values_list("line").annotate(Sum("amount_cents")))
    lines = OrderLine.objects.in_bulk(back)
    whole = [key for key, line in lines.items() if back[key] >= line.gross_cents]
    moment = now()
    License.objects.active().filter(order_line__in=whole).update(
        status=License.Status.REVOKED, revoked_at=moment, updated_at=moment, note="The money was given back."
    )


@transaction.atomic
def give_license(
    *, product_id: UUID | str, to: str, source: str = License.Source.GIFT, note: str = "", by: User
) -> License:
    """Give a seat to an existing account, by its e-mail address or username; it is told, and a gift also comes by mail.

    For the seller and for staff. NotFound; Invalid with details for `to`, `source` or `note`; Conflict `not_digital`;
    Throttled above MOST_GIVEN_A_DAY of one seller's.
    """
    product = editable_product(product_id, by)
    if product.kind != Product.Kind.DIGITAL:
        raise Conflict("Only a digital product has licences.", code="not_digital")
    words = _note(note)
    if source not in BY_HAND:
        raise _fault("source", f"Must be one of {', '.join(BY_HAND)}.")
    _refuse_too_many(by)
    owner = _account(to)
    license = License.objects.create(
        product=product, owner=owner, source=source, given_by=by, note=words, max_downloads=downloads_of(product)
    )
    _tell(license, "gifted" if source == License.Source.GIFT else "granted", by)
    if source == License.Source.GIFT:
        queue_mail(
            template=GIFT_MAIL,
            to=owner.email,
            user=owner,
            title=product.title,
            giver=by.display_name,
            giver_id=str(by.pk),
            note=words,
            url=f"{settings.SITE_URL}/library/",
        )
    return license


@transaction.atomic
def revoke_license(*, license_id: UUID | str, note: str = "", by: User) -> License:
    """End a licence by hand. NotFound for others' products; Conflict `already_revoked`.

    Forbidden `bought` for a seller's buyer: what was paid for ends by a refund, or by staff.
    """
    key = lookup_id(license_id)
    mine = License.objects.filter(product__in=Product.objects.editable_by(by))
    license = mine.select_for_update(of=("self",)).select_related("product").filter(pk=key).first()
    if license is None:
        raise NotFound("Licence not found")
    if license.source not in BY_HAND and not by.is_staff:
        raise Forbidden("This licence was bought. Give the money back, and it ends with it.", code="bought")
    if license.status == License.Status.REVOKED:
        raise Conflict("This licence is revoked already.", code="already_revoked")
    license.status, license.revoked_at, license.note = License.Status.REVOKED, now(), _note(note) or license.note
    license.save(update_fields=["status", "revoked_at", "note", "updated_at"])
    _tell(license, "revoked", by)
    return license


@transaction.atomic
def allow_more_downloads(*, license_id: UUID | str, by: User) -> License:
    """As many again as one file has, for somebody who used theirs up. For the seller and staff."""
    mine = License.objects.filter(product__in=Product.objects.editable_by(by))
    license = mine.select_for_update(of=("self",)).filter(pk=lookup_id(license_id)).first()
    if license is None:
        raise NotFound("Licence not found")
    license.max_downloads += DOWNLOADS_OF_A_FILE
    license.save(update_fields=["max_downloads", "updated_at"])
    return license


def forget_giver(*, user_id: UUID) -> None:
    """The mails that brought their gifts name who gave and what they wrote: gone when they leave."""
    Mail.objects.filter(template=GIFT_MAIL, context__giver_id=str(user_id)).delete()


def _tell(license: License, what: str, by: User) -> None:
    remember_license(license, what=what, by_id=by.pk)
    publish(
        LicenseChanged(
            license_id=license.pk,
            product_id=license.product_id,
            title=license.product.title,
            owner_id=license.owner_id,
            by_id=by.pk,
            by_name=by.display_name,
            what=what,
            note=license.note,
        )
    )


def _account(to: str) -> User:
    words = to.strip().lower() if isinstance(to, str) and "\0" not in to else ""
    people = User.objects.filter(is_active=True)
    found = people.filter(email=words) if "@" in words else people.filter(username__iexact=words)
    account = found.first() if words else None
    if account is None:
        raise _fault("to", "No account has this e-mail address or username. Ask them to sign up first.")
    return account


def _note(note: str) -> str:
    words = note.strip() if isinstance(note, str) and "\0" not in note else ""
    if len(words) > LONGEST_NOTE:
        raise _fault("note", f"Must be at most {LONGEST_NOTE} characters.")
    return words


def _refuse_too_many(by: User) -> None:
    since = now() - dt.timedelta(days=1)
    given = License.objects.filter(given_by=by, created_at__gte=since)
    if not by.is_staff and given.count() >= MOST_GIVEN_A_DAY:
        raise Throttled(f"You gave {MOST_GIVEN_A_DAY} licences today, which is the most.", retry_after=3600)


def _fault(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, details={name: [sentence]})
