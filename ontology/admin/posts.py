from django.contrib import admin, messages
from django.template.defaultfilters import truncatechars
from unfold.decorators import action

from config.errors import DomainError
from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Post
from ontology.verbs.posts import delete_post


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ("beginning", "author", "like_count", "comment_count", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("author",)
    search_fields = ("=id", "content", "author__email", "author__name")
    actions = ("remove",)

    @admin.display(description="content")
    def beginning(self, post):
        return truncatechars(post.content, 60)

    @action(description="Delete what is selected")
    def remove(self, request, rows):
        for post in rows:
            try:
                delete_post(post_id=post.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{post}: {error.message}")
            else:
                messages.success(request, "The post is deleted")
