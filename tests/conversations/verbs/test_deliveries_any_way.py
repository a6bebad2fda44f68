"""Whatever happens to a message on its way, in whatever order: its status only rises, and what is sent is not sent again."""

import contextlib
import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import Conflict
from conversations.gateways.meta import PROBLEMS, MetaError
from conversations.gateways.meta_events import ClientAddress, Receipt
from conversations.models import Delivery, Message, PlatformAccount
from conversations.verbs import deliveries
from conversations.verbs.deliveries import ECHO_COMES_WITHIN, MOST_TRIES, attempt_delivery, resend
from conversations.verbs.messages import send_message
from conversations.verbs.receipts import keep_receipt
from ontology.models import Change
from tests.factories.clients import account_of, client_wrote, thread_with
from tests.factories.platforms import echo, messenger, told

pytestmark = pytest.mark.django_db

HEIGHT = {"pending": 0, "sent": 1, "delivered": 2, "read": 3}
OUTCOMES = ("ok", *PROBLEMS)
STEPS = st.one_of(
    st.tuples(st.just("try"), st.sampled_from(OUTCOMES)),
    st.tuples(st.just("lost"), st.just("")),  # it went out, and nobody heard that
    st.tuples(st.just("die"), st.booleans()),  # a worker that is gone, before or after the call
    st.tuples(st.just("echo"), st.just("")),
    st.tuples(st.just("receipt"), st.sampled_from(("delivered", "read", "failed"))),
    st.tuples(st.just("resend"), st.just("")),
    st.tuples(st.just("wait"), st.sampled_from((1, 60, 200, 3600))),
)


class Gone(BaseException):
    """The worker is no more: nothing after this line is done."""


class Life:
    """One message of a conversation, and what the platform knows of it: the ids under which it came."""

    def __init__(self, thread, user):
        self.thread, self.user, self.clock = thread, user, now()
        self.taken, self.taken_at, self.outcome = [], None, "ok"
        self.message = send_message(conversation_id=thread.pk, content="We do", by=user)

    def send(self, account, to, text, **more):
        if self.outcome == "die_before":
            raise Gone
        if self.outcome in ("ok", "lost", "die_after"):
            # What may be there already is said again only once its echo had its time, or where a person wants it.
            assert self.taken_at is None or self.clock - self.taken_at >= ECHO_COMES_WITHIN
            self.taken_at = self.clock
            self.taken.append(f"mid.{self.message.pk}.{len(self.taken)}")
        if self.outcome == "die_after":
            raise Gone
        if self.outcome != "ok":
            raise MetaError("131000", "unknown" if self.outcome == "lost" else self.outcome)
        return self.taken[-1]

    def step(self, what, how):
        getattr(self, f"do_{what}")(how)

    def row(self):
        return Delivery.objects.get(pk=self.message.pk)

    def do_try(self, outcome):
        self.outcome = outcome
        attempt_delivery(message_id=self.message.pk)

    def do_lost(self, _):
        self.do_try("lost")

    def do_die(self, after):
        with contextlib.suppress(Gone):
            self.do_try("die_after" if after else "die_before")

    def do_echo(self, _):
        if self.taken:
            page = self.thread.account.external_id
            at = int(self.clock.timestamp())
            told(messenger(echo(self.taken[-1], "We do", page=page, at=at), page=page))

    def do_receipt(self, status):
        if self.taken:
            whom = (ClientAddress("psid", "7100"),)
            account = self.thread.account
            where = {"platform": account.platform, "account_id": account.external_id}
            keep_receipt(account, Receipt(**where, client=whom, status=status, external_ids=(self.taken[-1],)))

    def do_resend(self, _):
        PlatformAccount.objects.update(status="connected")
        with contextlib.suppress(Conflict):  # it has not failed
            resend(message_id=self.message.pk, by=self.user)
            self.taken_at = None

    def do_wait(self, seconds):
        self.clock += dt.timedelta(seconds=seconds)


class TestAnyWay:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=st.lists(STEPS, max_size=25))
    def test_rises_and_ends_once(self, user, monkeypatch, steps):
        thread = thread_with(user, account=account_of(user, external_id=f"1{PlatformAccount.objects.count()}"))
        life = Life(thread, user)
        monkeypatch.setattr(deliveries, "send", life.send)
        for what, how in steps:
            with time_machine.travel(life.clock, tick=False):
                client_wrote(thread, ago=dt.timedelta(hours=1))
                before, taken = life.row(), len(life.taken)
                life.step(what, how)
                after = life.row()
                self.rose(before, after, what)
                # Nothing goes out of what is known to be there.
                assert len(life.taken) == taken or before.status == "pending"
                assert after.attempts <= MOST_TRIES + 1
                assert after.status != "pending" or after.next_try_at is not None
        self.told_as_it_was(life)

    def rose(self, before, after, what):
        if before.status == after.status:
            return
        if after.status == "failed":
            assert before.status in ("pending", "sent")
        elif before.status == "failed":
            assert (what, after.status) == ("resend", "pending")
        else:
            assert HEIGHT[after.status] > HEIGHT[before.status]

    def told_as_it_was(self, life):
        """Whoever follows the facts knows what the row says."""
        facts = Change.objects.filter(kind="DeliveryChanged", payload__message_id=str(life.message.pk)).order_by("pk")
        told = [fact.payload["status"] for fact in facts]
        assert (told[-1] if told else "pending") == life.row().status
        assert Message.objects.filter(conversation=life.thread.pk, content="We do").count() >= 1
