"""What was asked and answered, to look at; a question that failed can be handed to a worker again."""

from django.contrib import admin, messages
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import action, display

from config.errors import DomainError
from council.models import AdvisorReply, Deliberation, Synthesis
from council.verbs.deliberations import requeue_deliberation

COLOURS = {"queued": "info", "running": "info", "done": "success", "stopped": "warning", "error": "danger"}


class Kept(ModelAdmin):
    """Written by verbs alone: staff read it."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Replies(StackedInline):
    model = AdvisorReply
    extra = 0
    can_delete = False
    fields = ("advisor_name", "text", "model_id", "prompt_tokens", "completion_tokens", "error_code")
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("message")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @display(description="What was said")
    def text(self, reply):
        return reply.message.content


@admin.register(Deliberation)
class DeliberationAdmin(Kept):
    list_display = ("asked", "state", "asked_by", "attempt", "error_code", "created_at", "finished_at")
    list_filter = ("status", "error_code", "error_stage", "created_at")
    list_select_related = ("question", "asked_by")
    search_fields = ("id", "question__content", "asked_by__email", "asked_by__name")
    date_hierarchy = "created_at"
    inlines = (Replies,)
    actions = ("try_again",)

    @display(description="Question")
    def asked(self, deliberation):
        text = deliberation.question.content
        return text if len(text) <= 90 else f"{text[:89]}…"

    @display(description="Status", label=COLOURS, ordering="status")
    def state(self, deliberation):
        return deliberation.status

    @action(description="Try again after the last finished answer")
    def try_again(self, request, rows):
        for deliberation in rows:
            try:
                requeue_deliberation(deliberation_id=deliberation.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{deliberation.pk}: {error.message}")
            else:
                messages.success(request, f"{deliberation.pk} waits for a worker")


@admin.register(AdvisorReply)
class AdvisorReplyAdmin(Kept):
    list_display = (
        "advisor_name",
        "deliberation",
        "state",
        "model_id",
        "prompt_tokens",
        "completion_tokens",
        "created_at",
    )
    list_filter = ("persona", "message__status", "model_id", "created_at")
    list_select_related = ("deliberation", "message")
    search_fields = ("id", "deliberation__id", "message__content", "advisor_name")

    @display(
        description="Status", label={"streaming": "info", "done": "success", "stopped": "warning", "error": "danger"}
    )
    def state(self, reply):
        return reply.message.status


@admin.register(Synthesis)
class SynthesisAdmin(Kept):
    list_display = ("deliberation", "model_id", "created_at")
    list_filter = ("model_id", "created_at")
    list_select_related = ("deliberation",)
    search_fields = ("id", "deliberation__id", "message__content")
