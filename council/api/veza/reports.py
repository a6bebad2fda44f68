from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.ids import LONGEST_ID
from config.paging import window
from council.models import Report
from council.models.reports import LONGEST_NOTE, LONGEST_REASON
from council.queries.reports import reports_for_staff
from council.verbs.moderation import resolve_report
from council.verbs.reports import file_report

PAGE = 20
STATUSES = (*Report.Status.values, "all")


class ReportIn(serializers.Serializer):
    content_type = serializers.ChoiceField(
        Report.Content.values, help_text="user, track and comment are the document's, the others ours"
    )
    content_id = Text(max_length=LONGEST_ID)
    reason = Text(max_length=LONGEST_REASON)


class ReportsIn(serializers.Serializer):
    status = serializers.ChoiceField(STATUSES, default="pending")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=PAGE)
    offset = serializers.IntegerField(min_value=0, default=0)


class StatusIn(serializers.Serializer):
    status = serializers.ChoiceField(STATUSES, default="pending")


class DecisionIn(serializers.Serializer):
    action = serializers.ChoiceField(
        Report.Action.values,
        help_text="resolve and dismiss close the report; warn tells the person, ban switches their account off; remove (ours) "
        "takes the thing away",
    )
    note = Text(required=False, allow_blank=True, max_length=LONGEST_NOTE, help_text="Whoever is warned reads it")


class ReportOut(serializers.Serializer):
    id = serializers.CharField()
    content_type = serializers.ChoiceField(Report.Content.values)
    content_id = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(Report.Status.values)
    created_at = serializers.DateTimeField()


class PersonOut(serializers.Serializer):
    id = serializers.CharField()
    username = serializers.CharField(allow_null=True)
    name = serializers.CharField()


class ContentOut(serializers.Serializer):
    title = serializers.CharField()
    text = serializers.CharField(help_text="What it said when it was reported")
    url = serializers.CharField(help_text="a place in Stoa's pages")


class WholeReportOut(ReportOut):
    content = ContentOut()
    reporter = PersonOut()
    reported_user = PersonOut(allow_null=True)
    action = serializers.ChoiceField(Report.Action.values, allow_null=True)
    note = serializers.CharField(allow_blank=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)


class ReportsOut(serializers.Serializer):
    reports = WholeReportOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


def report_out(row):
    told = {name: getattr(row, name) for name in ("content_type", "content_id", "reason", "status")}
    return {"id": row.pk, **told, "created_at": iso_z(row.created_at)}


def person_out(user):
    return user and {"id": user.pk, "username": user.username, "name": user.display_name}


def whole_out(row):
    return report_out(row) | {
        "content": {"title": row.title, "text": row.seen, "url": row.place},
        "reporter": person_out(row.reporter),
        "reported_user": person_out(row.subject),
        "action": row.action or None,
        "note": row.note,
        "resolved_at": iso_z(row.resolved_at),
        "resolved_by": row.resolved_by_id,
    }


class Reports(VezaViewSet):
    """Document veza.txt, POST /reports."""

    @documented(takes=ReportIn, gives=ReportOut, status=201)
    def create(self, request):
        """Once for each person and thing while nobody has decided: a second time is 409 `already_reported`."""
        return Response(report_out(file_report(by=request.user, **self.given(ReportIn))), status=201)


class ReportsForStaff(VezaViewSet):
    """Document veza.txt, "Moderation", for administrators."""

    permission_classes = (IsAdministrator,)
    key_scope = "admin"

    @documented(query=ReportsIn, gives=ReportsOut)
    def list(self, request):
        """The newest first; those that wait, where no `status` is named."""
        status, page = self.given(StatusIn)["status"], window(request.query_params, default=PAGE)
        rows, total = reports_for_staff(status=status, by=request.user, window=page)
        answer = {"reports": [whole_out(row) for row in rows], "total": total}
        return Response(answer | {"limit": page.limit, "offset": page.offset})

    @documented(takes=DecisionIn, gives=WholeReportOut)
    def resolve(self, request, report_id):
        """409 `report_closed` for one that was decided already."""
        return Response(whole_out(resolve_report(report_id=report_id, by=request.user, **self.given(DecisionIn))))
