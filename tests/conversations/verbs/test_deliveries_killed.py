"""A worker killed at any line of a delivery: nothing is lost, and what was sent is not sent again once its echo is there."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from conversations.models import Delivery, Message
from conversations.verbs.deliveries import attempt_delivery, deliveries_due
from conversations.verbs.messages import send_message
from tests.factories.accounts import UserFactory
from tests.factories.clients import account_of, thread_with
from tests.factories.platforms import echo, messenger, told
from tests.fakes.meta import TOKEN, FakeMeta
from tests.marketplace.verbs.test_killed import die_everywhere
from tests.mortal import Mortals

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "101"


class Echoing(FakeMeta):
    """It remembers under which id it took a text last."""

    def __init__(self):
        super().__init__()
        self.ids = {}

    def send(self, asked, key):
        status, told = super().send(asked, key)
        if status == 200:
            self.ids[self.sent[-1][2]] = told["message_id"]
        return status, told


@pytest.fixture
def meta(settings):
    with Echoing().has(PAGE).standing() as house:
        settings.META_GRAPH_BASE, settings.META_PAGE_TOKEN = house.base, TOKEN
        yield house


@pytest.fixture
def mortals(tmp_path, db, meta):
    mortals = Mortals(tmp_path, META_GRAPH_BASE=meta.base, META_PAGE_TOKEN=TOKEN)
    yield mortals
    mortals.end()


@pytest.fixture
def thread(db):
    owner = UserFactory()
    return thread_with(owner, account=account_of(owner, external_id=PAGE))


def sweep():
    for key in deliveries_due():
        attempt_delivery(message_id=key)


class TestAWorkerThatDies:
    def test_doubles_nothing_where_the_platform_echoes(self, mortals, meta, thread):
        said = []

        def prepare():
            said.append(f"Answer {len(said)}")
            return send_message(conversation_id=thread.pk, content=said[-1], by=thread.conversation.created_by)

        def hear_the_echo_and_sweep():
            if said[-1] in meta.ids:
                told(messenger(echo(meta.ids[said[-1]], said[-1], at=int(now().timestamp()))))
            sweep()

        def check(message):
            sent = [text for _, _, text, _ in meta.sent]
            assert (sent.count(message.content), Delivery.objects.get(pk=message.pk).status) == (1, "sent")

        killed = die_everywhere(
            mortals, "delivery", prepare, hear_the_echo_and_sweep, check, within="conversations/verbs/"
        )

        assert len(killed) > 40
        assert Message.objects.filter(role="user").count() == len(said)

    def test_at_the_worst_says_it_twice(self, mortals, meta, thread):
        """Where no echo comes, as with an account that does not subscribe to them."""
        user = thread.conversation.created_by
        message = send_message(conversation_id=thread.pk, content="Once", by=user)
        steps = mortals.steps("delivery", message.pk)
        kept = next(step for step in steps if step[0].endswith("receipts.py"))
        message = send_message(conversation_id=thread.pk, content="Twice", by=user)
        assert mortals.kill("delivery", message.pk, kept)

        for minutes in (1, 2):
            with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
                sweep()
        assert [text for _, _, text, _ in meta.sent] == ["Once", "Twice"]
        with time_machine.travel(now() + timedelta(minutes=4), tick=False):
            sweep()

        assert [text for _, _, text, _ in meta.sent] == ["Once", "Twice", "Twice"]
        assert Delivery.objects.get(pk=message.pk).status == "sent"
