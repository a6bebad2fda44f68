import pytest

from conversations.gateways.meta import (
    LONGEST,
    AccountAddress,
    ClientAddress,
    MetaError,
    account_name,
    is_sandbox,
    length_of,
    longest,
    send,
)
from tests.fakes.meta import TOKEN, FakeMeta, used_by

PLATFORMS = tuple(LONGEST)
WHOM = {
    "facebook": ClientAddress("psid", "7100"),
    "instagram": ClientAddress("igsid", "8100"),
    "whatsapp": ClientAddress("wa_id", "15551230001"),
}


@pytest.fixture
def meta(settings):
    with FakeMeta().standing() as house:
        used_by(settings, house)
        yield house


@pytest.fixture(params=["sandbox", "stand-in"])
def address_of(request, settings):
    """Both answer alike: accounts of the sandbox, and of Meta with a token."""
    settings.META_PAGE_TOKEN = ""
    if request.param == "sandbox":
        yield lambda platform: AccountAddress(platform, "101")
        return
    with FakeMeta().standing() as house:
        used_by(settings, house)

        def at_meta(platform):
            house.has("101", platform)
            return AccountAddress(platform, "101", TOKEN)

        yield at_meta


@pytest.mark.parametrize("platform", PLATFORMS)
class TestAnyOfThem:
    def test_gives_each_message_an_id_of_its_own(self, address_of, platform):
        address = address_of(platform)

        ids = [send(address, WHOM[platform], "We do", is_human_agent=False) for _ in range(2)]

        assert len(set(ids)) == 2
        assert all(0 < len(key) <= 255 for key in ids)

    def test_takes_the_longest_message_and_no_longer_one(self, address_of, platform):
        address, most = address_of(platform), longest(platform)

        assert send(address, WHOM[platform], "x" * most, is_human_agent=False)
        with pytest.raises(MetaError) as refusal:
            send(address, WHOM[platform], "x" * (most + 1), is_human_agent=False)
        assert (refusal.value.code, refusal.value.kind) == ("too_long", "refused")

    def test_tells_the_accounts_name(self, address_of, platform):
        assert account_name(address_of(platform)) in ("Olive & Oak", "Sandbox 101")


class TestTheSandbox:
    def test_is_visible_in_its_ids(self):
        assert send(AccountAddress("facebook", "101"), WHOM["facebook"], "Hi").startswith("sandbox-")

    def test_answers_for_an_account_that_is_marked_so_whatever_tokens_there_are(self, settings):
        settings.META_PAGE_TOKEN = "EAA"

        assert is_sandbox(AccountAddress("facebook", "101", "EAA", is_sandbox=True))
        assert not is_sandbox(AccountAddress("facebook", "101"))

    def test_shows_no_token(self):
        assert "EAA" not in repr(AccountAddress("facebook", "101", "EAA"))


class TestLengths:
    def test_are_counted_as_the_platform_counts(self):
        assert [length_of(platform, "Grüße 🏛") for platform in PLATFORMS] == [7, 12, 7]
        assert LONGEST == {"facebook": 2000, "instagram": 1000, "whatsapp": 4096}


