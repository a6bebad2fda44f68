"""Webhooks as Meta sends them, and accounts to which they come."""

import hashlib
import hmac
import json

from django.conf import settings
from django.test import Client

from conversations.models import Message, PlatformAccount
from conversations.verbs.platform_accounts import connect_account
from tests.factories.subscriptions import TierFactory, subscribed

PAGE, IG, NUMBER = "101", "178001", "5550001"
AT = 1767000000
"""The seconds of the first message, 2025-12-29 09:20:00 UTC."""


def account_of(owner, platform="facebook", external_id=PAGE, name="Olive & Oak"):
    """A sandbox account that `owner` has connected."""
    return connect_account(platform=platform, external_id=external_id, name=name, by=owner)


def whatsapp_account_of(owner, external_id=NUMBER):
    """With a tier that brings WhatsApp."""
    subscribed(owner, TierFactory(platforms=["facebook", "instagram", "whatsapp"]))
    return account_of(owner, "whatsapp", external_id)


def message(mid="m_A1", text="Ship to Oslo?", client="7100", page=PAGE, at=AT, **more):
    """One event of Messenger or Instagram in which a client says something."""
    return {
        "sender": {"id": client},
        "recipient": {"id": page},
        "timestamp": at * 1000,
        "message": {"mid": mid, "text": text, **more},
    }


def echo(mid="m_B1", text="We do", client="7100", page=PAGE, at=AT + 60, **more):
    event = message(mid, text, client, page, at, is_echo=True, **more)
    return {**event, "sender": {"id": page}, "recipient": {"id": client}}


def about(client="7100", page=PAGE, at=AT + 120, **what):
    """An event that is no message: delivery=, read=, reaction=, message_edit=, postback=."""
    return {"sender": {"id": client}, "recipient": {"id": page}, "timestamp": at * 1000, **what}


def messenger(*events, page=PAGE, object="page"):
    return {"object": object, "entry": [{"id": page, "time": AT * 1000 + 500, "messaging": list(events)}]}


def instagram(*events):
    return messenger(*events, page=IG, object="instagram")


def whatsapp(number=NUMBER, field="messages", **value):
    """`messages=`, `contacts=`, `statuses=`, `message_echoes=`."""
    metadata = {"display_phone_number": "15550009999", "phone_number_id": number}
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "waba", "changes": [change]}]}


def wa_text(key="wamid.X1", text="Hi", at=AT, **whom):
    whom = whom or {"from": "15551230001"}
    return {**whom, "id": key, "timestamp": str(at), "type": "text", "text": {"body": text}}


def signed(body, secret=None):
    digest = hmac.new((secret or settings.META_APP_SECRET).encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def tell(payload, path="/webhooks/facebook", headers=None):
    """Post it as Meta would; `payload` may be bytes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = signed(body) if headers is None else headers
    return Client().post(path, body, content_type="application/json", headers=headers)


def told(payload, path="/webhooks/facebook"):
    answer = tell(payload, path)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "received": True})


def said():
    """(role, content) of every message, in the order in which it is shown."""
    return list(Message.objects.order_by("sent_at", "id").values_list("role", "content"))


def the_account(**which):
    return PlatformAccount.objects.get(**which)
