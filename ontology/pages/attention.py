"""What the pages of a post, a track and a stream share: liking it, and saying something under it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from config.errors import DomainError, NotFound
from ontology.models import LONGEST_COMMENT, EntityType
from ontology.queries.comments import comment
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.likes import toggle_like


class Words(forms.CharField):
    """Browsers send line ends as two characters and count them as one."""

    def to_python(self, value):
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class CommentForm(forms.Form):
    content = Words(
        label="Your comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a comment"}),
    )

    def words_for_the_verb(self) -> dict[str, Any]:
        return self.cleaned_data


@dataclass(frozen=True)
class Thing:
    """A kind of thing that people like and speak about, and the doors for both: views, which `urls` mounts.

    It stands at `/<place>/<id>/`. `read(id, user=)` answers its row, in which `owner` names whose it is; `show(request, id,
    form, status=)` its page with what was typed.
    """

    kind: EntityType
    place: str
    read: Callable[..., dict[str, Any]]
    show: Callable[..., HttpResponseBase]
    owner: str = "owner_id"
    form: type[CommentForm] = CommentForm
    anchor: str = ""
    """Where on a page of many it is come back to."""

    def row(self, thing_id: object, user: Any) -> dict[str, Any]:
        try:
            return self.read(thing_id, user=user)
        except NotFound:
            raise Http404 from None

    def seen_by(self, user: Any, said: dict[str, Any], *, of: dict[str, Any]) -> dict[str, Any]:
        """With `may_remove`, whether this reader may take it away, as the verb has it; the `place` it stands at; and in
        `seconds` the moment of a recording that it means."""
        may_remove = user.is_staff or user.pk in (said["author_id"], of[self.owner])
        is_heard = self.kind == EntityType.MEDIA_ASSET and said["at_ms"] is not None
        seconds = said["at_ms"] // 1000 if is_heard else None
        return {**said, "may_remove": may_remove, "place": f"/{self.place}/{of['id']}", "seconds": seconds}

    @method_decorator((login_required, require_POST))
    def like(self, request, thing_id):
        """Toggles. Answers the button alone where a script asks for it."""
        key = self.row(thing_id, request.user)["id"]
        try:
            now = toggle_like(entity_id=key, by=request.user, type=self.kind)
        except NotFound:
            raise Http404 from None
        if request.htmx:
            thing = {"id": key, "is_liked": now.is_liked, "like_count": now.like_count}
            shown = {"thing": thing, "place": self.place, "here": request.POST.get("next", "")}
            return render(request, "ontology/_like.html", shown)
        return back(request, f"/{self.place}/{key}/", self.anchor.format(key))

    @method_decorator((login_required, require_POST))
    def say(self, request, thing_id):
        key = self.row(thing_id, request.user)["id"]
        form = self.form(request.POST)
        if form.is_valid():
            try:
                said = add_comment(entity_id=key, by=request.user, type=self.kind, **form.words_for_the_verb())
            except NotFound:
                raise Http404 from None
            except DomainError as error:
                explain(form, error)
            else:
                return redirect(f"/{self.place}/{key}/#comment-{said.pk}")
        return self.show(request, thing_id, form, status=400)

    @method_decorator(require_safe)
    def comment_part(self, request, thing_id, comment_id):
        """One comment as it stands in the page, for those who have the page open."""
        row = self.row(thing_id, request.user)
        try:
            said = comment(comment_id)
        except NotFound:
            raise Http404 from None
        if said["entity_id"] != row["id"]:
            raise Http404
        shown = {"said": self.seen_by(request.user, said, of=row), "user": request.user}
        return render(request, "ontology/_comment.html", shown)

    @method_decorator((login_required, require_POST))
    def unsay(self, request, thing_id, comment_id):
        try:
            remove_comment(comment_id=comment_id, by=request.user)
        except DomainError:
            raise Http404 from None
        messages.success(request, "The comment is removed.")
        return redirect(f"/{self.place}/{thing_id}/")


def explain(form: forms.Form, error: DomainError) -> None:
    """A verb's refusal beside its fields, or above the form."""
    details = error.details if isinstance(error.details, dict) else {}
    beside = {name: sentences for name, sentences in details.items() if name in form.fields}
    for name, sentences in beside.items():
        form.add_error(name, sentences)
    if not beside:
        form.add_error(None, error.message)


def back(request, otherwise: str, anchor: str = "") -> HttpResponseRedirect:
    """To the page the form was on, as it says itself."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return redirect((wanted if is_ours else otherwise) + anchor)