class TestWhatIsSent:
    @pytest.mark.parametrize(
        ("platform", "whom", "expected"),
        [
            (
                "facebook",
                WHOM["facebook"],
                {"recipient": {"id": "7100"}, "message": {"text": "We do"}, "messaging_type": "RESPONSE"},
            ),
            ("instagram", WHOM["instagram"], {"recipient": {"id": "8100"}, "message": {"text": "We do"}}),
            (
                "whatsapp",
                WHOM["whatsapp"],
                {
                    "messaging_product": "whatsapp", "recipient_type": "individual", "type": "text",
                    "to": "15551230001", "text": {"body": "We do"},
                },
            ),
            (
                "whatsapp",
                ClientAddress("bsuid", "US.77"),
                {
                    "messaging_product": "whatsapp", "recipient_type": "individual", "type": "text",
                    "recipient": "US.77", "text": {"body": "We do"},
                },
            ),
        ],
    )  # fmt: skip
    def test_is_as_each_platform_wants_it(self, meta, platform, whom, expected):
        meta.has("101", platform)

        send(AccountAddress(platform, "101", TOKEN), whom, "We do")

        assert meta.sent == [("101", whom.value, "We do", expected)]
        asked = meta.asked[-1]
        assert (asked.method, asked.path, asked.headers["authorization"]) == (
            "POST",
            "/v23.0/101/messages",
            f"Bearer {TOKEN}",
        )

    def test_is_tagged_where_a_person_answers_late(self, meta):
        meta.has("101")

        send(AccountAddress("facebook", "101", TOKEN), WHOM["facebook"], "Sorry", is_human_agent=True)

        body = meta.sent[0][3]
        assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")

    def test_carries_the_proof_where_the_environment_names_the_secret(self, meta, settings):
        meta.has("101")
        meta.wants_proof = True

        assert send(AccountAddress("facebook", "101", TOKEN), WHOM["facebook"], "Hi")
        settings.META_IS_SET_UP = False
        with pytest.raises(MetaError):
            send(AccountAddress("facebook", "101", TOKEN), WHOM["facebook"], "Hi")

    def test_goes_with_the_platforms_own_token_where_the_account_has_none(self, meta, settings):
        meta.has("101")
        settings.META_PAGE_TOKEN = TOKEN

        assert send(AccountAddress("facebook", "101"), WHOM["facebook"], "Hi").startswith("m_")

    def test_stays_inside_the_path(self, meta):
        with pytest.raises(MetaError):
            send(AccountAddress("facebook", "../me?x=", TOKEN), WHOM["facebook"], "Hi")

        assert meta.asked[-1].path == "/v23.0/..%2Fme%3Fx%3D/messages"


class TestFailures:
    @pytest.mark.parametrize(
        ("mishap", "code", "kind"),
        [
            ("190", "190", "token"), ("10:2018278", "10", "window"), ("131047", "131047", "window"), ("10", "10", "refused"),
            ("4", "4", "rate"), ("613", "613", "rate"), ("80006", "80006", "rate"), ("130429", "130429", "rate"),
            ("131056", "131056", "rate"), ("100:2018001", "100", "unreachable"), ("100", "100", "refused"),
            ("551", "551", "unreachable"), ("131026", "131026", "unreachable"), ("1200", "1200", "retry"),
            ("131000", "131000", "retry"), ("999:500", "999", "retry"), ("999:429", "999", "rate"), ("999", "999", "refused"),
            ("500", "1", "retry"), ("html", "http_502", "retry"), ("empty", "bad_answer", "unknown"),
            ("lost", "no_answer", "unknown"),
        ],
    )  # fmt: skip
    def test_are_told_apart_by_code(self, meta, mishap, code, kind):
        meta.has("101")
        meta.go_wrong(mishap)

        with pytest.raises(MetaError) as failure:
            send(AccountAddress("facebook", "101", TOKEN), WHOM["facebook"], "Hi")

        assert (failure.value.code, failure.value.kind) == (code, kind)
        assert meta.count("POST") == 1

    def test_of_silence_is_unknown(self, meta, monkeypatch):
        monkeypatch.setattr("conversations.gateways.meta.READ_SECONDS", 0.2)
        meta.has("101").go_wrong("silent")

        with pytest.raises(MetaError) as failure:
            send(AccountAddress("facebook", "101", TOKEN), WHOM["facebook"], "Hi")

        assert failure.value.kind == "unknown"

    def test_without_a_connection_nothing_was_sent(self, settings):
        settings.META_GRAPH_BASE = "http://127.0.0.1:1"

        with pytest.raises(MetaError) as failure:
            send(AccountAddress("facebook", "101", TOKEN), WHOM["facebook"], "Hi")

        assert (failure.value.code, failure.value.kind) == ("no_connection", "retry")

    def test_of_a_wrong_token_is_told_by_the_name(self, meta):
        meta.has("101")

        with pytest.raises(MetaError) as failure:
            account_name(AccountAddress("facebook", "101", "another"))

        assert failure.value.kind == "token"

    def test_say_something_to_people(self):
        assert str(MetaError("190", "token")).startswith("190: The platform does not accept")
