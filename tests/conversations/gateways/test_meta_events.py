import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.gateways.meta_events import (
    Attachment,
    ClientAddress,
    ClientMessage,
    Deletion,
    Echo,
    Edit,
    Incoming,
    Reaction,
    Receipt,
    read_events,
)
from conversations.gateways.meta_values import LONGEST_TEXT, cleaned, moment_of
from tests.factories.platforms import (
    AT,
    IG,
    NUMBER,
    PAGE,
    about,
    echo,
    instagram,
    message,
    messenger,
    wa_text,
    whatsapp,
)

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
THEN = dt.datetime.fromtimestamp(AT, tz=dt.UTC)
ON_PAGE = {"platform": "facebook", "account_id": PAGE, "client": (ClientAddress("psid", "7100"),)}
ON_IG = {"platform": "instagram", "account_id": IG, "client": (ClientAddress("igsid", "7100"),)}
ON_WA = {"platform": "whatsapp", "account_id": NUMBER, "client": (ClientAddress("wa_id", "15551230001"),)}


def read(payload):
    return read_events(payload, at=NOW)


def one(payload):
    (event,) = read(payload)
    return event


class TestMessenger:
    def test_text(self):
        assert one(messenger(message())) == ClientMessage(
            **ON_PAGE, external_id="m_A1", text="Ship to Oslo?", sent_at=THEN
        )

    def test_answer_to_a_message_by_a_quick_reply(self):
        told = message("m_A2", "Yes", quick_reply={"payload": "YES"}, reply_to={"mid": "m_A1"})

        assert one(messenger(told)) == ClientMessage(
            **ON_PAGE, external_id="m_A2", text="Yes", sent_at=THEN, payload="YES", reply_to="m_A1"
        )

    def test_files(self):
        files = [
            {"type": "image", "payload": {"url": "https://cdn.example/a.jpg"}},
            {"type": "fallback", "title": "A page", "url": "https://example.com/"},
            {"type": "file"},
            {"type": "image", "payload": {"url": "javascript:alert(1)"}},
        ]

        assert one(messenger(message(text=None, attachments=files))) == ClientMessage(
            **ON_PAGE,
            external_id="m_A1",
            text="[image] [fallback] [file] [image]",
            sent_at=THEN,
            kind="media",
            is_placeholder=True,
            attachments=(
                Attachment(kind="image", url="https://cdn.example/a.jpg"),
                Attachment(kind="fallback", url="https://example.com/", name="A page", is_link_only=True),
                Attachment(kind="file"),
                Attachment(kind="image"),
            ),
        )

    def test_echo_of_a_person_and_of_an_app(self):
        said = dict(**ON_PAGE, external_id="m_B1", text="We do", sent_at=THEN + dt.timedelta(minutes=1))

        assert read(messenger(echo(), echo(app_id=123))) == [Echo(**said), Echo(**said, app_id="123")]

    def test_button(self):
        assert one(messenger(about(postback={"mid": "m_C", "title": "Start", "payload": "GET_STARTED"}, at=AT))) == (
            ClientMessage(
                **ON_PAGE, external_id="m_C", text="Start", sent_at=THEN, kind="postback", payload="GET_STARTED"
            )
        )

    def test_button_of_old_without_an_id_is_one(self):
        press = about(postback={"title": "Start", "payload": "GO"})

        first, again = read(messenger(press, press))

        assert first.external_id == again.external_id
        assert first.external_id.startswith("postback:")

    def test_receipts(self):
        upto = dt.datetime.fromtimestamp(AT + 2, tz=dt.UTC)
        delivered = about(delivery={"mids": ["m_B1", 7, None], "watermark": (AT + 2) * 1000})
        before = about(delivery={"watermark": (AT + 2) * 1000})
        seen = about(read={"watermark": (AT + 2) * 1000})

        assert read(messenger(delivered, before, seen)) == [
            Receipt(**ON_PAGE, status="delivered", external_ids=("m_B1", "7"), watermark=upto),
            Receipt(**ON_PAGE, status="delivered", watermark=upto),
            Receipt(**ON_PAGE, status="read", watermark=upto, reaches_back=True),
        ]

    @pytest.mark.parametrize("watermark", [None, "soon", 0, -1, True, [], 1e400])
    def test_receipt_up_to_no_moment_reaches_nothing(self, watermark):
        assert one(messenger(about(read={"watermark": watermark}))).watermark is None

    def test_reactions_and_edits(self):
        given_ = about(reaction={"mid": "m_B1", "action": "react", "emoji": "❤", "reaction": "love"})
        taken = about(reaction={"mid": "m_B1", "action": "unreact"})
        edit = about(message_edit={"mid": "m_A1", "text": "Ship to Bergen?", "num_edit": 1})

        assert read(messenger(given_, taken, edit)) == [
            Reaction(**ON_PAGE, external_id="m_B1", emoji="❤"),
            Reaction(**ON_PAGE, external_id="m_B1", emoji=""),
            Edit(**ON_PAGE, external_id="m_A1", text="Ship to Bergen?", number=1),
        ]

    def test_standby_is_kept_apart(self):
        payload = messenger()
        payload["entry"][0]["standby"] = [message()]

        assert one(payload).is_standby

    def test_comments_on_posts_are_not_for_us(self):
        payload = {
            "object": "page",
            "entry": [{"id": PAGE, "changes": [{"field": "feed", "value": {"item": "comment"}}]}],
        }

        assert read(payload) == []


