from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text, YesNo, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.paging import whole_number
from conversations.models import Notification
from conversations.queries.notifications import MOST_COUNTED, notifications, unread_notifications
from conversations.verbs.notifications import MOST_AT_ONCE, mark_read


class NotificationsIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=200)


class NotificationOut(serializers.Serializer):
    id = serializers.CharField()
    kind = serializers.ChoiceField(Notification.Kind.values)
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True, help_text="a place in Stoa's pages")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NotificationsOut(serializers.Serializer):
    notifications = NotificationOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()
    unread = serializers.IntegerField(help_text=f"in all, {MOST_COUNTED} at most")


class ReadIn(serializers.Serializer):
    ids = serializers.ListField(child=Text(max_length=64), max_length=MOST_AT_ONCE, required=False)
    all = YesNo(required=False)


class ReadOut(serializers.Serializer):
    marked = serializers.IntegerField(help_text="how many were news")
    unread = serializers.IntegerField()


def notification_out(row):
    moments = {name: iso_z(row[name]) for name in ("created_at", "read_at")}
    return {name: row[name] for name in ("id", "kind", "title", "text", "url")} | moments


class Notifications(VezaViewSet):
    """decisions.md §5: what the platform said to the caller."""

    @documented(query=NotificationsIn, gives=NotificationsOut)
    def list(self, request):
        """Newest first."""
        limit = whole_number(request.query_params, "limit", default=20, least=1, most=100)
        page = notifications(by=request.user, cursor=request.query_params.get("cursor"), limit=limit)
        return Response(
            {
                "notifications": [notification_out(row) for row in page.items],
                "next_cursor": page.next_cursor,
                "has_more": page.has_more,
                "unread": unread_notifications(by=request.user),
            }
        )

    @documented(takes=ReadIn, gives=ReadOut)
    def mark_read(self, request):
        """These, or `all: true`. Other people's and unknown ids are passed over."""
        given = self.given(ReadIn)
        if not given.get("all") and "ids" not in given:
            raise Invalid("Name the ids, or say all: true", details={"ids": ["This field is required."]})
        marked = mark_read(ids=None if given.get("all") else given["ids"], by=request.user)
        return Response({"marked": marked, "unread": unread_notifications(by=request.user)})
