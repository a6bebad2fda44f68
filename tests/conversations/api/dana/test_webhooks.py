"""messaging-design.md §9, 1 to 16, at the door."""

import hashlib
import hmac
import json

import pytest
from django.test import Client

from conversations.models import ClientIdentity, ClientThread, Conversation, Delivery, Message, PlatformAccount
from tests.factories.platforms import (
    AT,
    IG,
    NUMBER,
    PAGE,
    about,
    account_of,
    echo,
    instagram,
    message,
    messenger,
    said,
    signed,
    tell,
    told,
    wa_text,
    whatsapp,
)

pytestmark = pytest.mark.django_db
PATHS = ("/webhooks/facebook", "/webhooks/instagram", "/webhooks/whatsapp")


def forged():
    body = json.dumps(messenger(message())).encode()
    right = signed(body)["X-Hub-Signature-256"]
    hexes = right.removeprefix("sha256=")
    sha1 = hmac.new(b"x", body, hashlib.sha1).hexdigest()
    return body, {
        "none": {},
        "another secret": signed(body, "another"),
        "sha1 only": {"X-Hub-Signature": f"sha1={sha1}"},
        "of another body": signed(body + b" "),
        "empty": {"X-Hub-Signature-256": ""},
        "cut": {"X-Hub-Signature-256": right[:-2]},
        "another algorithm": {"X-Hub-Signature-256": f"sha512={hexes}"},
        "a plain hash": {"X-Hub-Signature-256": "sha256=" + hashlib.sha256(body).hexdigest()},
        "the verify token as key": signed(body, "our word"),
        "not ascii": {"X-Hub-Signature-256": "sha256=é" + hexes},
        "without its name": {"X-Hub-Signature-256": hexes},
    }


class TestTheQuestion:
    @pytest.fixture(autouse=True)
    def _token(self, settings):
        settings.META_VERIFY_TOKEN = "our word"

    def ask(self, path="/webhooks/facebook", **asked):
        whole = {"mode": "subscribe", "verify_token": "our word", "challenge": "1158201444", **asked}
        return Client().get(path, {f"hub.{name}": value for name, value in whole.items() if value is not None})

    @pytest.mark.parametrize("path", [*PATHS, *(f"{path}/" for path in PATHS)])
    def test_is_answered_with_the_bare_challenge(self, path):
        answer = self.ask(path)

        assert (answer.status_code, answer.content) == (200, b"1158201444")
        assert answer.headers["Content-Type"].startswith("text/plain")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"verify_token": "another"},
            {"verify_token": None},
            {"verify_token": ""},
            {"verify_token": "our wörd"},
            {"mode": "unsubscribe"},
            {"mode": None},
            {"challenge": "<script>alert(1)</script>"},
            {"challenge": None},
            {"challenge": "1" * 33},
            {"challenge": "١٢٣"},
        ],
        ids=str,
    )
    def test_is_refused_in_the_dialect(self, wrong):
        answer = self.ask(**wrong)

        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
        assert answer.headers["Content-Type"] == "application/json"
        assert b"script" not in answer.content

    def test_is_refused_while_no_token_is_set(self, settings):
        settings.META_VERIFY_TOKEN = ""

        assert self.ask(verify_token="").status_code == 403


class TestTheSignature:
    @pytest.mark.parametrize("kind", range(11))
    def test_refuses_a_forged_one_and_keeps_nothing(self, settings, kind):
        settings.META_VERIFY_TOKEN = "our word"
        body, headers = forged()

        answer = tell(body, headers=list(headers.values())[kind])

        assert (answer.status_code, answer.json()) == (
            403,
            {
                "success": False,
                "error": {
                    "code": "permission_denied",
                    "message": "The webhook's signature is missing or wrong",
                    "details": {"reason": "invalid_signature"},
                },
            },
        )
        assert not PlatformAccount.objects.exists()

    def test_is_closed_without_a_secret(self, settings):
        body = b"{}"
        headers = signed(body)
        settings.META_APP_SECRET = ""

        assert tell(body, headers=headers).status_code == 403
        empty = "sha256=" + hmac.new(b"", body, hashlib.sha256).hexdigest()
        assert tell(body, headers={"X-Hub-Signature-256": empty}).status_code == 403

    def test_takes_either_of_two_secrets(self, settings):
        settings.META_APP_SECRET = "one, two"
        body = json.dumps(messenger(message())).encode()

        for secret in ("one", "two"):
            assert tell(body, headers=signed(body, secret)).status_code == 200

    def test_is_over_the_bytes_as_they_came(self, user):
        account_of(user)
        text = "Grüße 🏛 nach/Oslo"
        pretty = json.dumps(messenger(message(text=text)), indent=4, ensure_ascii=False).encode()
        escaped = json.dumps(messenger(message("m_A2", text, at=AT + 1))).replace("/", "\\/").encode()

        told(pretty)
        told(escaped)

        assert said() == [("client", text), ("client", text)]