class TestInstagram:
    def test_answer_to_a_story_keeps_the_link_alone(self):
        told = message("aW1", "nice", page=IG, reply_to={"story": {"id": "178", "url": "https://cdn.example/s"}})

        assert one(instagram(told)) == ClientMessage(
            **ON_IG,
            external_id="aW1",
            text="nice",
            sent_at=THEN,
            attachments=(Attachment(kind="story", url="https://cdn.example/s", is_link_only=True),),
        )

    def test_what_is_taken_back_not_supported_or_ours(self):
        gone = message("aW1", None, page=IG, is_deleted=True)
        odd = message("aW2", None, page=IG, is_unsupported=True)
        ours = echo("aW3", "Thanks", page=IG, at=AT)

        assert read(instagram(gone, odd, ours)) == [
            Deletion(**ON_IG, external_id="aW1"),
            ClientMessage(
                **ON_IG,
                external_id="aW2",
                text="[a message that cannot be shown here]",
                sent_at=THEN,
                kind="unsupported",
                is_placeholder=True,
            ),
            Echo(**ON_IG, external_id="aW3", text="Thanks", sent_at=THEN),
        ]

    def test_read_names_the_last_message(self):
        assert one(instagram(about(page=IG, read={"mid": "aW0"}))) == Receipt(
            **ON_IG, status="read", external_ids=("aW0",), reaches_back=True
        )


class TestWhatsApp:
    def said(self, **kind):
        return one(whatsapp(messages=[{"from": "15551230001", "id": "wamid.X1", "timestamp": str(AT), **kind}]))

    def test_text_with_its_contact(self):
        contact = {"profile": {"name": "Ada", "username": "@ada"}, "wa_id": "15551230001", "user_id": "US.77"}
        sent = wa_text(**{"from": "15551230001", "from_user_id": "US.77"})
        whole = whatsapp(contacts=[contact], messages=[{**sent, "context": {"id": "wamid.X0"}}])

        assert one(whole) == ClientMessage(
            platform="whatsapp",
            account_id=NUMBER,
            client=(ClientAddress("wa_id", "15551230001"), ClientAddress("bsuid", "US.77")),
            external_id="wamid.X1",
            text="Hi",
            sent_at=THEN,
            client_name="Ada",
            reply_to="wamid.X0",
        )

    def test_file(self):
        about_ = {
            "id": "900",
            "mime_type": "application/pdf",
            "sha256": "x",
            "caption": "The plan",
            "filename": "p.pdf",
        }

        assert self.said(type="document", document=about_) == ClientMessage(
            **ON_WA,
            external_id="wamid.X1",
            text="The plan",
            sent_at=THEN,
            kind="media",
            attachments=(Attachment(kind="document", media_id="900", name="p.pdf", mime_type="application/pdf"),),
        )

    @pytest.mark.parametrize(
        ("given_", "expected"),
        [
            ({"type": "button", "button": {"text": "Yes", "payload": "y"}}, ("postback", "Yes", "y", False)),
            (
                {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "y", "title": "Yes"}}},
                ("postback", "Yes", "y", False),
            ),
            (
                {"type": "location", "location": {"latitude": 59.9, "longitude": 10.7, "name": "Oslo"}},
                ("location", "[location] Oslo, 59.900000, 10.700000", "", False),
            ),
            (
                {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo"}}]},
                ("contacts", "[contacts] Bo", "", False),
            ),
            ({"type": "order", "order": {"product_items": [{}, {}]}}, ("order", "[order] 2 items", "", False)),
            ({"type": "image", "image": {"id": "1"}}, ("media", "[image]", "", True)),
            ({"type": "hologram"}, ("unsupported", "[hologram]", "", True)),
            ({"type": "unsupported", "errors": [{"code": 131051}]}, ("unsupported", "[a message that cannot be shown here]", "", True)),
            ({}, ("unsupported", "[a message that cannot be shown here]", "", True)),
        ],
        ids=lambda value: value.get("type", "none") if isinstance(value, dict) else "",
    )  # fmt: skip
    def test_other_kinds(self, given_, expected):
        said = self.said(**given_)

        assert (said.kind, said.text, said.payload, said.is_placeholder) == expected

    def test_reaction_given_and_taken_back(self):
        given_ = {"type": "reaction", "reaction": {"message_id": "wamid.Y1", "emoji": "👍"}}
        taken = {"type": "reaction", "reaction": {"message_id": "wamid.Y1"}}

        assert self.said(**given_) == Reaction(**ON_WA, external_id="wamid.Y1", emoji="👍")
        assert self.said(**taken) == Reaction(**ON_WA, external_id="wamid.Y1", emoji="")

    def test_statuses(self):
        failed = {
            "id": "wamid.Y1", "status": "failed", "timestamp": str(AT), "recipient_id": "15551230001",
            "errors": [{"code": 131047, "title": "Re-engagement message"}],
        }  # fmt: skip

        assert one(whatsapp(statuses=[failed])) == Receipt(
            **ON_WA, status="failed", external_ids=("wamid.Y1",), error_code="131047"
        )
        assert read(whatsapp(statuses=[{**failed, "status": "warmed"}])) == []

    def test_what_whatsapp_says_itself_is_no_message(self):
        system = {"from": "15551230001", "id": "wamid.S", "type": "system", "system": {"body": "changed"}}

        assert read(whatsapp(messages=[system])) == []

    def test_the_phones_own_app(self):
        sent = {"from": "15550009999", "to": "15551230001", "id": "wamid.Z1", "timestamp": str(AT), "type": "text"}
        payload = whatsapp(field="smb_message_echoes", message_echoes=[{**sent, "text": {"body": "On its way"}}])

        assert one(payload) == Echo(**ON_WA, external_id="wamid.Z1", text="On its way", sent_at=THEN)


