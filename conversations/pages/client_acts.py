"""What is pressed beside a client's thread: each is one verb, and leads back to the thread with everything kept."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from conversations.models import Conversation
from conversations.pages.client_desks import shown, whole_address
from conversations.pages.client_forms import AssignForm, ByHandForm, ClientForm, TaskForm
from conversations.pages.client_said import sources_of
from conversations.pages.listing import address, listed
from conversations.pages.places import INBOX
from conversations.queries.conversations import one, participants
from conversations.verbs.client_threads import (
    assign,
    open_client_conversation,
    pause_assistant,
    resume_assistant,
    update_client_conversation,
)
from conversations.verbs.deliveries import resend
from conversations.verbs.drafts import Draft, draft_answer
from conversations.verbs.tasks import create_task, update_task

Row = dict[str, Any]


def found_client(conversation_id, *, by) -> Row:
    row = one(conversation_id=conversation_id, by=by)
    if row is None or row["kind"] != Conversation.Kind.CLIENT:
        raise Http404
    return row


def attempt(request, row: Row, act: Callable[[], Any], *, said: str = ""):
    """Do it and go back to the thread; a refusal is said there, and what was typed in the composer stays."""
    try:
        act()
    except DomainError as error:
        return shown(request, row, typed=request.POST.get("content", ""), fault=error, status=400)
    return done(request, row, said)


def submit(request, row: Row, forms: dict[str, Any], act: Callable[[dict[str, Any]], Any], *, said: str = ""):
    """As `attempt`, with what a form gives; the one form of `forms` stays with its faults where it is refused."""
    [form] = forms.values()
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return done(request, row, said)
    return shown(request, row, forms=forms, status=400)


def done(request, row: Row, said: str):
    if said:
        toasts.success(request, said)
    return redirect(whole_address(request, row))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_hand(request):
    """GET and POST /inbox/new/client/: a conversation with a client that no account of ours brought."""
    form = ByHandForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            thread = open_client_conversation(by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(address(INBOX, thread.pk))
    context = {**listed(request, INBOX), "form": form, "open": None, "is_by_hand": True}
    return render(request, "conversations/new.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request, conversation_id):
    """POST puts the assistant's draft into the composer, below what was typed there; nothing is sent."""
    row = found_client(conversation_id, by=request.user)
    if request.method != "POST":
        return redirect(whole_address(request, row))
    typed = request.POST.get("content", "").replace("\r\n", "\n")
    try:
        made = draft_answer(conversation_id=row["id"], by=request.user)
    except DomainError as error:
        return shown(request, row, typed=typed, fault=error, status=400)
    words = "\n\n".join(part for part in (typed.strip(), made.content.strip()) if part)
    return shown(request, row, typed=words, draft=told_of(made))


def told_of(made: Draft) -> dict[str, Any]:
    sources = sources_of([{"file_name": source.file_name, "page": source.page} for source in made.passages])
    return {"sources": sources, "left": made.ai_answers_left, "hands_over": made.hand_over, "is_local": made.is_sandbox}


@login_required
@require_POST
def retry(request, conversation_id):
    """Send a message again that did not arrive; the form names `message_id`."""
    row = found_client(conversation_id, by=request.user)
    key = request.POST.get("message_id", "")
    return attempt(request, row, lambda: resend(message_id=key, by=request.user))


@login_required
@require_POST
def set_status(request, conversation_id):
    row = found_client(conversation_id, by=request.user)
    status = request.POST.get("status", "")
    return attempt(
        request,
        row,
        lambda: update_client_conversation(conversation_id=row["id"], status=status, by=request.user),
    )


@login_required
@require_POST
def name_client(request, conversation_id):
    row, form = found_client(conversation_id, by=request.user), ClientForm(request.POST, auto_id="id_client_%s")

    def act(given):
        update_client_conversation(conversation_id=row["id"], by=request.user, **given)

    return submit(request, row, {"client_form": form}, act, said="Saved.")


@login_required
@require_POST
def give_to(request, conversation_id):
    row = found_client(conversation_id, by=request.user)
    people = participants(conversation_id=row["id"], by=request.user)
    form = AssignForm(request.POST, people=people, reader=request.user, auto_id="id_assign_%s")

    def act(given):
        assign(conversation_id=row["id"], user_id=given["assignee"] or None, by=request.user)

    return submit(request, row, {"assign_form": form}, act)


@login_required
@require_POST
def switch_assistant(request, conversation_id):
    row = found_client(conversation_id, by=request.user)
    act = resume_assistant if request.POST.get("on") == "1" else pause_assistant
    return attempt(request, row, lambda: act(conversation_id=row["id"], by=request.user))


@login_required
@require_POST
def add_task(request, conversation_id):
    """A task about this client; platform and name come from the conversation."""
    row, form = found_client(conversation_id, by=request.user), TaskForm(request.POST, auto_id="id_task_%s")

    def act(given):
        create_task(conversation_id=row["id"], by=request.user, **given)

    return submit(request, row, {"task_form": form}, act, said="The task is noted.")


@login_required
@require_POST
def tick_task(request, conversation_id):
    """Done, or to do again: the form names `task_id` and `status`."""
    row = found_client(conversation_id, by=request.user)
    key, status = request.POST.get("task_id", ""), request.POST.get("status", "")
    return attempt(request, row, lambda: update_task(task_id=key, status=status, by=request.user))
