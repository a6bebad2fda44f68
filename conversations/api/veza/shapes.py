"""Rooms and messages as Veza's clients see them."""

from typing import Any

from rest_framework import serializers

from config.dialects.fields import iso_z
from conversations.queries.messages import sender_name


class SenderOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    username = serializers.CharField(allow_null=True)


class MessageOut(serializers.Serializer):
    id = serializers.CharField()
    conversation_id = serializers.CharField()
    seq = serializers.IntegerField(help_text="its number in the conversation, from 1, without gaps")
    role = serializers.CharField()
    sender_id = serializers.CharField(allow_null=True)
    sender = SenderOut(allow_null=True)
    content = serializers.CharField()
    client_id = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    created_at = serializers.DateTimeField()


class RoomOut(serializers.Serializer):
    id = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    status = serializers.CharField()
    created_by = serializers.CharField(allow_null=True)
    participant_count = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    last_read_seq = serializers.IntegerField()
    last_message = MessageOut(allow_null=True)
    last_message_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ParticipantOut(serializers.Serializer):
    user_id = serializers.CharField()
    username = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    role = serializers.CharField()
    last_read_seq = serializers.IntegerField()
    joined_at = serializers.DateTimeField()


def message_out(row: dict[str, Any]) -> dict[str, Any]:
    sender = {"id": row["sender_id"], "name": sender_name(row), "username": row["sender__username"]}
    return {
        "id": row["id"],
        "conversation_id": row["conversation_id"],
        "seq": row["seq"],
        "role": row["role"],
        "sender_id": row["sender_id"],
        "sender": sender if row["sender_id"] else None,
        "content": row["content"],
        "client_id": row["client_id"],
        "status": row["status"],
        "created_at": iso_z(row["sent_at"]),
    }


def room_out(row: dict[str, Any]) -> dict[str, Any]:
    last = row["last_message"]
    return {
        "id": row["id"],
        "kind": row["kind"],
        "name": row["title"] or row["others"],
        "status": row["status"],
        "created_by": row["created_by_id"],
        "participant_count": row["participant_count"],
        "unread_count": row["unread"],
        "last_seq": row["last_seq"],
        "last_read_seq": row["last_read_seq"],
        "last_message": last and message_out(last),
        "last_message_at": iso_z(row["last_message_at"]),
        "created_at": iso_z(row["created_at"]),
        "updated_at": iso_z(row["updated_at"]),
    }


def participant_out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "user_id": row["user_id"],
        "username": row["user__username"],
        "name": row["name"],
        "role": row["role"],
        "last_read_seq": row["last_read_seq"],
        "joined_at": iso_z(row["joined_at"]),
    }