class TestValues:
    def test_texts_are_cleaned_and_cut(self):
        assert cleaned("a\0b\ud83dc") == "ab\ufffdc"
        assert (cleaned(None), cleaned(7), cleaned(["x"])) == ("", "", "")
        assert len(cleaned("x" * 20_000)) == LONGEST_TEXT

    def test_a_message_is_not_lost_for_the_length_of_its_name(self):
        one_, other = read(messenger(message("m" * 300), message("m" * 301)))

        assert len({one_.external_id, other.external_id}) == 2
        assert len(one_.external_id) <= 255

    @given(st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(), st.lists(st.integers())))
    def test_moments_are_never_ahead_nor_long_past(self, value):
        assert dt.datetime(2010, 1, 1, tzinfo=dt.UTC) <= moment_of(value, at=NOW) <= NOW


# Words that the readers look for, so that what is made up comes deep into them.
WORDS = [
    "object", "page", "instagram", "whatsapp_business_account", "entry", "id", "messaging", "standby", "changes", "value",
    "field", "messages", "message_echoes", "statuses", "contacts", "metadata", "phone_number_id", "sender", "recipient",
    "timestamp", "message", "mid", "text", "is_echo", "attachments", "payload", "url", "type", "delivery", "read", "watermark",
    "mids", "reaction", "message_edit", "num_edit", "postback", "title", "reply_to", "story", "interactive", "button", "image",
    "location", "latitude", "order", "product_items", "body", "from", "from_user_id", "profile", "name", "errors", "code",
    "status", "failed", "to", "system", "is_deleted", "caption", "filename",
]  # fmt: skip
WORD = st.one_of(st.sampled_from(WORDS), st.text(max_size=4))
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORD)
JSON = st.recursive(
    LEAF, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORD, inner, max_size=4)), max_leaves=25
)


class TestAnything:
    @given(JSON)
    def test_is_read_without_a_crash(self, data):
        assert all(isinstance(event, Incoming) for event in read(data))

    @given(JSON)
    def test_as_an_event_of_messenger_too(self, data):
        for event in read(messenger(data, {**message(), "message": data}, {**about(), "read": data, "reaction": data})):
            assert isinstance(event, Incoming)

    @given(
        JSON, st.sampled_from(["text", "image", "interactive", "button", "location", "order", "contacts", "reaction"])
    )
    def test_as_a_message_of_whatsapp_too(self, data, kind):
        sent = {"from": "1", "id": "w", "timestamp": data, "type": kind, kind: data, "context": data}
        payload = whatsapp(messages=[sent, data], contacts=[data], statuses=[data, {"id": "x", "status": data}])

        for event in read(payload):
            assert isinstance(event, Incoming)
            json.dumps(str(event)).encode()
