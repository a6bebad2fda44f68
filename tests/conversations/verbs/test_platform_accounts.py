import time

import pytest
from django.db.models import QuerySet

from accounts.models import AuditEntry, User
from accounts.verbs.departures import erase
from config.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from conversations.models import ClientThread, Participant, PlatformAccount
from conversations.verbs.deliveries import attempt_delivery
from conversations.verbs.messages import send_message
from conversations.verbs.platform_accounts import (
    address_of,
    connect_account,
    disconnect_account,
    give_account,
    mark_broken,
    set_answers_by_ai,
    set_default_owner,
)
from ontology.models import Change, Connection, Entity
from tests.factories.accounts import UserFactory
from tests.factories.platforms import PAGE, account_of, message, messenger, said, told
from tests.factories.subscriptions import TierFactory, subscribed
from tests.fakes.meta import TOKEN, FakeMeta, used_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def meta(settings):
    with FakeMeta().standing() as house:
        used_by(settings, house)
        yield house.has(PAGE)


def whats():
    rows = Change.objects.filter(kind="PlatformAccountChanged").order_by("pk")
    return list(rows.values_list("payload__what", flat=True))


class TestConnectInTheSandbox:
    def test_needs_no_token_and_is_marked(self, user):
        account = connect_account(platform="facebook", external_id=" 101 ", name="  Olive   & Oak ", by=user)

        account.refresh_from_db()
        assert (account.owner, account.external_id, account.name) == (user, "101", "Olive & Oak")
        assert (account.is_sandbox, account.is_unclaimed, account.status, account.access_token) == (
            True,
            False,
            "connected",
            None,
        )
        assert whats() == ["connected"]
        assert AuditEntry.objects.filter(action="channel connected: facebook", resource=str(account.pk)).exists()

    def test_twice_brings_it_up_to_date(self, user):
        first = account_of(user)

        again = connect_account(platform="facebook", external_id=PAGE, name="Another name", by=user)

        assert (again.pk, again.name, PlatformAccount.objects.count()) == (first.pk, "Another name", 1)
        assert whats() == ["connected", "changed"]

    def test_of_somebody_else_is_a_conflict(self, user, stranger):
        account_of(user)

        with pytest.raises(Conflict) as refusal:
            account_of(stranger)

        assert refusal.value.code == "account_taken"
        assert PlatformAccount.objects.get().owner == user

    def test_claims_what_nobody_had_connected_with_its_conversations(self, user, staff):
        told(messenger(message()))
        thread = ClientThread.objects.get()

        account = account_of(user)

        thread.refresh_from_db()
        conversation = thread.conversation
        assert (account.owner, account.is_unclaimed, thread.is_flagged) == (user, False, False)
        assert conversation.created_by == user
        live = Participant.objects.live().filter(conversation=conversation)
        assert list(live.values_list("user", "role", "last_read_seq")) == [(user.pk, "owner", 0)]
        owners = Entity.objects.filter(pk__in=(conversation.pk, thread.lead_id)).values_list("owner", flat=True)
        assert set(owners) == {user.pk}
        links = Connection.objects.filter(to_entity=conversation.pk, deleted_at=None)
        assert set(links.values_list("from_entity", flat=True)) == {user.pk, thread.lead_id}
        assert Change.objects.get(kind="AccessRevoked").payload["user_id"] == str(staff.pk)
        assert whats() == ["found", "claimed"]

    def test_takes_over_what_a_webhook_found_at_the_same_moment(self, user, staff, monkeypatch):
        insert = QuerySet.bulk_create

        def later(rows, *args, **kwargs):
            monkeypatch.setattr(QuerySet, "bulk_create", insert)
            told(messenger(message()))
            return insert(rows, *args, **kwargs)

        monkeypatch.setattr(QuerySet, "bulk_create", later)
        account = account_of(user)

        thread = ClientThread.objects.get()
        assert (account.owner, account.is_unclaimed) == (user, False)
        assert (thread.conversation.created_by, thread.is_flagged) == (user, False)
        assert whats() == ["found", "claimed"]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"platform": "telegram"}, "platform"),
            ({"external_id": ""}, "external_id"),
            ({"external_id": "a/b"}, "external_id"),
            ({"external_id": "1" * 65}, "external_id"),
            ({"access_token": "two\nlines"}, "access_token"),
            ({"access_token": "x" * 2001}, "access_token"),
        ],
        ids=str,
    )
    def test_says_what_is_wrong(self, user, given, field):
        with pytest.raises(Invalid) as refusal:
            connect_account(**{"platform": "facebook", "external_id": PAGE, "by": user, **given})

        assert list(refusal.value.details) == [field]

    def test_asks_the_tier_for_the_platform(self, user):
        with pytest.raises(Forbidden) as refusal:
            account_of(user, "whatsapp", "555")
        assert refusal.value.details["reason"] == "limit_reached"

        subscribed(user, TierFactory(platforms=["whatsapp"]))
        assert account_of(user, "whatsapp", "555").platform == "whatsapp"


