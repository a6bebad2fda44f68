from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Properties, Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.ids import LONGEST_ID, lookup_id
from config.paging import keyset, page_of
from ontology.api.one.shapes import ENTITY, entity_out
from ontology.models import Entity, EntityType, Status
from ontology.models.entities import PUBLIC
from ontology.verbs.entities import create_entity, delete_entity, update_entity


class CreateEntityIn(serializers.Serializer):
    type = serializers.ChoiceField(EntityType.choices)
    name = Text(min_length=1, max_length=255)
    properties = Properties(default=dict)
    status = serializers.ChoiceField(Status.choices, default=Status.ACTIVE)


class UpdateEntityIn(serializers.Serializer):
    id = Text(max_length=LONGEST_ID)
    name = Text(min_length=1, max_length=255, required=False)
    properties = Properties(required=False)
    status = serializers.ChoiceField(Status.choices, required=False)


class EntityIdIn(serializers.Serializer):
    id = Text(max_length=LONGEST_ID)


class ListEntitiesIn(serializers.Serializer):
    type = serializers.ChoiceField(EntityType.choices)
    status = serializers.ChoiceField(Status.choices, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=200)


class EntityOut(serializers.Serializer):
    _id = serializers.CharField()
    type = serializers.ChoiceField(EntityType.choices)
    name = serializers.CharField()
    properties = serializers.JSONField()
    status = serializers.ChoiceField(Status.choices)
    createdAt = serializers.IntegerField(help_text="Unix timestamp (ms)")
    updatedAt = serializers.IntegerField(help_text="Unix timestamp (ms)")


class Created(serializers.Serializer):
    entityId = serializers.CharField()
    type = serializers.ChoiceField(EntityType.choices)


class Done(serializers.Serializer):
    success = serializers.BooleanField()


class Entities(OneViewSet):
    """Document one.txt, /entities/*."""

    @documented(takes=CreateEntityIn, gives=Created)
    def create(self, request):
        entity = create_entity(by=request.user, **self.given(CreateEntityIn))
        return Response({"entityId": entity.pk, "type": entity.type})

    @documented(query=EntityIdIn, gives=EntityOut, or_null=True)
    def retrieve(self, request):
        """The entity, or null where there is none that the caller may see."""
        key = lookup_id(self.given(EntityIdIn)["id"])
        rows = Entity.objects.visible_to(request.user).filter(pk=key).order_by().values(*ENTITY)
        row = next(iter(rows[:1]), None)
        return Response(row and entity_out(row))

    @documented(query=ListEntitiesIn, gives=EntityOut(many=True))
    def list(self, request):
        """Newest first. A further page is offered by the header X-Next-Cursor and read with `cursor`."""
        asked = self.given(ListEntitiesIn)
        rows = Entity.objects.visible_to(request.user).filter(type=asked["type"])
        if "status" in asked:
            rows = rows.filter(status=asked["status"])
            # Others' drafts are not to be seen; said again so that an index finds one's own among them.
            if asked["status"] not in PUBLIC and not request.user.is_staff:
                rows = rows.filter(owner=request.user.pk)
        found = keyset(rows.values(*ENTITY), cursor=asked.get("cursor"), limit=asked["limit"])
        return page_response(page_of(found, limit=asked["limit"]), entity_out)

    @documented(takes=UpdateEntityIn, gives=Done)
    def update(self, request):
        given = self.given(UpdateEntityIn)
        update_entity(entity_id=given.pop("id"), by=request.user, **given)
        return Response({"success": True})

    @documented(takes=EntityIdIn, gives=Done)
    def delete_softly(self, request):
        delete_entity(entity_id=self.given(EntityIdIn)["id"], by=request.user)
        return Response({"success": True})


def page_response(page, shape):
    """A bare array, with the next page's cursor in a header (decisions.md §4)."""
    response = Response([shape(row) for row in page.items])
    if page.next_cursor:
        response.headers["X-Next-Cursor"] = page.next_cursor
    return response
