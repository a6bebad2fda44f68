"""How this app's things are spelt in the Council dialect: camelCase, seconds since 1970. Source: council.txt, "TypeScript Types"."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import epoch_seconds
from config.paging import Page
from conversations.models import Conversation, Message
from council.models import Persona, Project


class DoneOut(serializers.Serializer):
    success = serializers.BooleanField()


class ConversationOut(serializers.Serializer):
    id = serializers.CharField()
    projectId = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    mode = serializers.ChoiceField(["quick", "second-opinion", "brain-trust"])
    createdBy = serializers.CharField()
    createdAt = serializers.IntegerField(help_text="seconds since 1970")
    updatedAt = serializers.IntegerField(help_text="seconds since 1970")


def project_out(project: Project) -> dict[str, Any]:
    return {
        "id": project.pk,
        "name": project.name,
        "description": project.description,
        "createdBy": project.created_by_id,
        "isShared": project.is_shared,
        "createdAt": epoch_seconds(project.created_at),
        "updatedAt": epoch_seconds(project.updated_at),
    }


def persona_out(persona: Persona) -> dict[str, Any]:
    owner = {} if persona.owner_id is None else {"createdBy": persona.owner_id}
    return {
        "id": persona.pk,
        "name": persona.name,
        "role": persona.role,
        "systemPrompt": persona.system_prompt,
        "defaultModelId": persona.default_model_id,
        "avatarEmoji": persona.avatar_emoji,
        "accentColor": persona.accent_color,
        "isDefault": persona.is_default,
        **owner,
        "createdAt": epoch_seconds(persona.created_at),
        "updatedAt": epoch_seconds(persona.updated_at),
    }


def conversation_out(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.pk,
        "projectId": conversation.project_id,
        "title": conversation.title,
        "mode": conversation.mode,
        "createdBy": conversation.created_by_id,
        "createdAt": epoch_seconds(conversation.created_at),
        "updatedAt": epoch_seconds(conversation.updated_at),
    }


def message_out(row: dict[str, Any], *, asked_by: Any) -> dict[str, Any]:
    """A message from a row of `queries.deliberations.MESSAGE`; keys that do not apply are left off."""
    spelt = {
        "id": row["id"],
        "conversationId": row["conversation_id"],
        "role": row["role"],
        "content": row["content"],
        "status": row["status"],
        # What advisors say was asked for by somebody; the document wants a user there.
        "createdBy": row["sender_id"] or asked_by,
        "createdAt": epoch_seconds(row["created_at"]),
    }
    if row["parent_id"]:
        spelt["parentMessageId"] = row["parent_id"]
    if row["role"] == Message.Role.ADVISOR:
        spelt |= {
            "personaId": row["advisor_reply__persona_id"],
            "modelId": row["advisor_reply__model_id"],
            "usage": {
                "promptTokens": row["advisor_reply__prompt_tokens"],
                "completionTokens": row["advisor_reply__completion_tokens"],
                "estimated": row["advisor_reply__is_usage_estimated"],
            },
        }
    if row["role"] == Message.Role.SYNTHESIS:
        spelt |= {"modelId": row["synthesis__model_id"], "synthesis": row["synthesis__body"]}
    return spelt


def page_response(page: Page, shape: Any) -> Response:
    """A bare array; a further page is offered by a header and read with `cursor`."""
    response = Response([shape(row) for row in page.items])
    if page.next_cursor:
        response.headers["X-Next-Cursor"] = page.next_cursor
    return response
