"""payments-design.md §2 "Accounts" and §3 "Webhook inbox": the payout provider's events."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils.timezone import now

from config.errors import Invalid, Unauthenticated
from marketplace.gateways.payout_webhooks import sign
from marketplace.jobs import apply_webhook as apply_webhook_job
from marketplace.models import SellerAccount, WebhookEvent
from marketplace.verbs.payout_webhooks import receive_payout_webhook
from marketplace.verbs.sellers import start_onboarding
from marketplace.verbs.webhooks import webhooks_to_try
from tests.factories.marketplace import connect

pytestmark = pytest.mark.django_db
SECRET = settings.STRIPE_WEBHOOK_SECRET


def receive(event, **more):
    body = event if isinstance(event, bytes) else json.dumps({"id": "evt_1", **event}).encode()
    return receive_payout_webhook(**{"body": body, "signature": sign(body, SECRET), **more})


def of_account(provider_id):
    return {"type": "account.updated", "account": provider_id, "data": {"object": {"id": provider_id}}}


@pytest.fixture
def account(user):
    start_onboarding(by=user)
    return SellerAccount.objects.get()


class TestReceivePayoutWebhook:
    def test_has_the_account_read_again(self, account, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            event = receive(of_account(account.provider_id))
        assert (event.provider, event.type, event.status) == ("stripe", "account.updated", "processed")
        assert ("marketplace.jobs.refresh_seller", (str(account.user_id),), {}) in queued

    @pytest.mark.parametrize(
        "about",
        [
            lambda key: {"type": "account.updated", "data": {"object": {"id": key}}},
            lambda key: {"type": "capability.updated", "account": key, "data": {"object": {"id": "transfers"}}},
            lambda key: {"type": "v2.core.account[requirements].updated", "related_object": {"id": key}},
        ],
    )
    def test_finds_the_account_wherever_it_is_named(self, account, about):
        assert receive(about(account.provider_id)).status == "processed"

    @pytest.mark.parametrize("field", ["id", "type"])
    def test_refuses_a_name_that_no_database_keeps(self, field):
        with pytest.raises(Invalid):
            receive({"type": "account.updated", field: "\ud800"})
        assert WebhookEvent.objects.count() == 0

    def test_takes_nothing_from_the_event_itself(self, account):
        lie = of_account(account.provider_id)
        lie["data"]["object"]["capabilities"] = {"transfers": "active"}
        receive(lie)
        account.refresh_from_db()
        assert account.transfers_active is False

    def test_has_one_effect_however_often_it_comes(self, account, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            for _ in range(3):
                receive(of_account(account.provider_id))
        assert [name for name, *_ in queued].count("marketplace.jobs.refresh_seller") == 1
        assert WebhookEvent.objects.count() == 1

    def test_is_another_event_than_a_payments_of_the_same_name(self, user):
        connect(user)
        WebhookEvent.objects.create(event_id="evt_1", type="payment_succeeded", body="{}", status="processed")
        assert receive({"type": "payout.paid"}).status == "ignored"
        assert WebhookEvent.objects.filter(event_id="evt_1").count() == 2

    def test_waits_for_an_account_it_does_not_know(self, user):
        event = receive(of_account("acct_sandbox_" + "0" * 32))
        assert event.status == "unmatched"
        with time_machine.travel(now() + timedelta(minutes=2)):
            assert webhooks_to_try() == [event.pk]
            start_onboarding(by=user)
            SellerAccount.objects.update(provider_id="acct_sandbox_" + "0" * 32)
            apply_webhook_job(str(event.pk))
        event.refresh_from_db()
        assert event.status == "processed"

    @pytest.mark.parametrize(
        "signature",
        ["", "t=1,v1=00", "nonsense", sign(b"{}", SECRET)],
        ids=["none", "old", "nonsense", "of another body"],
    )
    def test_believes_nothing_unsigned(self, account, signature):
        with pytest.raises(Unauthenticated):
            receive(of_account(account.provider_id), signature=signature)
        assert WebhookEvent.objects.count() == 0

    @pytest.mark.parametrize("body", [b"not json", b"[]", b"{}"])
    def test_refuses_signed_nonsense(self, db, body):
        with pytest.raises(Invalid):
            receive(body)
