from django.db.models import Q
from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Properties, Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.ids import LONGEST_ID, parse_id
from config.paging import keyset, page_of
from ontology.api.one.entities import Done, page_response
from ontology.api.one.shapes import CONNECTION, connection_out
from ontology.models import Connection, ConnectionType
from ontology.verbs.connections import create_connection, delete_connection


class CreateConnectionIn(serializers.Serializer):
    fromEntityId = Text(max_length=LONGEST_ID, source="from_entity_id")
    toEntityId = Text(max_length=LONGEST_ID, source="to_entity_id")
    relationshipType = serializers.ChoiceField(ConnectionType.choices, source="relationship_type")
    metadata = Properties(required=False, allow_null=True)


class ConnectionIdIn(serializers.Serializer):
    id = Text(max_length=LONGEST_ID)


class ConnectionsOfIn(serializers.Serializer):
    entityId = serializers.CharField(max_length=LONGEST_ID)
    direction = serializers.ChoiceField(("from", "to", "both"), default="both")
    relationshipType = serializers.ChoiceField(ConnectionType.choices, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    cursor = serializers.CharField(required=False, max_length=200)


class ConnectionOut(serializers.Serializer):
    _id = serializers.CharField()
    fromEntityId = serializers.CharField()
    toEntityId = serializers.CharField()
    relationshipType = serializers.ChoiceField(ConnectionType.choices)
    metadata = serializers.JSONField(allow_null=True)
    createdAt = serializers.IntegerField(help_text="Unix timestamp (ms)")


class ConnectionCreated(serializers.Serializer):
    connectionId = serializers.CharField()


class Connections(OneViewSet):
    """Document one.txt, /connections/*."""

    @documented(takes=CreateConnectionIn, gives=ConnectionCreated)
    def create(self, request):
        connection = create_connection(by=request.user, **self.given(CreateConnectionIn))
        return Response({"connectionId": connection.pk})

    @documented(query=ConnectionsOfIn, gives=ConnectionOut(many=True))
    def retrieve(self, request):
        """The live connections of one entity, newest first; none where the entity cannot be seen."""
        asked = self.given(ConnectionsOfIn)
        key = parse_id(asked["entityId"])
        ends = {"from": Q(from_entity=key), "to": Q(to_entity=key), "both": Q(from_entity=key) | Q(to_entity=key)}
        rows = Connection.objects.visible_to(request.user).filter(ends[asked["direction"]])
        if "relationshipType" in asked:
            rows = rows.filter(relationship_type=asked["relationshipType"])
        found = keyset(rows.values(*CONNECTION), cursor=asked.get("cursor"), limit=asked["limit"]) if key else []
        return page_response(page_of(found, limit=asked["limit"]), connection_out)

    @documented(takes=ConnectionIdIn, gives=Done)
    def delete_softly(self, request):
        delete_connection(connection_id=self.given(ConnectionIdIn)["id"], by=request.user)
        return Response({"success": True})
