import functools
import unicodedata
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import parse_id
from config.money import is_amount
from marketplace.facts import ProductChanged
from marketplace.models import License, Product
from marketplace.models.products import CURRENCIES
from marketplace.verbs.remembering import remember_product
from ontology.changes import publish
from ontology.gateways import object_storage
from ontology.models import EventType, Track
from ontology.verbs.creators import become_creator
from ontology.verbs.memory import forget, log

UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
BLANK = set("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""
MOST_STOCK = 1_000_000
MOST_VAT_BP = 5000


class ProductFields(TypedDict, total=False):
    title: str
    description: str
    price_cents: int
    currency: str
    kind: str
    stock: int | None
    vat_bp: int
    track_id: UUID | None
    status: str


@transaction.atomic
def create_product(*, by: User, **given: Unpack[ProductFields]) -> Product:
    """A product of `by`'s. The first one makes them a creator; the product then says so in `made_creator`."""
    product = Product(seller=by)
    _apply(product, given, needed=("title", "price_cents"))
    product.save()
    product.made_creator = become_creator(user_id=by.pk)
    tell_product(product, "created", EventType.CONTENT_UPLOADED)
    return product


@transaction.atomic
def update_product(*, product_id: UUID | str, by: User, **given: Unpack[ProductFields]) -> Product:
    """Change what is given. Orders keep the title and price they were placed with."""
    product = editable_product(product_id, by)
    _apply(product, given)
    product.save()
    tell_product(product, "updated", EventType.CONTENT_CHANGED)
    return product


@transaction.atomic
def remove_product(*, product_id: UUID | str, by: User) -> Product:
    """Take it off the market: archived where it was ever ordered or given, and otherwise gone. Returns it as it last was."""
    product = editable_product(product_id, by)
    if is_anybodys(product):
        product.status = Product.Status.ARCHIVED
        product.save(update_fields=["status", "updated_at"])
        tell_product(product, "archived", EventType.CONTENT_CHANGED)
        return product
    key = product.pk
    for file in (product.cover, product.preview):
        if file.name:
            transaction.on_commit(functools.partial(file.storage.delete, file.name))
    for name in product.files.values_list("content", flat=True):
        transaction.on_commit(functools.partial(object_storage.remove, name), robust=True)
    forget(id=key)
    publish(ProductChanged(product_id=key, seller_id=product.seller_id, what="removed"))
    product.delete()
    product.pk = key
    return product


def is_anybodys(product: Product) -> bool:
    """Whether it was ever ordered or given, so that it can be archived and not deleted."""
    return product.order_lines.exists() or product.licenses.exists()


@transaction.atomic
def let_go_of_track(*, track_id: UUID) -> None:
    """A track is being deleted: what sells it leaves the market. Conflict where somebody who bought it may still ask for it."""
    products = Product.objects.select_for_update().filter(track_id=track_id).order_by("pk")
    if License.objects.active().filter(product__track_id=track_id).exists():
        raise Conflict("People have bought this track and may download it. Make it a draft instead.", code="track_sold")
    for product in products.filter(status=Product.Status.ACTIVE):
        product.status = Product.Status.DRAFT
        product.save(update_fields=["status", "updated_at"])
        tell_product(product, "updated", EventType.CONTENT_CHANGED)


def editable_product(product_id: UUID | str, by: User) -> Product:
    """The product, locked, where `by` may change it; NotFound for everyone else, so that a draft's id tells nothing."""
    key = parse_id(product_id)
    product = Product.objects.editable_by(by).select_for_update().filter(pk=key).first() if key else None
    if product is None:
        raise NotFound("Product not found")
    return product


def tell_product(product: Product, what: str, event: EventType) -> None:
    remember_product(product)
    # A draft is nobody's business yet, in the history too.
    log(
        type=event,
        actor_id=product.seller_id,
        target_id=product.pk,
        metadata={"what": what},
        is_private=product.status != Product.Status.ACTIVE,
    )
    publish(ProductChanged(product_id=product.pk, seller_id=product.seller_id, what=what))


def _apply(product: Product, given: Any, needed: tuple[str, ...] = ()) -> None:
    faults: dict[str, list[str]] = {name: ["This field is required."] for name in needed if name not in given}
    for name, value in given.items():
        clean, fault = _CHECKS[name](value)
        if fault:
            faults[name] = [fault]
        else:
            setattr(product, name, clean)
    if given.get("track_id") and "track_id" not in faults and not _is_sellers(product):
        faults["track_id"] = ["Must be the id of a track of the seller's."]
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)


def _is_sellers(product: Product) -> bool:
    theirs = Track.objects.filter(owner=product.seller_id, deleted_at=None)
    return product.track_id is not None and theirs.filter(pk=product.track_id).exists()


Checked = tuple[Any, str]


def _title(value: Any) -> Checked:
    text = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(text) <= 200:
        return text, "Give it a title of 1 to 200 characters."
    return text, "" if _is_readable(text) else "Give it a title of one line that can be read."


def _is_readable(text: str) -> bool:
    """One line, with something in it that is seen, and nothing that turns what stands around it: it goes into mails,
    invoices and lists."""
    kinds = [unicodedata.category(letter) for letter in text]
    is_seen = any(kind[0] in "LNPS" and letter not in BLANK for kind, letter in zip(kinds, text, strict=True))
    return is_seen and not UNSEEN & set(kinds) and not TURNING & set(text)


def _description(value: Any) -> Checked:
    is_text = isinstance(value, str) and len(value) <= 5000 and "\0" not in value
    return value, "" if is_text else "Must be a text of at most 5000 characters."


def _price(value: Any) -> Checked:
    return value, "" if is_amount(value) else "Must be a whole number of minor units, 0 or more."


def _currency(value: Any) -> Checked:
    code = value.upper() if isinstance(value, str) else ""
    return code, "" if code in CURRENCIES else f"Must be one of {', '.join(CURRENCIES)}."


def _stock(value: Any) -> Checked:
    is_right = value is None or (type(value) is int and 0 <= value <= MOST_STOCK)
    return (
        value,
        "" if is_right else f"Must be a whole number from 0 to {MOST_STOCK}, or nothing where it never runs out.",
    )


def _vat(value: Any) -> Checked:
    is_right = type(value) is int and 0 <= value <= MOST_VAT_BP
    return value, "" if is_right else f"Must be a whole number of basis points from 0 to {MOST_VAT_BP}: 1900 is 19 %."


def _kind(value: Any) -> Checked:
    return value, "" if value in Product.Kind.values else 'Must be "digital" or "physical".'


def _status(value: Any) -> Checked:
    return value, "" if value in Product.Status.values else 'Must be "draft", "active" or "archived".'


def _track(value: Any) -> Checked:
    key = parse_id(value)
    return key, "" if value is None or key else "Must be the id of a track."


_CHECKS = {
    "title": _title,
    "description": _description,
    "price_cents": _price,
    "currency": _currency,
    "kind": _kind,
    "stock": _stock,
    "vat_bp": _vat,
    "track_id": _track,
    "status": _status,
}
