from django.db.models import QuerySet

from config.errors import Invalid
from marketplace.models import Product

SORTS = {
    "newest": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "price_asc": ("price_cents", "id"),
    "price_desc": ("-price_cents", "-id"),
    "rating": ("-rating_score", "-rating_count", "-id"),
    "title": ("title", "id"),
}
"""Every order ends in the id, so that ties have one order."""

ALIASES = {"created_at": "oldest", "-created_at": "newest", "price": "price_asc", "-price": "price_desc"}
LONGEST_SEARCH = 200


def market(*, search: str = "", sort: str = "") -> QuerySet[Product]:
    """What is for sale, searched and sorted; Invalid for an unknown order or a search longer than 200 characters."""
    sort = ALIASES.get(sort, sort or "newest")
    if sort not in SORTS:
        raise Invalid(f"sort: Must be one of {', '.join(SORTS)}.", details={"sort": [f"One of {', '.join(SORTS)}."]})
    if len(search) > LONGEST_SEARCH:
        raise Invalid(details={"search": [f"Must be at most {LONGEST_SEARCH} characters."]})
    return Product.objects.on_market().matching(search.replace("\0", "")).order_by(*SORTS[sort])
