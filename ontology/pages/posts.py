"""The feed and one post with what was said under it. Everybody reads; who is signed in writes, likes and comments."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, Invalid, NotFound
from ontology.models import LONGEST_COMMENT, LONGEST_POST, EntityType, Track
from ontology.queries.comments import comment, comments_on
from ontology.queries.feed import explore, feed, follows_anybody, post, trending
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.likes import toggle_like
from ontology.verbs.posts import create_post, delete_post

A_PAGE = 20
BEGINNING = 900
MOST_TRACKS = 100
LISTS = {"following": feed, "explore": explore, "trending": trending}
ADDRESSES = {"following": "/feed/", "explore": "/feed/explore/", "trending": "/feed/trending/", "live": "/live/"}


class Words(forms.CharField):
    """Browsers send line ends as two characters and count them as one."""

    def to_python(self, value):
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class PostForm(forms.Form):
    content = Words(
        label="What is new?",
        max_length=LONGEST_POST,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Say something to everybody who follows you"}),
    )

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        published = Track.objects.filter(owner=user.pk, deleted_at=None, status=Track.Status.PUBLISHED)
        tracks = published.order_by("-created_at", "-id").values_list("id", "title")[:MOST_TRACKS]
        if choices := [(str(key), title) for key, title in tracks]:
            self.fields["track_id"] = forms.ChoiceField(
                label="With a track of yours", required=False, choices=[("", "No track"), *choices]
            )


class CommentForm(forms.Form):
    content = Words(
        label="Your comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a comment"}),
    )


# --- the feed ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def feed_page(request, which="following"):
    """GET /feed/, /feed/explore/ and /feed/trending/; POST /feed/ says something."""
    if request.method != "POST":
        form = PostForm(user=request.user) if request.user.is_authenticated else None
        return shown_feed(request, which, form)
    if not request.user.is_authenticated:
        return redirect("/account/login/?next=/feed/")
    form = PostForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            made = create_post(by=request.user, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            return redirect(f"/feed/#post-{made.pk}")
    return shown_feed(request, which, form, status=400)


def shown_feed(request, which: str, form: PostForm | None, status: int = 200):
    address = ADDRESSES[which]
    cursor = request.GET.get("cursor", "").replace("\0", "")
    try:
        page = LISTS[which](user=request.user, cursor=cursor, limit=A_PAGE)
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect(address)
    is_known = request.user.is_authenticated
    context = {
        "place": "home" if is_known else "feed",
        "which": which,
        "tabs": tabs(which, is_known=is_known),
        "posts": [shortened(row) for row in page.items],
        "form": form,
        "is_first": not cursor,
        "next_url": f"{address}?cursor={page.next_cursor}" if page.next_cursor else "",
        "follows_nobody": is_known and which == "following" and not follows_anybody(request.user),
        "here": address,
    }
    return render(request, "ontology/posts/feed.html", context, status=status)


def tabs(which: str, *, is_known: bool) -> list[dict[str, Any]]:
    """Home and the feed are one place; without a sign-in there is nobody to follow."""
    names = {"following": "Following", "explore": "Explore", "trending": "Trending", "live": "Live"}
    if not is_known:
        names = {"following": "Newest", "trending": "Trending", "live": "Live"}
    items = [{"url": ADDRESSES[name], "text": text, "active": name == which} for name, text in names.items()]
    return [{"url": "/", "text": "Home"}, *items] if is_known else items


def shortened(row: dict[str, Any]) -> dict[str, Any]:
    """With `text`, cut at a blank so that no address is cut in two; `is_cut` says whether."""
    text = row["content"]
    if len(text) <= BEGINNING:
        return {**row, "text": text, "is_cut": False}
    kept = text[:BEGINNING]
    blank = max(kept.rfind(" "), kept.rfind("\n"))
    return {**row, "text": (kept[:blank] if blank > 0 else kept) + "…", "is_cut": True}


# --- one post ------------------------------------------------------------------------------------------------------


@require_safe
def post_page(request, post_id):
    return shown_post(request, post_id, CommentForm())


def shown_post(request, post_id, form: CommentForm, status: int = 200):
    row = found(post_id, request.user)
    cursor = request.GET.get("cursor", "").replace("\0", "")
    try:
        page = comments_on(row["id"], cursor=cursor, limit=A_PAGE)
    except Invalid:
        return redirect("post", post_id)
    context = {
        "place": "home" if request.user.is_authenticated else "feed",
        "post": {**row, "text": row["content"], "is_cut": False},
        "comments": [seen_by(request.user, said, of=row) for said in reversed(page.items)],
        "form": form,
        "is_earlier": bool(cursor),
        "older_url": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        "may_delete": request.user.is_staff or request.user.pk == row["author_id"],
        "here": f"/posts/{row['id']}/",
    }
    return render(request, "ontology/posts/post.html", context, status=status)


@login_required
@require_POST
def say(request, post_id):
    """POST /posts/<id>/comments/"""
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            said = add_comment(entity_id=post_id, by=request.user, type=EntityType.SOCIAL_POST, **form.cleaned_data)
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            return redirect(f"/posts/{post_id}/#comment-{said.pk}")
    return shown_post(request, post_id, form, status=400)


@require_safe
def comment_part(request, post_id, comment_id):
    """One comment as it stands in the page, for those who have the page open."""
    row = found(post_id, request.user)
    try:
        said = comment(comment_id)
    except NotFound:
        raise Http404 from None
    if said["entity_id"] != row["id"]:
        raise Http404
    shown = {"said": seen_by(request.user, said, of=row), "user": request.user}
    return render(request, "ontology/posts/_comment.html", shown)


@login_required
@require_POST
def unsay(request, post_id, comment_id):
    try:
        remove_comment(comment_id=comment_id, by=request.user)
    except DomainError:
        raise Http404 from None
    messages.success(request, "The comment is removed.")
    return redirect("post", post_id)


@login_required
@require_POST
def like(request, post_id):
    """Toggles. Answers the button alone where a script asks for it."""
    try:
        now = toggle_like(entity_id=post_id, by=request.user, type=EntityType.SOCIAL_POST)
    except NotFound:
        raise Http404 from None
    if request.htmx:
        post = {"id": post_id, "is_liked": now.is_liked, "like_count": now.like_count}
        return render(request, "ontology/posts/_like.html", {"post": post, "here": request.POST.get("next", "")})
    return back(request, f"/posts/{post_id}/", f"#post-{post_id}")


@login_required
@require_POST
def remove(request, post_id):
    try:
        delete_post(post_id=post_id, by=request.user)
    except DomainError:
        raise Http404 from None
    messages.success(request, "The post is deleted.")
    return redirect("feed")


# --- what they share -----------------------------------------------------------------------------------------------


def found(post_id, user) -> dict[str, Any]:
    try:
        return post(post_id, user=user)
    except NotFound:
        raise Http404 from None


def seen_by(user, said: dict[str, Any], *, of: dict[str, Any]) -> dict[str, Any]:
    """With `may_remove`: whether this reader may take it away, as the verb has it; and the `place` it stands at."""
    may_remove = user.is_staff or user.pk in (said["author_id"], of["author_id"])
    return {**said, "may_remove": may_remove, "place": f"/posts/{of['id']}"}


def explain(form: forms.Form, error: DomainError) -> None:
    """A verb's refusal beside its fields, or above the form."""
    details = error.details if isinstance(error.details, dict) else {}
    beside = {name: sentences for name, sentences in details.items() if name in form.fields}
    for name, sentences in beside.items():
        form.add_error(name, sentences)
    if not beside:
        form.add_error(None, error.message)


def back(request, otherwise: str, place: str = "") -> HttpResponseRedirect:
    """To the page the form was on, as it says itself."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return redirect((wanted if is_ours else otherwise) + place)
