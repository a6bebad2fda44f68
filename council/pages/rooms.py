"""The council's pages: asking, and the room where three advisors answer. They read without scripts; a module follows live."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from config.errors import DomainError, NotFound
from config.paging import keyset, page_of
from conversations.models import Conversation
from council.gateways.engines import active_engine
from council.gateways.language_model import SEATS
from council.models import Deliberation, Project
from council.queries.deliberations import conversation_read_by, readable_by, with_last_status
from council.queries.personas import personas_of
from council.queries.rounds import rounds_of
from council.verbs.deliberations import LONGEST_QUESTION, open_deliberation, retry_deliberation, stop_deliberation

PER_PAGE = 20
STATES: dict[str, tuple[str, str]] = {
    Deliberation.Status.QUEUED: ("Waiting", "note"),
    Deliberation.Status.RUNNING: ("Deliberating", "note"),
    Deliberation.Status.DONE: ("Answered", "good"),
    Deliberation.Status.STOPPED: ("Stopped", "warn"),
    Deliberation.Status.ERROR: ("Not finished", "bad"),
}
EXAMPLES = (
    "Should I release one single every month or a whole album in autumn?",
    "How do I price my first sample pack?",
    "Should I quit my job to make music full time?",
)


class QuestionForm(forms.Form):
    """A question, and where it belongs to one, its project."""

    question = forms.CharField(
        label="Your question",
        max_length=LONGEST_QUESTION,
        error_messages={"required": "Write your question first."},
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "What are you deciding?"}),
    )
    project = forms.ModelChoiceField(
        label="Project", queryset=Project.objects.none(), required=False, empty_label="No project"
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["project"]).queryset = Project.objects.filter(created_by=user)


@login_required
def ask(request):
    """GET: the question field and what was asked. POST: put the question and go to its room."""
    form = QuestionForm(
        request.POST or None, user=request.user, initial={"question": request.GET.get("question", "")[:500]}
    )
    if request.method == "POST" and form.is_valid():
        project = form.cleaned_data["project"]
        try:
            deliberation = open_deliberation(
                question=form.cleaned_data["question"], project_id=project.pk if project else None, by=request.user
            )
        except DomainError as error:
            form.add_error("question", error.message)
        else:
            return redirect("council_room", deliberation.conversation_id)
    return render(request, "council/rooms/ask.html", {"form": form, **questions_before(request)})


def questions_before(request) -> dict[str, Any]:
    """What the user may read, latest first, searched by words of the title."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:200]
    asked = with_last_status(readable_by(request.user)).select_related("created_by")
    if words:
        asked = asked.filter(title__icontains=words)
    try:
        found = keyset(asked, cursor=request.GET.get("cursor"), limit=PER_PAGE, by="last_message_at")
    except DomainError:
        found = keyset(asked, cursor=None, limit=PER_PAGE, by="last_message_at")
    page = page_of(found, limit=PER_PAGE, by="last_message_at")
    for conversation in page.items:
        conversation.state, conversation.tone = STATES.get(conversation.council_status, ("", ""))
    kept = {"q": words} if words else {}
    return {
        "place": "council",
        "conversations": page.items,
        "next_url": f"?{urlencode({**kept, 'cursor': page.next_cursor})}" if page.next_cursor else "",
        "words": words,
        "seats": [persona for persona in personas_of(request.user) if persona.pk in SEATS],
        "engine": active_engine(),
        "examples": EXAMPLES,
    }


@login_required
def room(request, conversation_id):
    """GET: everything that was said. POST: a further question in the same room."""
    conversation = found(request, conversation_id)
    form = QuestionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            open_deliberation(question=form.cleaned_data["question"], conversation_id=conversation.pk, by=request.user)
        except DomainError as error:
            form.add_error("question", error.message)
        else:
            return redirect("council_room", conversation.pk)
    rounds = rounds_of(request.user, conversation.pk)
    last = rounds[-1] if rounds else None
    context = {
        "place": "council",
        "conversation": conversation,
        "may_act": conversation.created_by_id == request.user.pk,
        "earlier": rounds[:-1],
        "round": last,
        "state": STATES[Deliberation.Status.RUNNING if last.is_open else last.status] if last else ("", ""),
        "engine_label": (last.engine if last else "") or active_engine().label,
        "form": form,
    }
    return render(request, "council/rooms/room.html", context)


@login_required
@require_POST
def stop(request, conversation_id):
    return acted(request, conversation_id, stop_deliberation)


@login_required
@require_POST
def try_again(request, conversation_id):
    return acted(request, conversation_id, retry_deliberation)


def acted(request, conversation_id, verb):
    """Call the verb and show the room again, with the rule's own sentence where it refuses."""
    try:
        verb(conversation_id=conversation_id, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("council_room", conversation_id)


def found(request, conversation_id) -> Conversation:
    try:
        return conversation_read_by(request.user, conversation_id)
    except NotFound:
        raise Http404 from None
