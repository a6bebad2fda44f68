"""Opening a room or a direct conversation, and who is in it."""

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from conversations.pages.desks import found, owns
from conversations.pages.forms import NameForm, PersonForm, RoomForm
from conversations.pages.listing import address, listed
from conversations.pages.places import INBOX, PLACES, ROOMS
from conversations.queries.conversations import participants
from conversations.verbs.conversations import delete_conversation, open_conversation, rename_conversation
from conversations.verbs.participants import add_participant, remove_participant

FORMS = {"rooms": RoomForm, "inbox": PersonForm}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request, place):
    """GET and POST /rooms/new/, /inbox/new/."""
    where, form = PLACES[place], FORMS[place](request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            conversation = opened(form.cleaned_data, by=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(address(where, conversation.pk))
    context = {**listed(request, where), "form": form, "open": None}
    return render(request, "conversations/new.html", context, status=400 if form.errors else 200)


def opened(given, *, by):
    if "person" in given:
        return open_conversation(kind="direct", participants=[person.pk for person in given["person"]], by=by)
    people = [person.pk for person in given["people"]]
    return open_conversation(kind="room", title=given["name"], participants=people, by=by)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people(request, conversation_id):
    """GET /rooms/<id>/people/: everyone in the room; posting adds someone."""
    row = found(conversation_id, ROOMS, by=request.user)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        person = form.cleaned_data["person"][0]
        try:
            add_participant(conversation_id=row["id"], user_id=person.pk, by=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            toasts.success(request, f"{person.display_name} is in the room now.")
            return redirect(address(ROOMS, row["id"]))
    return about(request, row, person_form=form, status=400 if form.errors else 200)


@login_required
@require_POST
def rename(request, conversation_id):
    row = found(conversation_id, ROOMS, by=request.user)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            rename_conversation(conversation_id=row["id"], title=form.cleaned_data["name"], by=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(address(ROOMS, row["id"]))
    return about(request, row, name_form=form, status=400)


@login_required
@require_POST
def remove(request, conversation_id):
    """Take someone out, or leave: the form names `user_id`."""
    row = found(conversation_id, ROOMS, by=request.user)
    user_id = request.POST.get("user_id", "")
    try:
        participant = remove_participant(conversation_id=row["id"], user_id=user_id, by=request.user)
    except DomainError as error:
        toasts.error(request, error.message)
        return redirect("room-people", row["id"])
    if participant.user_id == request.user.pk:
        toasts.success(request, f"You left {row['title']}.")
        return redirect(ROOMS.url)
    return redirect("room-people", row["id"])


@login_required
@require_POST
def delete(request, conversation_id):
    row = found(conversation_id, ROOMS, by=request.user)
    try:
        delete_conversation(conversation_id=row["id"], by=request.user)
    except DomainError as error:
        toasts.error(request, error.message)
        return redirect("room-people", row["id"])
    toasts.success(request, f"The room {row['title']} is gone.")
    return redirect(ROOMS.url)


def about(request, row, *, person_form=None, name_form=None, status=200):
    there = participants(conversation_id=row["id"], by=request.user)
    context = {
        **listed(request, ROOMS, opened=row),
        "open": row,
        "open_url": address(ROOMS, row["id"]),
        "people": there,
        "is_owner": owns(there, request.user),
        "person_form": person_form or PersonForm(),
        "name_form": name_form or NameForm(initial={"name": row["title"]}, auto_id="id_room_%s"),
    }
    return render(request, "conversations/people.html", context, status=status)


@login_required
@require_POST
def write_to(request, user_id):
    """POST /inbox/with/<user id>/: from a profile or a product straight into the direct conversation."""
    try:
        conversation = open_conversation(kind="direct", participants=[user_id], by=request.user)
    except DomainError as error:
        toasts.error(request, error.message)
        return redirect(INBOX.url)
    return redirect(address(INBOX, conversation.pk))
