from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from config.errors import DomainError, Forbidden, NotFound
from config.ids import parse_id
from marketplace.models import CartItem, Product, Review
from marketplace.pages.forms import AnswerForm, ReviewForm, explain
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.narrowing import chosen, facets, faults_of, hidden_of, read_asked
from marketplace.pages.visitors import holder
from marketplace.queries.products import SORTS, counts, market
from marketplace.verbs.carts import cart_of
from marketplace.verbs.review_answers import answer_review, remove_answer
from marketplace.verbs.reviews import change_review, order_that_allows, product_seen, remove_review, review_product
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
    sort = asked_for(request, "sort")
    sort = sort if sort in SORTS else "newest"
    seller = maker(asked_for(request, "by"))
    asked = read_asked(request, seller)
    found = counts(asked)
    rows = market(sort=sort, asked=asked).select_related("seller")
    context = {
        "place": "market",
        "seller": seller,
        "asked": asked,
        "words": asked.search,
        "sort": sort,
        "sorts": SORT_WORDS,
        "facets": facets(request, asked, found),
        "chosen": chosen(request, asked),
        "narrow": hidden_of(request),
        "typed": {name: asked_for(request, name) for name in ("min", "max")},
        "faults": faults_of(request),
        **paged(request, rows, size=A_PAGE, total=found.total),
    }
    return render(request, "marketplace/market/list.html", context)


def maker(text):
    """The seller whose things alone are asked for; nobody where the id is of no seller."""
    key = parse_id(text)
    return User.objects.filter(pk=key, products__isnull=False).first() if key else None


@require_safe
def product(request, product_id):
    return product_page(request, product_id, ReviewForm())


def own_form(form, mine):
    """The form for other words: as it was typed, or with what they wrote before."""
    return form if form.is_bound else ReviewForm(initial={"rating": mine.rating, "comment": mine.comment})


def in_cart(request, product):
    """How many of it lie in the reader's cart."""
    cart = cart_of(**holder(request))
    return CartItem.objects.filter(cart=cart, product=product).values_list("quantity", flat=True).first() if cart else 0


def with_answer_forms(reviews, typed):
    """Each review with its seller's form: as it was typed, or with what they answered before."""
    for review in reviews:
        key, kept = f"answer-{review.pk}-%s", {"answer": review.answer}
        review.answer_form = typed.get(review.pk) or AnswerForm(auto_id=key, initial=kept)


def product_page(request, product_id, form, status=200, answers=None):
    found = visible_product(request.user, product_id)
    reviews = Review.objects.shown().filter(product=found).select_related("buyer").order_by("-created_at", "-id")
    mine = request.user.is_authenticated and reviews.filter(buyer=request.user).first()
    bought = order_that_allows(found, request.user) if request.user.is_authenticated else None
    cut = paged(request, reviews, size=10)
    if found.seller_id == request.user.pk:
        with_answer_forms(cut["items"], answers or {})
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
        "is_own": found.seller_id == request.user.pk,
        "mine": mine,
        "vat_text": f"{Decimal(found.vat_bp) / 100:f} %".replace(".00 %", " %"),
        "form": form if bought and not mine else None,
        "own_form": own_form(form, mine) if bought and mine else None,
        "in_cart": in_cart(request, found),
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
@require_http_methods(["GET", "HEAD", "POST"])
def review(request, product_id):
    """Publish a review, or other words for one's own. A faulty one is shown at this address, so it can be opened."""
    if request.method != "POST":
        return redirect("product", product_id)
    form = ReviewForm(request.POST)
    if form.is_valid():
        is_there = Review.objects.shown().filter(product=product_id, buyer=request.user).exists()
        write = change_review if is_there else review_product
        try:
            write(product_id=product_id, by=request.user, **form.cleaned_data)
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            words = "Your review is changed." if is_there else "Your review is published. Thank you."
            messages.success(request, words)
            return redirect("product", product_id)
    return product_page(request, product_id, form, status=400)


@login_required
@require_POST
def remove_own_review(request, product_id):
    try:
        remove_review(product_id=product_id, by=request.user)
    except NotFound:
        raise Http404 from None
    messages.success(request, "Your review is gone.")
    return redirect("product", product_id)


@login_required
@require_POST
def answer(request, product_id, review_id):
    """The seller's answer to a review, or other words for it."""
    form = AnswerForm(request.POST, auto_id=f"answer-{review_id}-%s")
    if form.is_valid():
        try:
            answer_review(product_id=product_id, review_id=review_id, by=request.user, **form.cleaned_data)
        except (NotFound, Forbidden):
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "Your answer is shown beneath the review.")
            return redirect(at_review(request, product_id, review_id))
    return product_page(request, product_id, ReviewForm(), status=400, answers={review_id: form})


@login_required
@require_POST
def remove_own_answer(request, product_id, review_id):
    try:
        remove_answer(product_id=product_id, review_id=review_id, by=request.user)
    except (NotFound, Forbidden):
        raise Http404 from None
    messages.success(request, "Your answer is gone.")
    return redirect(at_review(request, product_id, review_id))


def at_review(request, product_id, review_id):
    """The product's page, turned to where the review was."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return f"{reverse('product', args=[product_id])}{query}#review-{review_id}"


def visible_product(user, product_id):
    """What may be seen on a page: also what was bought, after it left the market."""
    try:
        return product_seen(product_id=product_id, by=user)
    except NotFound:
        raise Http404 from None


def spread_of(product):
    """How many gave five, four, ... stars, for the bars beside the reviews."""
    counts = dict(Review.objects.shown().filter(product=product).order_by().values_list("rating").annotate(Count("id")))
    return [{"stars": star, "count": counts.get(star, 0)} for star in (5, 4, 3, 2, 1)] if counts else []
