"""What somebody owns: the library, the door to its files, and the documents of an order."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.errors import Conflict, Forbidden, NotFound
from marketplace.pages.lists import asked_for, paged
from marketplace.queries.licenses import delivered, library_of
from marketplace.verbs.downloads import link_for
from marketplace.verbs.invoices import invoice_of, render_invoice


@login_required
@require_safe
def library(request):
    words = asked_for(request)
    found = paged(request, library_of(request.user, words=words), size=20)
    return render(request, "marketplace/library/list.html", {"place": "market", "words": words, **with_files(found)})


def with_files(found):
    """Each licence with what it opens, as `files`."""
    files = delivered(license.product for license in found["items"])
    for license in found["items"]:
        license.files = files[license.product_id]
    return found


@login_required
@require_safe
@never_cache
def download(request, license_id, file_id):
    """To a link made this moment, so that one on a page never is too old."""
    try:
        return redirect(link_for(license_id=license_id, file_id=file_id, by=request.user))
    except NotFound:
        raise Http404 from None
    except Forbidden as error:
        messages.error(request, error.message)
        return redirect("library")


@login_required
@require_safe
def document(request, order_id, number):
    """An invoice or credit note as PDF, for the buyer alone."""
    try:
        found = invoice_of(order_id=order_id, number=number, by=request.user)
    except (NotFound, Conflict):
        raise Http404 from None
    shown = content_disposition_header(False, f"{found.full_number}.pdf")
    headers = {"Content-Disposition": shown, "Cache-Control": "private, no-cache"}
    return HttpResponse(render_invoice(found), content_type="application/pdf", headers=headers)
