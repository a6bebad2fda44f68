from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from config.errors import DomainError, NotFound
from config.ids import parse_id
from marketplace.models import Product, Review
from marketplace.pages.forms import ReviewForm, explain
from marketplace.pages.lists import asked_for, paged
from marketplace.queries.products import SORTS, market
from marketplace.verbs.reviews import order_that_allows, review_product
from ontology.queries.tracks import track

A_PAGE = 24
SORT_WORDS = (
    ("newest", "Newest"),
    ("rating", "Best rated"),
    ("price_asc", "Lowest price"),
    ("price_desc", "Highest price"),
    ("title", "Title"),
)


@require_safe
def market_list(request):
    words, sort = asked_for(request), asked_for(request, "sort")
    sort = sort if sort in SORTS else "newest"
    rows = market(search=words, sort=sort).select_related("seller")
    seller = maker(asked_for(request, "by"))
    if seller is not None:
        rows = rows.filter(seller=seller)
    context = {
        "place": "market",
        "seller": seller,
        "words": words,
        "sort": sort,
        "sorts": SORT_WORDS,
        **paged(request, rows, size=A_PAGE),
    }
    return render(request, "marketplace/market/list.html", context)


def maker(text):
    """The seller whose things alone are asked for; nobody where the id is of no seller."""
    key = parse_id(text)
    return User.objects.filter(pk=key, products__isnull=False).first() if key else None


@require_safe
def product(request, product_id):
    return product_page(request, product_id, ReviewForm())


def product_page(request, product_id, form, status=200):
    found = visible_product(request.user, product_id)
    reviews = Review.objects.filter(product=found).select_related("buyer").order_by("-created_at", "-id")
    mine = request.user.is_authenticated and reviews.filter(buyer=request.user).first()
    bought = order_that_allows(found, request.user) if request.user.is_authenticated else None
    cut = paged(request, reviews, size=10)
    more = Product.objects.on_market().filter(seller=found.seller_id).exclude(pk=found.pk)
    context = {
        "place": "market",
        "product": found,
        "track": track_of(found, request.user),
        "reviews": cut | {"items_shown": cut["items"]},
        "checkout_url": reverse("checkout", args=[found.pk]),
        "edit_url": reverse("studio_product", args=[found.pk]),
        "spread": spread_of(found),
        "bought": bought,
        "form": form if bought and not mine else None,
        "more": more.select_related("seller").order_by("-created_at", "-id")[:4],
    }
    return render(request, "marketplace/market/product.html", context, status=status)


def track_of(product, user):
    """The track that it sells, for the player, where this reader may hear it."""
    try:
        row = track(product.track_id, user=user) if product.track_id else None
    except NotFound:
        return None
    address = f"/tracks/{product.track_id}/"
    return row and {**row, "url": address, "src": f"{address}sound/", "by": row["artist"] or row["owner"]["name"]}


@login_required
@require_POST
def review(request, product_id):
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            review_product(product_id=product_id, by=request.user, **form.cleaned_data)
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "Your review is published. Thank you.")
            return redirect("product", product_id)
    return product_page(request, product_id, form, status=400)


def visible_product(user, product_id):
    """What may be seen on a page: also what was bought, after it left the market."""
    found = Product.objects.select_related("seller").filter(pk=product_id).first()
    if found is None:
        raise Http404
    is_seen = Product.objects.visible_to(user).filter(pk=product_id).exists()
    if not is_seen and not (user.is_authenticated and order_that_allows(found, user)):
        raise Http404
    return found


def spread_of(product):
    """How many gave five, four, ... stars, for the bars beside the reviews."""
    counts = dict(Review.objects.filter(product=product).order_by().values_list("rating").annotate(Count("id")))
    return [{"stars": star, "count": counts.get(star, 0)} for star in (5, 4, 3, 2, 1)] if counts else []
