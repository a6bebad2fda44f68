from django.contrib import admin

from conversations.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from conversations.models import Conversation, Participant, Presence


class ParticipantInline(ReadOnlyInline):
    model = Participant
    fields = ("user", "role", "last_read_seq", "joined_at", "left_at")


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "kind", "status", "created_by", "last_seq", "last_message_at", "deleted_at")
    list_filter = ("kind", "status", ("deleted_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("id", "title", "created_by__email", "created_by__name")
    list_select_related = ("created_by",)
    ordering = ("-id",)  # by birth, on the primary key
    inlines = (ParticipantInline,)


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    list_display = ("user", "conversation", "role", "last_read_seq", "joined_at", "left_at")
    list_filter = ("role", "conversation__kind", ("left_at", admin.EmptyFieldListFilter))
    search_fields = ("user__email", "user__name", "conversation__title")
    list_select_related = ("user", "conversation")


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin):
    list_display = ("user", "conversation", "seen_at")
    list_filter = ("seen_at",)
    search_fields = ("user__email", "user__name")
    list_select_related = ("user", "conversation")
