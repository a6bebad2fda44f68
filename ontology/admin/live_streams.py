from django.contrib import admin, messages
from unfold.decorators import action

from config.errors import DomainError
from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import LiveStream
from ontology.verbs.live_streams import delete_stream


@admin.register(LiveStream)
class LiveStreamAdmin(ReadOnlyAdmin):
    list_display = ("title", "owner", "status", "is_live", "started_at", "created_at", "deleted_at")
    list_filter = ("is_live", "status", ("deleted_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "title", "owner__email", "owner__name")
    actions = ("remove",)

    @action(description="Take off air and delete what is selected")
    def remove(self, request, rows):
        for stream in rows:
            try:
                delete_stream(stream_id=stream.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{stream}: {error.message}")
            else:
                messages.success(request, "The stream is deleted")
