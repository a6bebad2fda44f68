from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.views.decorators.http import require_safe

from config.errors import NotFound
from config.files import stored_response
from conversations.verbs.client_files import find_file
from ontology.gateways import object_storage


@login_required
@require_safe
def client_file(request, message_id, place):
    """A copy of what came with a message, for who may see the message, always to be saved."""
    try:
        found = find_file(message_id=message_id, place=place, by=request.user)
        return stored_response(
            request,
            object_storage.place_of,
            key=found["key"],
            name=found["name"],
            content_type=found["content_type"],
        )
    except NotFound:
        raise Http404 from None
