from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin

from config.errors import DomainError
from config.money import Money
from marketplace.models import Difference
from marketplace.verbs.differences import LONGEST, resolve_difference


class ResolveForm(forms.ModelForm):
    """What it was and what was done, in words: the only thing that staff write here."""

    resolution = forms.CharField(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}))

    class Meta:
        model = Difference
        fields = ("resolution",)

    def clean(self):
        if self.instance.resolved_at is not None:
            self.add_error(None, "This difference is resolved already")
        return super().clean()


@admin.register(Difference)
class DifferenceAdmin(ModelAdmin):
    """Where our books and the provider's disagree. Nothing is mended by itself: staff look, act, and say what it was."""

    form = ResolveForm
    list_per_page = 50
    show_full_result_count = False
    list_display = ("kind", "reference", "ours", "theirs", "note", "found_at", "seen_at", "resolved_at", "resolved_by")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "kind", "currency", "found_at")
    list_select_related = ("resolved_by",)
    search_fields = ("=id", "reference", "note", "resolution")
    readonly_fields = (
        "kind", "reference", "ours", "theirs", "note", "found_at", "seen_at", "resolved_at", "resolved_by",
    )  # fmt: skip
    fields = (*readonly_fields, "resolution")

    def ours(self, row):
        return "" if row.ours_cents is None else Money(row.ours_cents, row.currency)

    def theirs(self, row):
        return "unknown there" if row.theirs_cents is None else Money(row.theirs_cents, row.currency)

    def save_model(self, request, obj, form, change):
        try:
            resolve_difference(difference_id=obj.pk, resolution=obj.resolution, by=request.user)
        except DomainError as error:
            self.message_user(request, error.message, "error")

    def has_change_permission(self, request, obj=None):
        """Others look at them."""
        return request.user.is_admin and super().has_change_permission(request, obj)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
