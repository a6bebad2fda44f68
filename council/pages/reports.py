"""Reporting somebody or something: one form that needs no scripts, and a word of thanks."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import DomainError, NotFound
from council.queries.reports import reportable
from council.verbs.reports import file_report
from ontology.pages.attention import Words

OTHER = "Something else"
GROUNDS = (
    "Spam or a scam",
    "It insults or threatens somebody",
    "It is against the law",
    "It was copied from somebody else",
    OTHER,
)
MOST_WORDS = 1500


class ReportForm(forms.Form):
    ground = forms.ChoiceField(
        label="What is wrong with it?",
        choices=[(ground, ground) for ground in GROUNDS],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what fits best."},
    )
    words = Words(
        label="In your words",
        max_length=MOST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Whoever decides about it reads this. Whom you report does not learn who it was.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("ground") == OTHER and not given.get("words", "").strip():
            self.add_error("words", "Say in a few words what is wrong.")
        return given

    @property
    def reason(self) -> str:
        ground, words = self.cleaned_data["ground"], self.cleaned_data["words"].strip()
        return words if ground == OTHER else f"{ground}. {words}".strip()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    """GET and POST /report/?type=track&id=…"""
    asked = {"content_type": request.GET.get("type", ""), "content_id": request.GET.get("id", "")}
    try:
        thing = reportable(**asked, by=request.user)
    except NotFound:
        raise Http404 from None
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            file_report(**asked, reason=form.reason, by=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("report-thanks")
    context = {"form": form, "thing": thing, "is_own": thing.owner_id == request.user.pk}
    return render(request, "council/reports/report.html", context, status=400 if form.errors else 200)


@login_required
@require_safe
def thanks(request):
    return render(request, "council/reports/thanks.html")
