"""Run by tests.live.Writer: reads wishes `{conversation, sender, count, content}` line by line and fulfils them."""

import sys
import time

import django
import orjson

django.setup()

from accounts.models import User  # noqa: E402 -- Django must be set up first
from conversations.verbs.messages import send_message  # noqa: E402 -- as above


def fulfil(conversation, sender, count, content=""):
    user = User.objects.get(pk=sender)
    for _ in range(count):
        send_message(conversation_id=conversation, content=content or str(time.time()), by=user)


for line in sys.stdin:
    fulfil(**orjson.loads(line))
    sys.stdout.write("{}\n")
    sys.stdout.flush()