class TestTheBody:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"no", b'{"object":', b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 90_000, b"1" * 5000],
        ids=len,
    )
    def test_is_400_where_it_is_no_json(self, body):
        answer = tell(body)

        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_error")

    def test_is_413_above_a_mebibyte(self):
        body = b'{"object":"page","more":"' + b"x" * 6_000_000 + b'"}'

        answer = tell(body)

        assert (answer.status_code, answer.json()["success"]) == (413, False)
        assert tell(b"{}").status_code == 200

    @pytest.mark.parametrize(
        "data",
        [
            None, [], 1, "page", {}, {"object": "user", "entry": [{"id": "1"}]}, {"object": ["page"]},
            {"object": "page"}, {"object": "page", "entry": {}}, {"object": "page", "entry": [None, 1, "x", []]},
            {"object": "page", "entry": [{"id": "1", "messaging": {"sender": 1}}]},
            {"object": "page", "entry": [{"id": PAGE, "changes": [{"field": "feed", "value": {"from": {"id": "1"}}}]}]},
            {"object": "whatsapp_business_account", "entry": [{"changes": [{"value": None}, {"value": {"metadata": []}}]}]},
        ],
        ids=str,
    )  # fmt: skip
    def test_of_an_unexpected_shape_is_passed_over(self, data):
        told(json.dumps(data).encode())

        assert not PlatformAccount.objects.exists()

    def test_keeps_the_neighbours_of_what_is_broken(self, user):
        account_of(user)
        broken = [
            None, 7, {}, {"sender": None}, {"sender": {"id": "7100"}}, {"message": {"mid": "m_0", "text": "from nobody"}},
            message(mid=None), message(mid=""), {**message(), "message": None}, {**message(), "message": ["x"]},
            {**message("m_F"), "message": {"mid": "m_F", "hologram": {"of": "the future"}}},
        ]  # fmt: skip
        payload = messenger(message("m_1", "first"), *broken, message("m_2", "last", at=AT + 9))
        payload["more"] = {"of": "the future"}

        told(payload)

        assert said() == [
            ("client", "first"),
            ("client", "[a message that cannot be shown here]"),
            ("client", "last"),
        ]

    def test_takes_two_entries_three_events_and_two_clients(self, user):
        account_of(user)
        payload = messenger(message("m_1", "a"), message("m_2", "b", "7200", at=AT + 1))
        payload["entry"] += messenger(message("m_3", "c", at=AT + 2))["entry"]

        told(payload)

        assert said() == [("client", "a"), ("client", "b"), ("client", "c")]
        assert Conversation.objects.count() == 2


class TestMessages:
    def test_is_one_however_often_it_comes(self, user):
        account = account_of(user)

        for _ in range(3):
            told(messenger(message()))

        thread = ClientThread.objects.get()
        assert said() == [("client", "Ship to Oslo?")]
        assert (thread.account, thread.platform, thread.conversation.created_by) == (account, "facebook", user)
        identity = ClientIdentity.objects.get()
        assert (identity.account, identity.kind, identity.value, identity.thread) == (account, "psid", "7100", thread)
        delivery = Delivery.objects.get()
        assert (delivery.account, delivery.external_id, delivery.status) == (account, "m_A1", "received")

    def test_are_shown_in_the_order_in_which_they_were_written(self, user):
        account_of(user)

        told(messenger(message("m_2", "second", at=AT + 10)))
        told(messenger(message("m_1", "first")))

        assert said() == [("client", "first"), ("client", "second")]
        assert list(Message.objects.order_by("seq").values_list("content", flat=True)) == ["second", "first"]

    def test_with_one_id_on_messenger_and_instagram_are_two(self, user):
        account_of(user)
        account_of(user, "instagram", IG)

        told(messenger(message("same", "on the page")))
        told(instagram(message("same", "on Instagram", page=IG)), "/webhooks/instagram")

        assert Message.objects.count() == 2
        assert sorted(ClientThread.objects.values_list("platform", flat=True)) == ["facebook", "instagram"]

    def test_between_two_of_our_own_numbers_share_an_id(self):
        first = whatsapp(NUMBER, messages=[wa_text("wamid.same")])
        second = whatsapp("5550002", messages=[wa_text("wamid.same")])

        told(first, "/webhooks/whatsapp")
        told(second, "/webhooks/whatsapp")

        assert Message.objects.count() == 2

    def test_are_cleaned_of_nul_and_half_a_character(self, user):
        account_of(user)
        body = json.dumps(messenger(message(text="SPOT"))).replace("SPOT", r"a\u0000b\ud83dc \ud83d\ude00").encode()

        told(body)

        assert said() == [("client", "ab\ufffdc 😀")]

    @pytest.mark.parametrize("moment", ["0", "-1", "1e400", '"soon"', "null", "[]", "true", "99999999999999999", "NaN"])
    def test_of_no_possible_moment_are_of_now(self, user, moment, time_machine_at):
        account_of(user)
        body = json.dumps(messenger(message())).replace(str(AT * 1000), moment).encode()

        told(body)

        assert Message.objects.get().sent_at == time_machine_at


