from django.contrib import admin, messages
from unfold.decorators import action

from config.errors import DomainError
from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Track
from ontology.verbs.tracks import delete_track


@admin.register(Track)
class TrackAdmin(ReadOnlyAdmin):
    list_display = (
        "title",
        "artist",
        "owner",
        "status",
        "format",
        "play_count",
        "like_count",
        "created_at",
        "deleted_at",
    )
    list_filter = ("status", "format", "waveform_status", ("deleted_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "title", "artist", "owner__email", "owner__name")
    exclude = ("waveform",)
    actions = ("remove",)

    @action(description="Delete what is selected")
    def remove(self, request, rows):
        for track in rows:
            try:
                delete_track(track_id=track.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{track}: {error.message}")
            else:
                messages.success(request, "The track is deleted")
