"""`/schema/`: the description of all published APIs, drawn once a process."""

import functools
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView


@functools.cache
def document(renderer: Any) -> bytes:
    """The whole description as `renderer` writes it: routes do not change while a process runs, and drawing takes seconds."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    written = renderer().render(schema, renderer_context={})
    return written.encode() if isinstance(written, str) else written


class KeptSchema(SpectacularAPIView):
    """YAML, or by Accept JSON."""

    def _get_schema_response(self, request: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        kind: Any = type(renderer)
        return HttpResponse(document(kind), content_type=renderer.media_type)
