"""What a licence holds, and whose licences there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from config.errors import NotFound
from config.files import INLINE
from config.ids import lookup_id
from marketplace.models import License, Order, Product, ProductFile
from marketplace.models.licenses import LicenseQuerySet
from ontology.models import Track
from ontology.verbs.uploads import clean_name

TRACK = "track"
"""Stands in place of a file's id for the recording that a product sells."""
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that buyers get; `key` names its content in the store it lies in."""

    id: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    key: str


def with_files(licenses: LicenseQuerySet) -> LicenseQuerySet:
    """With product, seller and files, in two queries however many licences; `delivered` then names the files."""
    files = Prefetch("product__files", ProductFile.objects.order_by("position", "id"))
    return licenses.select_related("product__seller", "owner", "order_line").prefetch_related(files)


def licenses_of(order: Order) -> LicenseQuerySet:
    """Every seat of the order, line by line."""
    mine = License.objects.filter(order_line__order=order, owner=order.buyer_id)
    return with_files(mine).order_by("order_line", "seat")


def library_of(user: User, *, words: str = "") -> LicenseQuerySet:
    """What somebody owns now, newest first. Every word stands in a title or a seller's name, or begins a key."""
    mine = License.objects.active().filter(owner=user)
    for word in words.split()[:MOST_WORDS]:
        named = Q(product__title__icontains=word) | Q(product__seller__name__icontains=word)
        mine = mine.filter(named | Q(key__istartswith=word))
    return with_files(mine).order_by("-created_at", "-id")


def given_of(product: Product) -> LicenseQuerySet:
    """All licences of a product, newest first, with whose they are."""
    rows = License.objects.filter(product=product).select_related("owner", "given_by", "order_line__order")
    return rows.order_by("-created_at", "-id")


def files_for_seller(product_id: object, *, user: User) -> QuerySet[ProductFile]:
    """What buyers of a product get, in their order; NotFound where the product is not one's own."""
    product = Product.objects.editable_by(user).filter(pk=lookup_id(product_id)).first()
    if product is None:
        raise NotFound("Product not found")
    return product.files.order_by("position", "id")


def delivered(products: Iterable[Product]) -> dict[UUID, list[Delivered]]:
    """By product, its files in order, the recording that it sells first. Asks once for all recordings."""
    known = {product.pk: product for product in products}
    tracks = Track.objects.in_bulk([each.track_id for each in known.values() if each.track_id])
    return {
        key: [
            *([of_track(track)] if (track := tracks.get(product.track_id)) else []),
            *(of_file(file) for file in product.files.all()),
        ]
        for key, product in known.items()
    }


def of_file(file: ProductFile) -> Delivered:
    return Delivered(
        id=str(file.pk),
        name=file.name,
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        key=str(file.content.name),
    )


def of_track(track: Any) -> Delivered:
    """The recording itself, also while its owner hides it: what was bought is kept."""
    return Delivered(
        id=TRACK,
        name=clean_name(f"{track.title}.{track.format}"),
        content_type=INLINE.get(f".{track.format}", "application/octet-stream"),
        size_bytes=track.size_bytes,
        sha256=track.sha256,
        key=track.file.name,
    )


def file_of(license: License, file_id: str) -> Delivered | None:
    """One file of a licence's product; None where there is no such."""
    if file_id == TRACK:
        track = Track.objects.filter(pk=lookup_id(license.product.track_id)).first()
        return of_track(track) if track else None
    file = ProductFile.objects.filter(product=license.product_id, pk=lookup_id(file_id)).first()
    return of_file(file) if file else None
