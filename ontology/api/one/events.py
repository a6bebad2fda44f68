import datetime as dt

from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Properties, Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.errors import Invalid
from config.ids import LONGEST_ID, lookup_id
from config.paging import keyset, page_of
from ontology.api.one.entities import page_response
from ontology.api.one.shapes import EVENT, event_out
from ontology.models import Event, EventType
from ontology.verbs.events import log_event


class LogEventIn(serializers.Serializer):
    type = serializers.ChoiceField(EventType.choices)
    actorId = Text(max_length=LONGEST_ID, source="actor_id")
    targetId = Text(max_length=LONGEST_ID, source="target_id", required=False, allow_null=True)
    metadata = Properties(default=dict)


class HistoryIn(serializers.Serializer):
    entityId = serializers.CharField(max_length=LONGEST_ID, required=False)
    actorId = serializers.CharField(max_length=LONGEST_ID, required=False)
    type = serializers.ChoiceField(EventType.choices, required=False)
    startTime = serializers.IntegerField(required=False)
    endTime = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    cursor = serializers.CharField(required=False, max_length=200)


class EventOut(serializers.Serializer):
    _id = serializers.CharField()
    type = serializers.ChoiceField(EventType.choices)
    actorId = serializers.CharField()
    targetId = serializers.CharField(allow_null=True)
    timestamp = serializers.IntegerField(help_text="Unix timestamp (ms)")
    metadata = serializers.JSONField()


class EventLogged(serializers.Serializer):
    eventId = serializers.CharField()


def moment(milliseconds: int, name: str) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid(details={name: ["Must be a Unix timestamp in milliseconds."]}) from None


class Events(OneViewSet):
    """Document one.txt, /events/*."""

    @documented(takes=LogEventIn, gives=EventLogged)
    def log(self, request):
        event = log_event(by=request.user, **self.given(LogEventIn))
        return Response({"eventId": event.pk})

    @documented(query=HistoryIn, gives=EventOut(many=True))
    def get_history(self, request):
        """Newest first; `startTime` and `endTime` are exclusive. Filters that name unknown entities find nothing."""
        asked = self.given(HistoryIn)
        rows = Event.objects.visible_to(request.user)
        for key, field in (("entityId", "target"), ("actorId", "actor")):
            # Also one that is given and empty names no entity.
            if key in request.query_params:
                rows = rows.filter(**{field: lookup_id(asked.get(key))})
        if "type" in asked:
            rows = rows.filter(type=asked["type"])
        if "startTime" in asked:
            rows = rows.filter(timestamp__gte=moment(asked["startTime"] + 1, "startTime"))  # rows know microseconds
        if "endTime" in asked:
            rows = rows.filter(timestamp__lt=moment(asked["endTime"], "endTime"))
        found = keyset(rows.values(*EVENT), cursor=asked.get("cursor"), limit=asked["limit"], by="timestamp")
        return page_response(page_of(found, limit=asked["limit"], by="timestamp"), event_out)