@pytest.fixture
def time_machine_at():
    import datetime as dt  # noqa: PLC0415 -- for this fixture alone

    import time_machine  # noqa: PLC0415 -- for this fixture alone

    moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    with time_machine.travel(moment, tick=False):
        yield moment


class TestEchoes:
    def test_are_what_a_person_of_ours_said(self, user):
        account_of(user)
        told(messenger(message()))

        for _ in range(2):
            told(messenger(echo()))

        assert said() == [("client", "Ship to Oslo?"), ("user", "We do")]
        thread = ClientThread.objects.get()
        assert (thread.is_ai_paused, thread.waiting_since) == (True, None)

    def test_on_whatsapp_come_from_the_app_on_the_phone(self, user):
        told(whatsapp(messages=[wa_text()]), "/webhooks/whatsapp")
        sent = {"from": "15550009999", "to": "15551230001", "id": "wamid.Z1", "timestamp": str(AT + 5), "type": "text"}
        payload = whatsapp(field="smb_message_echoes", message_echoes=[{**sent, "text": {"body": "On its way"}}])

        told(payload, "/webhooks/whatsapp")

        assert said() == [("client", "Hi"), ("user", "On its way")]
        assert ClientThread.objects.count() == 1


class TestWhatIsNoMessage:
    @pytest.mark.parametrize(
        "what",
        [
            {"delivery": {"mids": ["m_X"], "watermark": AT * 1000}},
            {"read": {"watermark": AT * 1000}},
            {"reaction": {"mid": "m_X", "action": "react", "emoji": "❤", "reaction": "love"}},
            {"message_edit": {"mid": "m_X", "text": "Bergen?", "num_edit": 1}},
            {"optin": {"ref": "x"}},
        ],
        ids=lambda what: next(iter(what)),
    )
    def test_makes_nothing_where_nothing_was(self, what):
        told(messenger(about(**what)))

        assert not PlatformAccount.objects.exists()
        assert not Conversation.objects.exists()

    def test_makes_nothing_on_whatsapp_either(self):
        status = {"id": "wamid.Y1", "status": "read", "timestamp": str(AT), "recipient_id": "15551230001"}

        told(whatsapp(statuses=[status]), "/webhooks/whatsapp")

        assert not Conversation.objects.exists()


class TestUsersWithoutANumber:
    def test_have_one_conversation(self):
        for key in ("wamid.1", "wamid.2"):
            payload = whatsapp(
                contacts=[{"profile": {"name": "Ada", "username": "@ada"}, "user_id": "US.77"}],
                messages=[wa_text(key, from_user_id="US.77")],
            )
            told(payload, "/webhooks/whatsapp")

        thread = ClientThread.objects.get()
        assert (Message.objects.count(), thread.client_name) == (2, "Ada")
        assert list(ClientIdentity.objects.values_list("kind", "value")) == [("bsuid", "US.77")]

    def test_are_the_same_when_the_number_is_told_later(self):
        contact = {"profile": {"name": "Ada"}, "wa_id": "15551230001", "user_id": "US.77"}
        told(whatsapp(messages=[wa_text("wamid.1", from_user_id="US.77")]), "/webhooks/whatsapp")
        told(whatsapp(contacts=[contact], messages=[wa_text("wamid.2", from_user_id="US.77")]), "/webhooks/whatsapp")

        told(whatsapp(messages=[wa_text("wamid.3")]), "/webhooks/whatsapp")

        assert (ClientThread.objects.count(), Message.objects.count()) == (1, 3)
        assert sorted(ClientIdentity.objects.values_list("kind", "value")) == [
            ("bsuid", "US.77"),
            ("wa_id", "15551230001"),
        ]


class TestTheDoor:
    def test_takes_nothing_else(self):
        for method in ("put", "delete", "patch"):
            answer = getattr(Client(), method)("/webhooks/facebook")
            assert (answer.status_code, answer.json()["success"]) == (405, False)

    def test_is_not_held_to_the_limit_of_an_account(self, settings):
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "default": "2/hour"}

        assert [tell(b"{}").status_code for _ in range(4)] == [200] * 4

    def test_asks_for_no_csrf_token(self):
        body = b"{}"

        answer = Client(enforce_csrf_checks=True).post(
            "/webhooks/facebook", body, content_type="application/json", headers=signed(body)
        )

        assert answer.status_code == 200
