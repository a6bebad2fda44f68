"""The few views that belong to no app: the catalogue of pieces, public media, and failures born outside any view."""

import sys

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template import loader

from config import errors
from config.catalogue import samples
from config.connections import none_is_free
from config.dialects import refuse
from config.files import file_response


@staff_member_required
def pieces(request):
    return render(request, "pieces_page.html", {"place": "", **samples()})


def bad_request(request, exception):
    return refuse(request, errors.Invalid()) or render(request, "errors/400.html", status=400)


def forbidden(request, exception):
    return refuse(request, errors.Forbidden()) or render(request, "errors/403.html", status=403)


def not_found(request, exception):
    return refuse(request, errors.NotFound()) or render(request, "errors/404.html", status=404)


def server_error(request):
    if busy := none_is_free(sys.exception()):
        page = loader.get_template("errors/503.html").render({"message": busy.message})
        headers = {"Retry-After": str(busy.retry_after)}
        return refuse(request, busy) or HttpResponse(page, status=503, headers=headers)
    # No context processors: whatever broke may break them too.
    return refuse(request, errors.Internal()) or HttpResponse(
        loader.get_template("errors/500.html").render(), status=500
    )


def csrf_failure(request, reason=""):
    sentence = "This form was open too long or came from elsewhere. Go back, reload the page and try again."
    error = errors.Forbidden(sentence, code="csrf_failed")
    return refuse(request, error) or render(request, "errors/403.html", {"message": sentence}, status=403)


LONGEST_PATH = 250
PUBLIC_FOLDERS = ("avatars", "covers", "previews", "products")


def media(request, path):
    """Public media: pictures and previews, under names that we made. Nothing outside these folders is reachable."""
    root = settings.MEDIA_ROOT.resolve()
    if "\0" in path or len(path) > LONGEST_PATH:
        raise Http404
    found = (root / path).resolve()
    if (
        not found.is_relative_to(root)
        or found.relative_to(root).parts[:1] not in {(f,) for f in PUBLIC_FOLDERS}
        or not found.is_file()
    ):
        raise Http404
    return file_response(request, found, max_age=86400)
