"""How Dana spells clients' conversations and their messages: what the document shows, and after it what is ours."""

import datetime as dt
import re
from typing import Any

from rest_framework import serializers

from config.dialects.fields import Text, iso_z
from conversations.models import LONGEST_MESSAGE, Conversation, Delivery, Platform
from conversations.verbs.client_replies import person_until
from conversations.verbs.client_threads import LONGEST_NAME
from conversations.verbs.messages import LONGEST_CLIENT_ID

SENDERS = ("user", "client", "ai")
UNESCAPED_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")


class Moment(serializers.DateTimeField):
    """A moment in ISO 8601; without an offset it is UTC. A plus that was not escaped has become a space on its way."""

    default_error_messages = {"no_moment": "Must be a moment in ISO 8601, such as 2023-03-15T10:00:00Z."}

    def to_internal_value(self, value: Any) -> Any:
        text = UNESCAPED_PLUS.sub(r"\1+\2", str(value)[:64])
        try:
            moment = dt.datetime.fromisoformat(text if text.isprintable() else "")  # Python reads a NUL as the end
            return moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self.fail("no_moment")


# --- conversations ---------------------------------------------------------------------------------------------------


class ConversationsAsked(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    offset = serializers.IntegerField(min_value=0, default=0)
    status = serializers.ChoiceField(Conversation.Status.values, required=False)
    platform = serializers.ChoiceField(Platform.values, required=False)


class ConversationIn(serializers.Serializer):
    """A conversation opened by hand: nothing is sent, and everything is kept."""

    platform = serializers.ChoiceField(Platform.values)
    client_name = Text(max_length=LONGEST_NAME)
    client_company = Text(max_length=LONGEST_NAME, required=False, default="", allow_blank=True, allow_null=True)


class ConversationChangeIn(serializers.Serializer):
    """What is given changes, the rest stays; a null `client_company` takes it away."""

    client_name = Text(max_length=LONGEST_NAME, required=False, allow_blank=True)
    client_company = Text(max_length=LONGEST_NAME, required=False, allow_blank=True, allow_null=True)
    status = serializers.ChoiceField(Conversation.Status.values, required=False)

    def validate_client_company(self, value: str | None) -> str:
        return value or ""


class ReadIn(serializers.Serializer):
    message_id = Text(
        max_length=64, required=False, allow_null=True, help_text="Up to here; without it up to the last one"
    )


class ConversationOut(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField(allow_null=True, help_text="Whose conversation it is")
    platform = serializers.ChoiceField(Platform.values)
    client_name = serializers.CharField(allow_blank=True)
    client_company = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(Conversation.Status.values)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    unread_count = serializers.IntegerField(help_text="Messages of others that the caller has not read")
    account_id = serializers.CharField(
        allow_null=True, help_text="null where it was opened by hand: nothing is sent there"
    )
    reply_until = serializers.DateTimeField(allow_null=True, help_text="Until when free text may be sent")
    person_reply_until = serializers.DateTimeField(allow_null=True, help_text="Until when a person may answer")
    waiting_since = serializers.DateTimeField(allow_null=True, help_text="Since when the client waits for an answer")
    assignee_id = serializers.CharField(allow_null=True)
    is_ai_paused = serializers.BooleanField()


class LastMessageOut(serializers.Serializer):
    content = serializers.CharField()
    sender_type = serializers.ChoiceField(SENDERS)
    timestamp = serializers.DateTimeField()


class ListedOut(ConversationOut):
    last_message = LastMessageOut(allow_null=True)


class ConversationsAnswer(serializers.Serializer):
    conversations = ListedOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class ConversationAnswer(serializers.Serializer):
    conversation = ConversationOut()


class ConversationChangedAnswer(ConversationAnswer):
    message = serializers.CharField()


class ReadAnswer(serializers.Serializer):
    message = serializers.CharField()
    last_read_seq = serializers.IntegerField()


def conversation_out(row):
    until = person_until(row["platform"], row["client_wrote_at"], row["reply_until"])
    return {
        "id": row["id"],
        "user_id": row["created_by_id"],
        "platform": row["platform"],
        "client_name": row["client_name"],
        "client_company": row["client_company"] or None,
        "status": row["status"],
        "created_at": iso_z(row["created_at"]),
        "updated_at": iso_z(row["updated_at"]),
        "unread_count": row["unread_count"],
        "account_id": row["account_id"],
        "reply_until": iso_z(row["reply_until"]),
        "person_reply_until": iso_z(until),
        "waiting_since": iso_z(row["waiting_since"]),
        "assignee_id": row["assignee_id"],
        "is_ai_paused": row["is_ai_paused"],
    }


def listed_out(row):
    last = row["last_message"]
    told = last and {
        "content": last["content"],
        "sender_type": last["role"],
        "timestamp": to_the_microsecond(last["sent_at"]),
    }
    return conversation_out(row) | {"last_message": told}


# --- messages --------------------------------------------------------------------------------------------------------


class MessagesAsked(serializers.Serializer):
    """`before` and `after` are exclusive; a page is longer than its limit by messages of one microsecond alone."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    before = Moment(required=False, help_text="The latest ones before this moment")
    after = Moment(required=False, help_text="The first ones after this moment")


class SendIn(serializers.Serializer):
    """`client` is for a conversation opened by hand: what a client said elsewhere, noted down."""

    conversation_id = Text(max_length=64)
    content = Text(max_length=LONGEST_MESSAGE, trim_whitespace=False)
    sender_type = serializers.ChoiceField(SENDERS, default="user")
    client_id = Text(
        max_length=LONGEST_CLIENT_ID,
        required=False,
        allow_null=True,
        trim_whitespace=False,
        help_text="As the header Idempotency-Key, which wins",
    )


class MessageOut(serializers.Serializer):
    id = serializers.CharField()
    conversation_id = serializers.CharField()
    content = serializers.CharField(allow_blank=True)
    sender_type = serializers.ChoiceField(SENDERS)
    created_at = serializers.DateTimeField(help_text="To the microsecond, as `before` and `after` want it")
    seq = serializers.IntegerField()
    sender_id = serializers.CharField(allow_null=True)
    delivery_status = serializers.ChoiceField(
        Delivery.Status.values, allow_null=True, help_text="null where nothing is sent"
    )
    delivery_error = serializers.CharField(allow_null=True, help_text="Why it did not arrive")


class MessagesAnswer(serializers.Serializer):
    conversation_id = serializers.CharField()
    messages = MessageOut(many=True)
    total = serializers.IntegerField(help_text="In the whole conversation")
    limit = serializers.IntegerField()


class MessageAnswer(serializers.Serializer):
    message = MessageOut()


class SentAnswer(serializers.Serializer):
    message = serializers.CharField()
    message_id = serializers.CharField()
    conversation_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    seq = serializers.IntegerField()


def message_out(row):
    return {
        "id": row["id"],
        "conversation_id": row["conversation_id"],
        "content": row["content"],
        "sender_type": row["role"],
        "created_at": to_the_microsecond(row["sent_at"]),
        "seq": row["seq"],
        "sender_id": row["sender_id"],
        "delivery_status": row["delivery__status"],
        "delivery_error": row["delivery__error_text"] or None,
    }


def to_the_microsecond(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