class TestConnectAtMeta:
    def test_reads_the_account_with_its_token(self, meta, user):
        account = connect_account(platform="facebook", external_id=PAGE, access_token=TOKEN, by=user)

        account.refresh_from_db()
        assert (account.name, account.access_token, account.is_sandbox) == ("Olive & Oak", TOKEN, False)
        assert TOKEN not in str(Change.objects.values_list("payload", flat=True))
        assert address_of(account).access_token == TOKEN

    @pytest.mark.parametrize(("external_id", "token"), [(PAGE, "another"), ("999", TOKEN)])
    def test_refuses_what_the_token_does_not_show(self, meta, user, external_id, token):
        with pytest.raises(Invalid) as refusal:
            connect_account(platform="facebook", external_id=external_id, access_token=token, by=user)

        assert refusal.value.message == "The platform does not show this account with this access token. Check both."
        assert not PlatformAccount.objects.exists()

    def test_says_that_the_platform_is_away(self, meta, user):
        meta.go_wrong("500")

        with pytest.raises(Unavailable):
            connect_account(platform="facebook", external_id=PAGE, access_token=TOKEN, by=user)

    def test_gives_real_clients_to_nobody_without_a_proof(self, meta, user, staff, settings):
        told(messenger(message()))

        for page_token in ("", TOKEN):
            settings.META_PAGE_TOKEN = page_token
            with pytest.raises(Invalid) as refusal:
                connect_account(platform="facebook", external_id=PAGE, by=user)
            assert list(refusal.value.details) == ["access_token"]
        assert PlatformAccount.objects.get().is_unclaimed
        settings.META_PAGE_TOKEN = ""
        trial = connect_account(platform="facebook", external_id="sandbox-mine", by=user)
        assert trial.is_sandbox

    def test_lets_an_administrator_use_the_platforms_own(self, meta, staff, settings):
        settings.META_PAGE_TOKEN = TOKEN

        account = connect_account(platform="facebook", external_id=PAGE, by=staff)

        assert (account.name, account.is_sandbox, account.access_token) == ("Olive & Oak", False, None)

    def test_again_mends_what_was_broken(self, meta, user):
        account = connect_account(platform="facebook", external_id=PAGE, access_token=TOKEN, by=user)
        mark_broken(account, "The token is over.")

        connect_account(platform="facebook", external_id=PAGE, access_token=TOKEN, by=user)

        account.refresh_from_db()
        assert (account.status, account.problem) == ("connected", "")


class TestDisconnect:
    def test_keeps_the_history_and_forgets_the_token(self, user):
        account = account_of(user)
        set_answers_by_ai(account_id=account.pk, answers_by_ai=True, by=user)
        PlatformAccount.objects.update(access_token="EAA")
        told(messenger(message()))

        for _ in range(2):
            disconnect_account(account_id=account.pk, by=user)

        account.refresh_from_db()
        assert (account.status, account.access_token, account.answers_by_ai, account.owner) == (
            "disconnected",
            None,
            False,
            user,
        )
        assert (said(), whats()) == ([("client", "Ship to Oslo?")], ["connected", "changed", "disconnected"])

    def test_is_for_its_owner(self, user, stranger):
        account = account_of(user)

        with pytest.raises(NotFound):
            disconnect_account(account_id=account.pk, by=stranger)
        with pytest.raises(Forbidden):
            disconnect_account(account_id=account.pk, by=UserFactory(is_staff=True, role="support"))
        with pytest.raises(NotFound):
            disconnect_account(account_id="nonsense", by=user)

    def test_can_be_connected_again(self, user):
        account = account_of(user)
        disconnect_account(account_id=account.pk, by=user)

        account_of(user)

        account.refresh_from_db()
        assert (account.status, whats()) == ("connected", ["connected", "disconnected", "connected"])


class TestAnswersByAI:
    def test_is_switched_by_its_owner(self, user, stranger):
        account = account_of(user)

        assert set_answers_by_ai(account_id=account.pk, answers_by_ai=True, by=user).answers_by_ai
        with pytest.raises(NotFound):
            set_answers_by_ai(account_id=account.pk, answers_by_ai=False, by=stranger)

    def test_is_not_for_what_is_disconnected(self, user):
        account = account_of(user)
        disconnect_account(account_id=account.pk, by=user)

        with pytest.raises(Conflict):
            set_answers_by_ai(account_id=account.pk, answers_by_ai=True, by=user)


