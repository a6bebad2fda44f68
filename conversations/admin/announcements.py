from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.utils.timezone import now
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from config.errors import DomainError
from conversations.models import Announcement
from conversations.verbs.announcements import announce, check_announcement, withdraw


class AnnouncementForm(ModelForm):
    def clean(self):
        """The verb's rules are said beside the fields, before anything is kept."""
        given = super().clean() or {}
        if not self.errors:
            try:
                check_announcement(
                    **{name: given[name] for name in ("title", "content", "type", "ends_at")}, begins=given["starts_at"]
                )
            except DomainError as error:
                raise ValidationError(error.details or error.message) from None
        return given


@admin.register(Announcement)
class AnnouncementAdmin(ModelAdmin):
    """What is said to all is not reworded under people's eyes: it is withdrawn, and said anew."""

    form = AnnouncementForm
    list_display = ("title", "type", "state", "starts_at", "ends_at", "made_by", "withdrawn_at")
    list_filter = ("type", ("withdrawn_at", admin.EmptyFieldListFilter), "starts_at")
    list_select_related = ("made_by",)
    list_per_page = 50
    search_fields = ("=id", "title", "content", "made_by__email")
    fields = ("title", "content", "type", "starts_at", "ends_at")
    actions = ("withdraw",)

    @display(
        description="State", label={"shown": "success", "to come": "info", "over": "warning", "withdrawn": "warning"}
    )
    def state(self, row):
        moment = now()
        if row.withdrawn_at is not None:
            return "withdrawn"
        return "shown" if row.is_active_at(moment) else "to come" if row.starts_at > moment else "over"

    def get_fields(self, request, obj=None):
        return (*self.fields, "made_by", "created_at", "told_at", "withdrawn_at") if obj else self.fields

    def get_changeform_initial_data(self, request):
        return {"starts_at": now()}

    def save_model(self, request, obj, form, change):
        row = announce(
            title=obj.title,
            content=obj.content,
            type=obj.type,
            starts_at=obj.starts_at,
            ends_at=obj.ends_at,
            by=request.user,
        )
        obj.pk, obj.created_at = row.pk, row.created_at

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @action(description="Withdraw: nobody sees it any more", permissions=["add"])
    def withdraw(self, request, rows):
        for row in rows:
            try:
                withdraw(announcement_id=row.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{row}: {error.message}")
            else:
                messages.success(request, f"{row} is withdrawn")
