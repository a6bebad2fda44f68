from django.contrib import admin
from unfold.decorators import display

from accounts.models import StaffMember
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(StaffMember)
class StaffMemberAdmin(ReadOnlyAdmin):
    """Since when and by whom. The role itself is changed at the account."""

    list_display = ("user", "role", "appointed_by", "created_at", "updated_at")
    list_filter = ("user__role", "created_at")
    list_select_related = ("user", "appointed_by")
    search_fields = ("=id", "user__email", "user__name", "appointed_by__email")

    @display(description="Role", ordering="user__role")
    def role(self, member):
        return member.user.role