class TestOwners:
    def test_the_default_one_is_chosen_by_administrators(self, user, staff, stranger):
        with pytest.raises(Forbidden):
            set_default_owner(user_id=user.pk, by=user)
        with pytest.raises(Invalid):
            set_default_owner(user_id="nobody", by=staff)

        set_default_owner(user_id=stranger.pk, by=staff)
        told(messenger(message()))
        assert ClientThread.objects.get().conversation.created_by == stranger

        set_default_owner(user_id=None, by=staff)
        told(messenger(message("m_2", client="7200")))
        assert set(ClientThread.objects.values_list("conversation__created_by", flat=True)) == {stranger.pk, staff.pk}

    def test_an_account_is_given_by_administrators(self, user, staff, stranger):
        account = account_of(user)
        told(messenger(message()))

        with pytest.raises(Forbidden):
            give_account(account_id=account.pk, user_id=stranger.pk, by=user)
        give_account(account_id=account.pk, user_id=stranger.pk, by=staff)

        assert ClientThread.objects.get().conversation.created_by == stranger
        assert PlatformAccount.objects.get().owner == stranger

    def test_who_leaves_leaves_no_token_and_clients_are_still_heard(self, user, staff):
        account = account_of(user)
        PlatformAccount.objects.update(access_token="EAA")
        told(messenger(message()))
        user.departures.create(due_at="2026-01-01T00:00:00Z")

        assert erase(departure_id=user.departures.get().pk)
        told(messenger(message("m_2", "Hello?", "7200")))

        account = PlatformAccount.objects.filter(pk=account.pk).first() or PlatformAccount.objects.get()
        assert account.access_token is None
        newest = ClientThread.objects.order_by("-conversation__created_at").first()
        assert newest.conversation.created_by == staff


class TestUnclaimed:
    """What came before the platform had a token is no sandbox once it has one: its answers leave."""

    def test_is_answered_with_the_platforms_token(self, meta, settings, staff):
        settings.META_PAGE_TOKEN = ""
        told(messenger(message(at=int(time.time()))))
        account = PlatformAccount.objects.get()
        assert (account.is_unclaimed, account.is_sandbox) == (True, True)

        settings.META_PAGE_TOKEN = TOKEN
        answer = send_message(conversation_id=ClientThread.objects.get().pk, content="We do", by=staff)
        attempt_delivery(message_id=answer.pk)

        assert [(sent[0], sent[2]) for sent in meta.sent] == [(PAGE, "We do")]

    def test_is_marked_no_more_when_its_next_client_writes(self, meta, settings, staff):
        settings.META_PAGE_TOKEN = ""
        told(messenger(message()))

        settings.META_PAGE_TOKEN = TOKEN
        told(messenger(message("m_2", "Hello?", "7200")))

        assert PlatformAccount.objects.get().is_sandbox is False

    def test_leaves_what_somebody_chose_for_a_sandbox(self, meta, settings, user, staff):
        settings.META_PAGE_TOKEN = ""
        account = connect_account(platform="facebook", external_id="sandbox-mine", by=user)

        settings.META_PAGE_TOKEN = TOKEN
        told(messenger(message(page="sandbox-mine"), page="sandbox-mine"))

        account.refresh_from_db()
        assert (account.is_sandbox, address_of(account).is_sandbox) == (True, True)


class TestAnHeir:
    def test_is_somebody_who_can_sign_in(self, user, staff):
        account = account_of(user)

        with pytest.raises(Invalid):
            give_account(account_id=account.pk, user_id=UserFactory(is_active=False).pk, by=staff)

        assert PlatformAccount.objects.get().owner == user

    def test_who_was_there_has_the_owners_seat_and_no_second_one(self, user, stranger, staff):
        account = account_of(user)
        told(messenger(message()))
        conversation = ClientThread.objects.get().conversation
        Participant.objects.create(conversation=conversation, user=stranger)

        give_account(account_id=account.pk, user_id=stranger.pk, by=staff)

        live = Participant.objects.live().filter(conversation=conversation)
        assert list(live.values_list("user", "role")) == [(stranger.pk, "owner")]


class TestMarkBroken:
    def test_tells_the_owner_once(self, user):
        account = account_of(user)

        for _ in range(3):
            mark_broken(account, "The platform does not accept the token any more.")

        account.refresh_from_db()
        assert (account.status, account.problem) == ("broken", "The platform does not accept the token any more.")
        notes = user.notifications.filter(key__startswith="channel_broken:")
        assert list(notes.values_list("title", "kind", "url")) == [
            ("Olive & Oak needs your attention", "error", "/inbox/channels/")
        ]
        assert whats() == ["connected", "broken"]

    def test_leaves_alone_what_was_connected_again_meanwhile(self, user):
        account_of(user)
        as_it_was = PlatformAccount.objects.get()
        account_of(user, name="Olive & Oak, again")

        mark_broken(as_it_was, "The token that was used is over.")

        assert PlatformAccount.objects.get().status == "connected"

    def test_is_quiet_where_nobody_owns_it(self):
        told(messenger(message()))

        mark_broken(PlatformAccount.objects.get(), "No.")

        assert not User.objects.exists()
