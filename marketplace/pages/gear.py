"""Somebody's instruments and tools: the list with what they cost, one item with its papers and repairs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, NotFound
from config.files import stored_response
from config.money import Money
from marketplace.models import GearItem, GearRepair
from marketplace.pages.forms import explain
from marketplace.pages.gear_forms import STATUS_NAMES, TYPE_NAMES, DocumentForm, GearForm, RepairForm
from marketplace.pages.lists import asked_for, paged
from marketplace.queries.gear import costs_by_year, gear_of
from marketplace.verbs.gear import create_gear, own_gear, remove_gear, update_gear
from marketplace.verbs.gear_documents import attach_document, own_document, remove_document, where_it_lies
from marketplace.verbs.gear_repairs import record_repair, remove_repair

TONES = {"in_use": "good", "in_repair": "warn", "lent": "note", "sold": "", "lost": "bad"}


# --- the list ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def gear_list(request):
    """GET /gear/?q=&status=&page="""
    words, status = asked_for(request), asked_for(request, "status")
    status = status if status in GearItem.Status.values else ""
    found = paged(request, gear_of(request.user, words=words, status=status), size=20)
    context = {
        "place": "gear",
        **found,
        "items": [shown(gear) for gear in found["items"]],
        "words": words,
        "status": status,
        "statuses": [("", "All"), *STATUS_NAMES.items()],
        "is_asked": bool(words or status),
        "costs": charts(costs_by_year(request.user)),
    }
    return render(request, "marketplace/gear/list.html", context)


def shown(gear):
    """With what a page says of it."""
    cents = gear.purchase_price_cents
    gear.price = None if cents is None else Money(cents, gear.currency)
    gear.state, gear.tone = STATUS_NAMES[gear.status], TONES[gear.status]
    gear.what = " ".join(filter(None, (gear.brand, gear.model))) or gear.category
    gear.warranty_ended = bool(gear.warranty_until_date and gear.warranty_until_date < localdate())
    return gear


def charts(costs):
    """For templates/marketplace/gear/_costs.html: sums as words beside the numbers that are drawn."""
    for cost in costs:
        currency = cost["currency"]
        cost["title"] = f"Bought and repaired by year, in {currency}"
        cost["total_text"] = str(Money(cost["total"], currency))
        for year in cost["years"]:
            texts = {f"{name}_text": str(Money(year[name], currency)) for name in ("bought", "repaired", "total")}
            year |= {"label": str(year["year"]), "value": year["total"], "text": texts["total_text"], **texts}
    return costs


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_gear(request):
    return gear_form(request, None)


# --- one item ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def gear_page(request, gear_id):
    return whole(request, found(request, gear_id))


def whole(request, gear, *, status=200, **forms_given):
    """The page of one item; `forms_given` holds a form that was filled in wrongly."""
    repairs = list(gear.repairs.order_by("-repair_date", "-id"))
    documents = list(gear.documents.order_by("-created_at", "-id"))
    for repair in repairs:
        repair.cost = Money(repair.cost_cents, repair.currency)
    for document in documents:
        document.kind = TYPE_NAMES.get(document.type, document.type.capitalize())
    costs = charts(costs_by_year(request.user, gear=gear))
    context = {
        "place": "gear",
        "gear": shown(gear),
        "documents": documents,
        "repairs": repairs,
        "costs": costs,
        "document_form": DocumentForm(),
        "repair_form": RepairForm(initial={"repair_date": localdate(), "currency": gear.currency}),
        **forms_given,
    }
    return render(request, "marketplace/gear/item.html", context, status=status)


def found(request, gear_id):
    try:
        return own_gear(gear_id, request.user)
    except NotFound:
        raise Http404 from None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_gear(request, gear_id):
    return gear_form(request, found(request, gear_id))


def gear_form(request, gear):
    if request.method != "POST":
        return form_page(request, gear, GearForm(initial=GearForm.of(gear) if gear else None))
    form = GearForm(request.POST)
    if form.is_valid():
        given = form.words_for_the_verb()
        try:
            kept = (
                update_gear(gear_id=gear.pk, by=request.user, **given)
                if gear
                else create_gear(by=request.user, **given)
            )
        except DomainError as error:
            explain(form, error, purchase_price_cents="price")
        else:
            messages.success(request, f"{kept.name} is saved.")
            return redirect("gear_item", kept.pk)
    return form_page(request, gear, form, status=422)


def form_page(request, gear, form, status=200):
    context = {"place": "gear", "gear": gear, "form": form, "page_title": f"Change {gear.name}" if gear else "New gear"}
    return render(request, "marketplace/gear/form.html", context, status=status)


@login_required
@require_POST
def attach(request, gear_id):
    gear, form = found(request, gear_id), DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        given = {"content": file, "name": file.name, "type": form.cleaned_data["type"]}
        try:
            document = attach_document(gear_id=gear.pk, by=request.user, **given)
        except DomainError as error:
            form.add_error("file", error.message)
        else:
            messages.success(request, f"{document.name} is kept with {gear.name}.")
            return redirect("gear_item", gear.pk)
    return whole(request, gear, status=422, document_form=form)


@login_required
@require_POST
def repair(request, gear_id):
    gear, form = found(request, gear_id), RepairForm(request.POST)
    if form.is_valid():
        try:
            record_repair(gear_id=gear.pk, by=request.user, **form.words_for_the_verb())
        except DomainError as error:
            explain(form, error, cost_cents="cost")
        else:
            messages.success(request, "The repair is recorded.")
            return redirect("gear_item", gear.pk)
    return whole(request, gear, status=422, repair_form=form)


@login_required
@require_safe
def download(request, gear_id, document_id):
    gear = found(request, gear_id)
    try:
        document = own_document(gear.pk, document_id, request.user)
    except NotFound:
        raise Http404 from None

    def place_of(key, *, name, content_type):
        return where_it_lies(document, content_type=content_type)

    try:
        return stored_response(
            request, place_of, key=document.content.name or "", name=document.name, content_type=document.content_type
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("gear_item", gear.pk)


# --- what asks before it is done -----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, gear_id):
    gear = found(request, gear_id)
    if request.method == "POST":
        remove_gear(gear_id=gear.pk, by=request.user)
        messages.success(request, f"{gear.name} is deleted, with its papers and repairs.")
        return redirect("gear")
    words = "goes with its papers and its repairs. This cannot be taken back."
    return asks(request, gear, title="Delete this gear", name=gear.name, words=words, button="Delete the gear")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove_paper(request, gear_id, document_id):
    gear = found(request, gear_id)
    try:
        document = own_document(gear.pk, document_id, request.user)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        remove_document(gear_id=gear.pk, document_id=document.pk, by=request.user)
        messages.success(request, f"{document.name} is deleted.")
        return redirect("gear_item", gear.pk)
    words = "is deleted for good. This cannot be taken back."
    return asks(request, gear, title="Delete this paper", name=document.name, words=words, button="Delete the paper")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove_a_repair(request, gear_id, repair_id):
    gear = found(request, gear_id)
    found_repair = GearRepair.objects.filter(gear=gear, pk=repair_id).first()
    if found_repair is None:
        raise Http404
    if request.method == "POST":
        remove_repair(gear_id=gear.pk, repair_id=found_repair.pk, by=request.user)
        messages.success(request, "The repair is deleted.")
        return redirect("gear_item", gear.pk)
    name = f"{found_repair.description[:80]}, {Money(found_repair.cost_cents, found_repair.currency)}"
    words = "is taken out of the history and out of the sums. This cannot be taken back."
    return asks(request, gear, title="Delete this repair", name=name, words=words, button="Delete the repair")


def asks(request, gear, **words):
    return render(request, "marketplace/gear/remove.html", {"place": "gear", "gear": gear, **words})
