from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.paging import whole_number
from ontology.queries.tag_names import LONGEST, suggest


class SuggestIn(serializers.Serializer):
    q = serializers.CharField(required=False, max_length=LONGEST, help_text="left off: the most used")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=10)


class SuggestionsOut(serializers.Serializer):
    suggestions = serializers.ListField(child=serializers.CharField())


class Tags(VezaViewSet):
    """Document veza.txt, "Tags"."""

    @documented(query=SuggestIn, gives=SuggestionsOut)
    def suggest(self, request):
        """Tags that begin with `q`, the most used first, then those that it may be a slip of."""
        limit = whole_number(request.query_params, "limit", default=10, least=1, most=100)
        words = request.query_params.get("q", "")
        if len(words) > LONGEST:
            raise Invalid(details={"q": [f"Must be at most {LONGEST} characters."]})
        return Response({"suggestions": suggest(words=words, limit=limit)})
