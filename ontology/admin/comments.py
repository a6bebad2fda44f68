from django.contrib import admin, messages
from django.template.defaultfilters import truncatechars
from unfold.decorators import action

from config.errors import DomainError
from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Comment
from ontology.verbs.comments import remove_comment


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    list_display = ("beginning", "author", "entity", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("author", "entity")
    search_fields = ("=id", "=entity__id", "content", "author__email", "author__name")
    actions = ("remove",)

    @admin.display(description="content")
    def beginning(self, comment):
        return truncatechars(comment.content, 60)

    @action(description="Remove what is selected")
    def remove(self, request, rows):
        for comment in rows:
            try:
                remove_comment(comment_id=comment.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{comment}: {error.message}")
            else:
                messages.success(request, "The comment is removed")
