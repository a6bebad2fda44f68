"""What people report, and what the house does about it: every action calls the verb that the API calls."""

from django import forms
from django.contrib import admin, messages
from django.template.defaultfilters import truncatechars
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from config.errors import DomainError
from council.admin.deliberations import Kept
from council.models import Report
from council.models.reports import LONGEST_NOTE
from council.verbs.moderation import resolve_report

ROWS = {
    "user": "accounts_user",
    "track": "ontology_track",
    "comment": "ontology_comment",
    "post": "ontology_post",
    "product": "marketplace_product",
    "message": "conversations_message",
}


class NoteForm(ActionForm):
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label="",
        widget=UnfoldAdminTextInputWidget({"placeholder": "A word to whoever is warned (optional)"}),
    )


@admin.register(Report)
class ReportAdmin(Kept):
    list_display = ("what", "state", "because", "subject", "reporter", "created_at", "done", "resolved_by")
    list_filter = ("status", "content_type", "action", "created_at")
    list_select_related = ("reporter", "subject", "resolved_by")
    search_fields = ("=id", "=content_id", "title", "reason", "reporter__email", "subject__email", "subject__name")
    fields = (
        "content_type",
        "title",
        "seen",
        "row",
        "subject",
        "others",
        "reason",
        "reporter",
        "created_at",
        "status",
        "action",
        "note",
        "resolved_by",
        "resolved_at",
    )
    readonly_fields = fields
    action_form = NoteForm
    actions = ("dismiss", "settle", "warn", "remove", "ban")

    @display(description="What", ordering="content_type")
    def what(self, report):
        return f"{report.get_content_type_display()}: {truncatechars(report.title or report.content_id, 50)}"

    @display(
        description="Status",
        ordering="status",
        label={"pending": "warning", "resolved": "success", "dismissed": "info"},
    )
    def state(self, report):
        return report.status

    @display(description="Reason")
    def because(self, report):
        return truncatechars(" ".join(report.reason.split()), 60)

    @display(description="Done", ordering="action")
    def done(self, report):
        return report.get_action_display() or "-"

    @display(description="Where it is kept")
    def row(self, report):
        link = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
        try:
            place = reverse(f"admin:{ROWS[report.content_type]}_change", args=[report.content_id])
        except NoReverseMatch:
            place = report.place
        kept = format_html(link, place, "Its row")
        is_readable = report.place and report.content_type != "message"
        return format_html("{} · {}", kept, format_html(link, report.place, "Its page")) if is_readable else kept

    @display(description="Others who reported the same")
    def others(self, report):
        same = Report.objects.filter(content_type=report.content_type, content_id=report.content_id)
        return same.exclude(pk=report.pk).count()

    @action(description="Dismiss: nothing is wrong with it", permissions=["decide"])
    def dismiss(self, request, rows):
        self.decide(request, rows, "dismiss")

    @action(description="Resolve: what had to be done is done", permissions=["decide"])
    def settle(self, request, rows):
        self.decide(request, rows, "resolve")

    @action(description="Warn whoever it was", permissions=["decide"])
    def warn(self, request, rows):
        self.decide(request, rows, "warn")

    @action(description="Remove it, and tell whoever it was", permissions=["decide"])
    def remove(self, request, rows):
        self.decide(request, rows, "remove")

    @action(description="Ban: switch the account off", permissions=["decide"])
    def ban(self, request, rows):
        self.decide(request, rows, "ban")

    def has_decide_permission(self, request):
        return request.user.is_admin

    @staticmethod
    def decide(request, rows, act):
        note = request.POST.get("note", "")
        for report in rows:
            try:
                closed = resolve_report(report_id=report.pk, action=act, note=note, by=request.user)
            except DomainError as error:
                messages.error(request, f"{report}: {error.message}")
            else:
                messages.success(request, f"{report} is {closed.status}")
