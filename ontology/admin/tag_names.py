from django.contrib import admin

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import TagName, TagSpelling


class InUse(admin.SimpleListFilter):
    title = "use"
    parameter_name = "used"

    column = "uses"

    def lookups(self, request, model_admin):
        return (("1", "In use"), ("0", "Out of use"))

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        least, exactly = f"{self.column}__gt", self.column
        return queryset.filter(**({least: 0} if self.value() == "1" else {exactly: 0}))


class OfOneInUse(InUse):
    column = "tag__uses"


@admin.register(TagName)
class TagNameAdmin(ReadOnlyAdmin):
    list_display = ("name", "plain", "uses")
    list_filter = (InUse,)
    search_fields = ("^name", "^plain")


@admin.register(TagSpelling)
class TagSpellingAdmin(ReadOnlyAdmin):
    list_display = ("letters", "tag")
    list_filter = (OfOneInUse,)
    list_select_related = ("tag",)
    search_fields = ("=letters", "=tag__name")
