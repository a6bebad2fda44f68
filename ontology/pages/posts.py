"""The feed and one post with what was said under it. Everybody reads; who is signed in writes, likes and comments."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, Invalid, NotFound
from ontology.models import LONGEST_ALT, LONGEST_POST, EntityType, Track
from ontology.pages.attention import CommentForm, Thing, Words, explain
from ontology.queries.comments import comments_on
from ontology.queries.feed import explore, feed, follows_anybody, post, trending
from ontology.verbs.posts import create_post, delete_post, edit_post
from ontology.verbs.uploads import KINDS, in_words

A_PAGE = 20
BEGINNING = 900
MOST_TRACKS = 100
LISTS = {"following": feed, "explore": explore, "trending": trending}
ADDRESSES = {"following": "/feed/", "explore": "/feed/explore/", "trending": "/feed/trending/", "live": "/live/"}


class PostWords(forms.Form):
    """What a post says and shows, new or changed."""

    content = Words(
        label="What is new?",
        max_length=LONGEST_POST,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Say something to everybody who follows you"}),
    )
    image = forms.FileField(
        label="Picture",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    image_alt = forms.CharField(
        label="What it shows",
        max_length=LONGEST_ALT,
        required=False,
        help_text="For everybody who does not see it.",
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        most = in_words(KINDS["cover"].most_bytes)
        self.fields[
            "image"
        ].help_text = f"{KINDS['cover'].words}, at most {most}. It is drawn anew, without its metadata."

    def picture_errors(self) -> bool:
        return bool(self.is_bound and {"image", "image_alt"} & self.errors.keys())

    def words_for_the_verb(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        image = given.pop("image")
        return given | ({"image": image.read(KINDS["cover"].most_bytes + 1)} if image else {})


class EditForm(PostWords):
    without_image = forms.BooleanField(label="Take the picture away", required=False)

    def __init__(self, *args, has_image: bool, **options):
        super().__init__(*args, **options)
        self.fields["content"].label = "What it says"
        self.fields["image"].label = "Another picture" if has_image else "Picture"
        if not has_image:
            del self.fields["without_image"]


class PostForm(PostWords):
    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        published = Track.objects.filter(owner=user.pk, deleted_at=None, status=Track.Status.PUBLISHED)
        tracks = published.order_by("-created_at", "-id").values_list("id", "title")[:MOST_TRACKS]
        if choices := [(str(key), title) for key, title in tracks]:
            self.fields["track_id"] = forms.ChoiceField(
                label="With a track of yours", required=False, choices=[("", "No track"), *choices]
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
    form = PostForm(request.POST, request.FILES, user=request.user)
    if form.is_valid():
        try:
            made = create_post(by=request.user, **form.words_for_the_verb())
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
        "place": "feed",
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
    """Without a sign-in there is nobody to follow."""
    names = {"following": "Following", "explore": "Explore", "trending": "Trending", "live": "Live"}
    if not is_known:
        names = {"following": "Newest", "trending": "Trending", "live": "Live"}
    return [{"url": ADDRESSES[name], "text": text, "active": name == which} for name, text in names.items()]


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
    row = POST.row(post_id, request.user)
    cursor = request.GET.get("cursor", "").replace("\0", "")
    try:
        page = comments_on(row["id"], cursor=cursor, limit=A_PAGE)
    except Invalid:
        return redirect("post", post_id)
    context = {
        "place": "feed",
        "post": {**row, "text": row["content"], "is_cut": False},
        "comments": [POST.seen_by(request.user, said, of=row) for said in reversed(page.items)],
        "form": form,
        "is_earlier": bool(cursor),
        "older_url": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        "may_delete": request.user.is_staff or request.user.pk == row["author_id"],
        "may_edit": request.user.pk == row["author_id"],
        "here": f"/posts/{row['id']}/",
    }
    return render(request, "ontology/posts/post.html", context, status=status)


POST = Thing(EntityType.SOCIAL_POST, "posts", post, shown_post, owner="author_id", anchor="#post-{}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, post_id):
    """GET and POST /posts/<id>/edit/, for its author."""
    row = POST.row(post_id, request.user)
    if row["author_id"] != request.user.pk:
        raise PermissionDenied
    if request.method != "POST":
        given = {"content": row["content"], "image_alt": row["image_alt"]}
        return editor(request, row, EditForm(initial=given, has_image=bool(row["image"])))
    form = EditForm(request.POST, request.FILES, has_image=bool(row["image"]))
    if form.is_valid():
        try:
            edit_post(post_id=post_id, by=request.user, **form.words_for_the_verb())
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "The post is changed.")
            return redirect("post", post_id)
    return editor(request, row, form, status=400)


def editor(request, row: dict[str, Any], form: EditForm, status: int = 200):
    context = {"place": "feed", "post": row, "form": form, "here": f"/posts/{row['id']}/"}
    return render(request, "ontology/posts/edit.html", context, status=status)


@login_required
@require_POST
def remove(request, post_id):
    try:
        delete_post(post_id=post_id, by=request.user)
    except DomainError:
        raise Http404 from None
    messages.success(request, "The post is deleted.")
    return redirect("feed")
