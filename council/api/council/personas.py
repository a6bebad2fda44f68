from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.council import CouncilViewSet
from config.dialects.fields import Text
from config.dialects.schema import documented
from council.api.council.shapes import DoneOut, persona_out
from council.queries.personas import persona_of, personas_of
from council.verbs.personas import create_persona, delete_persona, revise_persona


class PersonaIn(serializers.Serializer):
    name = Text(allow_blank=True, required=False)
    role = Text(allow_blank=True, required=False)
    systemPrompt = Text(allow_blank=True, required=False)
    defaultModelId = Text(allow_blank=True, required=False)
    avatarEmoji = Text(allow_blank=True, required=False)
    accentColor = Text(required=False)


class PersonaOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()
    systemPrompt = serializers.CharField()
    defaultModelId = serializers.CharField()
    avatarEmoji = serializers.CharField()
    accentColor = serializers.CharField()
    isDefault = serializers.BooleanField()
    createdBy = serializers.CharField(required=False, help_text="of one's own personas")
    createdAt = serializers.IntegerField(help_text="seconds since 1970")
    updatedAt = serializers.IntegerField(help_text="seconds since 1970")


WORDS = {
    "name": "name",
    "role": "role",
    "systemPrompt": "system_prompt",
    "defaultModelId": "default_model_id",
    "avatarEmoji": "avatar_emoji",
    "accentColor": "accent_color",
}


class Personas(CouncilViewSet):
    """Document council.txt, "Personas"; making and removing one's own are ours (decisions.md §5)."""

    @documented(gives=PersonaOut(many=True))
    def list(self, request):
        """The three defaults, then one's own; at most 203."""
        return Response([persona_out(persona) for persona in personas_of(request.user)])

    @documented(takes=PersonaIn, gives=PersonaOut, status=201)
    def create(self, request):
        return Response(persona_out(create_persona(by=request.user, **self.renamed())), status=201)

    @documented(gives=PersonaOut)
    def retrieve(self, request, persona_id):
        return Response(persona_out(persona_of(request.user, persona_id)))

    @documented(takes=PersonaIn, gives=PersonaOut)
    def update(self, request, persona_id):
        """On a default persona this keeps the caller's own version of it under the same id."""
        return Response(persona_out(revise_persona(persona_id=persona_id, by=request.user, **self.renamed())))

    @documented(gives=DoneOut)
    def remove(self, request, persona_id):
        delete_persona(persona_id=persona_id, by=request.user)
        return Response({"success": True})

    def renamed(self) -> dict[str, Any]:
        return {WORDS[name]: value for name, value in self.given(PersonaIn).items()}
