"""What the owner of an entity does with it on its pages: make, change, archive, delete, tag, connect."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError, Forbidden, Invalid, NotFound
from ontology.models import Entity, Status
from ontology.pages.entity_forms import MOST_ROWS, ConnectForm, EntityForm, TagForm, known_type, type_choices
from ontology.pages.graph import asked_for, home_of, look_of, may_change, rights, seen, whole, with_words
from ontology.queries.explorer import browse, connected, outgoing, tags_of
from ontology.queries.words import STATES, relation
from ontology.verbs.connections import create_connection, delete_connection
from ontology.verbs.entities import create_entity, delete_entity, update_entity
from ontology.verbs.tags import create_tag, delete_tag

TARGETS = 10


def own(request, entity_id) -> Entity:
    """The entity, for whoever may change it: 404 where they may not see it, 403 where they may only look."""
    found = seen(request, entity_id)
    if not may_change(request.user, found):
        raise PermissionDenied
    return found


# --- make and change -----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def make(request):
    """GET /graph/new/ asks for a type first: which fields there are depends on it."""
    type = known_type(request.GET.get("type", ""))
    if not type:
        families = type_choices()
        for family in families:
            family["types"] = [{**row, **look_of(row["type"])} for row in family["types"]]
        return render(request, "ontology/graph/choose.html", {"place": "graph", "families": families})
    form = EntityForm(request.POST if request.method == "POST" else None, type=type)
    if request.method == "POST" and not rearranged(request, form):
        if form.is_valid() and (made := done(form, create_entity, type=type, by=request.user)):
            messages.success(request, f"{made.name} is in the graph.")
            return redirect("entity", made.pk)
        return editor(request, form, type, status=422)
    return editor(request, form, type)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, entity_id):
    found = own(request, entity_id)
    allowed = rights(request.user, found)
    if not allowed["may_edit"]:
        return render(request, "ontology/graph/kept.html", {"place": "graph", "entity": found, "home": home_of(found)})
    given = {"name": found.name, "status": found.status}
    form = EntityForm(
        request.POST if request.method == "POST" else None,
        initial=given,
        type=found.type,
        properties=found.properties,
        is_profile=allowed["is_profile"],
    )
    if request.method == "POST" and not rearranged(request, form):
        if form.is_valid() and done(form, changed, found=found, had=form.had, by=request.user):
            messages.success(request, "Saved.")
            return redirect("entity", found.pk)
        return editor(request, form, found.type, found, status=422)
    return editor(request, form, found.type, found)


def editor(request, form: EntityForm, type: str, found: Entity | None = None, *, status: int = 200):
    context = {"place": "graph", "form": form, "type": type, **look_of(type), "entity": found, "focus": form.focus}
    return render(request, "ontology/graph/edit.html", context, status=status)


def rearranged(request, form: EntityForm) -> bool:
    """Whether the button only added a row or took one away: the form comes again with all that was typed, and no errors."""
    taken = request.POST.get("take", "")
    if taken.isascii() and taken.isdigit() and int(taken) < len(form.rows):
        del form.rows[int(taken)]
        form.focus = "add"
    elif request.POST.get("act") == "add":
        if len(form.rows) < MOST_ROWS:
            form.rows.append({"name": "", "kind": "text", "value": "", "errors": []})
        form.focus = "row"
    else:
        return False
    form.forgive()
    return True


def done(form: EntityForm, verb: Any, **given: Any) -> Any:
    """What the verb answers, or None with its sentence in the form."""
    words = {name: form.cleaned_data[name] for name in ("name", "status", "properties") if name in form.cleaned_data}
    try:
        return verb(**words, **given)
    except Invalid as error:
        for sentence in sentences(error):
            form.add_error(None, sentence)
        return None
    except Forbidden as error:
        form.add_error(None, error.message)
        return None


def sentences(error: Invalid) -> list[str]:
    known = error.details.get("properties") if isinstance(error.details, dict) else None
    return known if isinstance(known, list) else [error.message]


def changed(*, found: Entity, had: list[str], by: Any, properties: dict[str, Any], **given: Any) -> Entity:
    """Only what differs goes to the verb: what was there before types were asked for stays, and what others add meanwhile."""
    kept = found.properties
    patch: dict[str, Any] = {key: None for key in had if key in kept and key not in properties}
    patch |= {key: value for key, value in properties.items() if key not in kept or differs(kept[key], value)}
    return update_entity(entity_id=found.pk, properties=patch or None, by=by, **given)


def differs(one: Any, other: Any) -> bool:
    return type(one) is not type(other) or one != other


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def archive(request, entity_id):
    """GET asks; POST archives it, or where `act` is restore puts it back."""
    found = own(request, entity_id)
    if request.method != "POST":
        return asked(request, found, "archive", "Archive this")
    is_back = request.POST.get("act") == "restore"
    try:
        update_entity(entity_id=found.pk, status=Status.ACTIVE if is_back else Status.ARCHIVED, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{STATES[Status.ACTIVE if is_back else Status.ARCHIVED]}.")
    return redirect("entity", found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, entity_id):
    found = own(request, entity_id)
    if not rights(request.user, found)["may_remove"]:
        return render(request, "ontology/graph/kept.html", {"place": "graph", "entity": found, "home": home_of(found)})
    if request.method == "POST":
        try:
            delete_entity(entity_id=found.pk, by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("entity", found.pk)
        messages.success(request, f"{found.name} is deleted, and so is every connection to it.")
        return redirect("graph")
    return render(request, "ontology/graph/remove.html", {"place": "graph", "entity": found})


def asked(request, found: Entity, what: str, title: str, **more: Any):
    """The page that asks where no script opens the dialog; the same words stand in both."""
    part = f"ontology/graph/_{what}.html"
    context = {"place": "graph", "entity": found, "title": title, "part": part, **more}
    return render(request, "ontology/graph/ask.html", context)


# --- tags ----------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def tag(request, entity_id):
    found = own(request, entity_id)
    form = TagForm(request.POST)
    if not form.is_valid():
        return whole(request, found, tag_form=form, status=422)
    create_tag(entity_id=found.pk, by=request.user, **form.cleaned_data)
    return redirect(f"{found.get_absolute_url()}#tags")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def untag(request, entity_id, tag_id):
    """GET asks; POST takes the tag off."""
    found = own(request, entity_id)
    if request.method != "POST":
        tag = next((row for row in tags_of(found.pk) if row["id"] == tag_id), None)
        if tag is None:
            raise Http404
        return asked(request, found, "untag", "Take this tag off", tag=tag)
    try:
        delete_tag(entity_id=found.pk, tag_id=tag_id, by=request.user)
    except NotFound:
        raise Http404 from None
    return redirect(f"{found.get_absolute_url()}#tags")


# --- connections ---------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request, entity_id):
    """GET /graph/<id>/connect/?relation=&q= finds what to connect it to; POST with `to` connects."""
    found = own(request, entity_id)
    if request.method != "POST":
        form = ConnectForm(request.GET if "relation" in request.GET else None)
        return targets(request, found, form)
    form = ConnectForm(request.POST)
    if form.is_valid():
        try:
            made = create_connection(
                from_entity_id=found.pk,
                to_entity_id=request.POST.get("to", ""),
                relationship_type=form.cleaned_data["relation"],
                by=request.user,
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            words = relation(made.relationship_type)
            messages.success(request, f"{found.name} {words} {made.to_entity.name}.")
            return redirect("entity", found.pk)
    return targets(request, found, form, status=422)


def targets(request, found: Entity, form: ConnectForm, *, status: int = 200):
    chosen = form.data.get("relation", "") if form.is_bound and form.is_valid() else ""
    words = form.data.get("q", "").replace("\0", "").strip()[:200] if form.is_bound else ""
    try:
        page = browse(user=request.user, words=words, cursor=asked_for(request, "cursor"), limit=TARGETS)
    except Invalid:
        return redirect("entity_connect", found.pk)
    there = connected(user=request.user, entity_id=found.pk, relation=chosen) if chosen else set()
    context = {
        "place": "graph",
        "entity": found,
        "form": form,
        "words": words,
        "relation": chosen,
        "relation_words": relation(chosen) if chosen else "",
        "items": [
            {**row, **look_of(row["type"], row["properties__content_type"]), "is_there": row["id"] in there}
            for row in page.items
            if row["id"] != found.pk
        ],
    }
    return render(request, "ontology/graph/connect.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request, entity_id, connection_id):
    """GET asks; POST removes the connection."""
    found = own(request, entity_id)
    if request.method != "POST":
        it = outgoing(user=request.user, entity_id=found.pk, connection_id=connection_id)
        if it is None:
            raise Http404
        return asked(request, found, "disconnect", "Remove this connection", it=with_words(it))
    try:
        gone = delete_connection(connection_id=connection_id, by=request.user)
    except NotFound:
        raise Http404 from None
    except Forbidden as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"It no longer {relation(gone.relationship_type)} {gone.to_entity.name}.")
    return redirect(f"{found.get_absolute_url()}#connections")
