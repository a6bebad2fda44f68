from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.ids import LONGEST_ID, lookup_id
from config.paging import keyset, page_of
from ontology.api.one.entities import EntityOut, page_response
from ontology.api.one.shapes import ENTITY, TAG, entity_out, tag_out
from ontology.models import Entity, Tag
from ontology.verbs.tags import create_tag


class CreateTagIn(serializers.Serializer):
    entityId = Text(max_length=LONGEST_ID, source="entity_id")
    key = Text(max_length=64)
    value = Text(max_length=128)


class TagsOfIn(serializers.Serializer):
    entityId = serializers.CharField(max_length=LONGEST_ID)
    key = serializers.CharField(max_length=64, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=1000)
    cursor = serializers.CharField(required=False, max_length=200)


class SearchTagsIn(serializers.Serializer):
    key = serializers.CharField(max_length=64)
    value = serializers.CharField(max_length=128)
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    cursor = serializers.CharField(required=False, max_length=200)


class TagCreated(serializers.Serializer):
    tagId = serializers.CharField()


class TagOut(serializers.Serializer):
    _id = serializers.CharField()
    entityId = serializers.CharField()
    key = serializers.CharField()
    value = serializers.CharField()


def tagged_entity_out(row):
    return entity_out({name: row[f"entity__{name}"] for name in ENTITY})


class Tags(OneViewSet):
    """Document one.txt, /tags/*."""

    @documented(takes=CreateTagIn, gives=TagCreated)
    def create(self, request):
        return Response({"tagId": create_tag(by=request.user, **self.given(CreateTagIn)).pk})

    @documented(query=TagsOfIn, gives=TagOut(many=True))
    def retrieve(self, request):
        """The tags of one entity, in the order it got them."""
        asked = self.given(TagsOfIn)
        seen = Entity.objects.visible_to(request.user).filter(pk=lookup_id(asked["entityId"]))
        rows = Tag.objects.filter(entity__in=seen)
        if "key" in asked:
            rows = rows.filter(key=asked["key"])
        found = keyset(
            rows.values(*TAG, "created_at"), cursor=asked.get("cursor"), limit=asked["limit"], newest_first=False
        )
        return page_response(page_of(found, limit=asked["limit"]), tag_out)

    @documented(query=SearchTagsIn, gives=EntityOut(many=True))
    def search(self, request):
        """Entities that carry the tag; the one that got it last comes first."""
        asked = self.given(SearchTagsIn)
        rows = Tag.objects.visible_to(request.user).filter(key=asked["key"], value=asked["value"])
        found = keyset(
            rows.values("id", "created_at", *(f"entity__{name}" for name in ENTITY)),
            cursor=asked.get("cursor"),
            limit=asked["limit"],
        )
        return page_response(page_of(found, limit=asked["limit"]), tagged_entity_out)
