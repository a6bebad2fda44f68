"""GET /exports/<signed>: the archive itself, by the link in the mail; or by its id, for its owner signed in."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.queries.exports import archive_of, export_behind, export_of
from accounts.verbs.exports import note_download
from config.files import file_response
from config.ids import parse_id


@require_safe
def download(request, token):
    if parse_id(token) is None:
        export = export_behind(token)
    elif not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    elif (export := export_of(token, request.user)) is None:
        raise Http404
    if export is None:
        return guarded(render(request, "accounts/exports/gone.html", status=410))
    if is_beginning(request):
        note_download(export=export)
    name = f"stoa-{export.created_at:%Y-%m-%d}.zip"
    return guarded(file_response(request, archive_of(export), filename=name, attachment=True))


def is_beginning(request):
    """A player or a download manager asks for one file in many pieces: that is one download."""
    asked = request.headers.get("Range", "")
    return request.method == "GET" and (not asked or asked.replace(" ", "").startswith("bytes=0-"))


def guarded(response):
    """The address is a key: no cache keeps it and no other site is told it."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
