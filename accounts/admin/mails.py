from django.contrib import admin

from accounts.models import Mail
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """What was or will be sent to whom. What stands in it is between the house and that person."""

    list_display = ("template", "to", "user", "queued_at", "sent_at", "attempts", "error")
    list_filter = (("sent_at", admin.EmptyFieldListFilter), "template", "error", "queued_at")
    list_select_related = ("user",)
    search_fields = ("=id", "to", "user__email", "user__name", "template")
    exclude = ("context",)
