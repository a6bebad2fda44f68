"""Projects and whom they are shared with, to look at: their owners decide about them."""

from django.contrib import admin
from unfold.admin import TabularInline

from council.admin.deliberations import Kept
from council.models import Project, ProjectMember


class Members(TabularInline):
    model = ProjectMember
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "joined_at")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Project)
class ProjectAdmin(Kept):
    list_display = ("name", "created_by", "is_shared", "created_at", "updated_at")
    list_filter = ("is_shared", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("id", "name", "description", "created_by__email")
    inlines = (Members,)


@admin.register(ProjectMember)
class ProjectMemberAdmin(Kept):
    list_display = ("project", "user", "joined_at")
    list_filter = ("joined_at",)
    list_select_related = ("project", "user")
    search_fields = ("id", "project__name", "user__email")
