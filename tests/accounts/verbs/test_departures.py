"""Leaving for good: what was theirs is found nowhere any more, but where the map says that and why it is kept."""

import datetime as dt
import threading
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection
from django.utils.timezone import now

from accounts.models import ApiKey, Departure, Mail, SecurityEvent, Session, User
from accounts.queries.exports import folder
from accounts.verbs import departures
from accounts.verbs.archives import person_of
from accounts.verbs.departures import (
    cancel_departure,
    due_departures,
    erase,
    open_departure,
    remove_user,
    request_departure,
)
from accounts.verbs.mails import deliver_mail
from config.errors import Conflict, Forbidden, NotFound
from config.personal_data import REGISTER
from conversations.models import Conversation, Message, Participant
from conversations.queries.conversations import inbox
from conversations.queries.messages import history
from marketplace.models import Invoice, LedgerEntry, Order, OrderLine, Payment, Product, Refund, Review, Transfer
from ontology.models import Change, Entity
from ontology.verbs.tag_names import recount_tags
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.factories.lives import IP, MARK, lived, marked

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
DUE = MOMENT + dt.timedelta(days=14)


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


def gone(user):
    """Remove an account at once, as staff does, and sweep."""
    departure, _ = Departure.objects.get_or_create(
        user=user, erased_at=None, cancelled_at=None, defaults={"due_at": now()}
    )
    assert erase(departure_id=departure.pk)
    return User.objects.get(pk=user.pk)


class TestRequest:
    def test_waits_a_fortnight_and_says_how_to_call_it_off(self, user):
        with time_machine.travel(MOMENT, tick=False):
            departure = request_departure(user=user, by=user)
            row = Mail.objects.get()
            deliver_mail(mail_id=row.pk)
        event = SecurityEvent.objects.get(type="deletion_requested")

        assert (departure.due_at, departure.requested_by_id) == (DUE, user.pk)
        assert (row.template, row.context) == ("account/deletion_requested", {"due": "18 March 2026"})
        assert mail.outbox[0].subject == "Your account will be deleted on 18 March 2026"
        assert "http://localhost:8000/settings/privacy/" in mail.outbox[0].body
        assert (event.user_id, event.details) == (user.pk, "Due on 18 March 2026")
        assert due_departures() == [departure.pk]  # by the clock of this machine it is long due

    def test_asked_twice_it_is_the_same(self, user):
        assert request_departure(user=user, by=user) == request_departure(user=user, by=user)
        assert Mail.objects.count() == 1

    def test_is_for_its_owner_alone(self, user, staff):
        with pytest.raises(Forbidden):
            request_departure(user=user, by=staff)

    def test_the_last_super_admin_stays(self, staff):
        with pytest.raises(Conflict) as refused:
            request_departure(user=staff, by=staff)
        assert refused.value.code == "last_super_admin"

    def test_is_not_due_before_its_day(self, user):
        with time_machine.travel(MOMENT, tick=False) as clock:
            departure = request_departure(user=user, by=user)
            clock.move_to(DUE - dt.timedelta(seconds=1))
            assert (due_departures(), erase(departure_id=departure.pk)) == ([], False)
            clock.move_to(DUE)
            assert due_departures() == [departure.pk]


class TestCancel:
    def test_keeps_everything(self, user):
        departure = request_departure(user=user, by=user)

        cancelled = cancel_departure(user=user)

        assert cancelled == departure
        assert open_departure(user) is None
        assert erase(departure_id=departure.pk) is False
        assert list(Mail.objects.order_by("queued_at").values_list("template", flat=True)) == [
            "account/deletion_requested",
            "account/deletion_cancelled",
        ]
        assert SecurityEvent.objects.first().type == "deletion_cancelled"

    def test_may_be_asked_for_again_afterwards(self, user):
        request_departure(user=user, by=user)
        cancel_departure(user=user)

        assert request_departure(user=user, by=user) == open_departure(user)
        assert Departure.objects.count() == 2

    def test_is_refused_without_one(self, user):
        with pytest.raises(Conflict) as refused:
            cancel_departure(user=user)
        assert refused.value.code == "no_departure"

    def test_is_refused_when_it_is_due(self, user):
        with time_machine.travel(MOMENT, tick=False) as clock:
            request_departure(user=user, by=user)
            clock.move_to(DUE)
            with pytest.raises(Conflict):
                cancel_departure(user=user)


class TestRemove:
    def test_switches_off_at_once_and_is_due_now(self, user, staff, caller):
        ApiKey.objects.create(user=user, name="k", prefix="veza_sk_abcd", key_hash="x")

        departure = remove_user(user_id=str(user.pk), by=staff)

        assert caller.get("/api/v1/users/me").status_code == 401
        assert not Session.objects.live().filter(user=user).exists()
        assert not ApiKey.objects.live().filter(user=user).exists()
        assert due_departures() == [departure.pk]
        assert departure.requested_by == staff

    def test_hastens_one_that_was_asked_for(self, user, staff):
        own = request_departure(user=user, by=user)

        assert remove_user(user_id=user.pk, by=staff) == own
        assert due_departures() == [own.pk]

    def test_is_for_administrators_alone(self, user, stranger):
        support = UserFactory(is_staff=True, role="support")
        for by in (stranger, support):
            with pytest.raises(Forbidden):
                remove_user(user_id=user.pk, by=by)
        assert not Departure.objects.exists()

    def test_never_oneself(self, staff):
        with pytest.raises(Forbidden):
            remove_user(user_id=staff.pk, by=staff)

    def test_never_a_super_admin_by_an_admin(self, staff):
        with pytest.raises(Forbidden):
            remove_user(user_id=staff.pk, by=UserFactory(is_staff=True, role="admin"))

    @pytest.mark.parametrize("unknown", ["x", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_nobody_is_not_found(self, staff, unknown):
        with pytest.raises(NotFound):
            remove_user(user_id=unknown, by=staff)


# What stays and still names them: invoices as they were issued, what was sold as it was called, what buyers may download.
KEPT = {
    ("marketplace_invoice", "snapshot"),
    ("marketplace_orderline", "title"),
    ("marketplace_productfile", "name"),
}


def whole_database():
    """Every text of every column of every table, as (table, column, text)."""
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608 -- names of our own tables
            columns = [each[0] for each in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if isinstance(value, memoryview | bytes):
                        value = bytes(value).decode("latin-1")
                    if value is not None:
                        yield name, column, str(value)


def found_in_the_database(*marks):
    return {
        (table, column)
        for table, column, text in whole_database()
        if any(mark.lower() in text.lower() for mark in marks)
    }


def found_on_disk(*marks):
    roots = (Path(settings.MEDIA_ROOT), folder())
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return [path for path in files if any(m in path.name or m.encode() in path.read_bytes() for m in marks)]


def kept_columns():
    """What the map says stays as it was, by table and column of the database."""
    return {
        (each.model._meta.db_table, each.columns[column].column)
        for each in REGISTER.values()
        if each.stays
        for column in each.columns
        if column not in each.anonymised
    }


def records(tables):
    """Every row of these, in the columns that are kept as they are."""
    map_of = {each.model: each for each in REGISTER.values()}
    return [
        [
            {
                name: value
                for name, value in row.items()
                if name not in (map_of[model].anonymised if model in map_of else ())
            }
            for row in model.objects.order_by("pk").values()
        ]
        for model in tables
    ]


class TestErase:
    def test_leaves_nothing_but_what_the_map_keeps(self, stranger):
        person = lived(stranger)
        before = found_in_the_database(MARK, IP)
        assert found_on_disk(MARK) != []
        assert len({table for table, _ in before}) > 30

        gone(person)
        recount_tags()  # as every day: names of tags that nobody uses any more
        (last,) = Mail.objects.filter(template="account/account_erased")
        deliver_mail(mail_id=last.pk)

        left = found_in_the_database(MARK, IP)
        assert left <= kept_columns()
        assert left == KEPT
        assert found_on_disk(MARK) == []
        assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([f"{MARK}@example.com"], "Your account is deleted")

    def test_empties_the_account_and_keeps_its_row(self, stranger):
        person = lived(stranger)

        left = gone(person)

        values = User.objects.values("email", "username", "name", "company", "bio", "image", "role").get(pk=person.pk)
        assert values == {
            "email": f"erased-{person.pk}@erased.invalid",
            "username": None,
            "name": "Someone who left",
            "company": "",
            "bio": "",
            "image": "",
            "role": "",
        }
        assert (left.is_active, left.is_staff, left.is_superuser, left.has_usable_password()) == (False,) * 4
        assert left.webauthn_handle != person.webauthn_handle
        assert Departure.objects.get(user=person, cancelled_at=None).erased_at is not None

    def test_keeps_what_the_law_wants_kept(self, stranger):
        person = lived(stranger)
        tables = (Order, OrderLine, Payment, Refund, Transfer, LedgerEntry, Invoice)
        before = records(tables)

        gone(person)

        assert records(tables) == before

    def test_turns_messages_into_tombstones(self, stranger):
        person = lived(stranger)
        shared = Conversation.objects.get(title="A shared room")

        gone(person)

        page = history(conversation_id=shared.pk, cursor=None, limit=10, by=stranger)
        assert [(row["seq"], row["sender__name"], row["content"]) for row in page.items] == [
            (2, "A Stranger", "An answer"),
            (1, "Someone who left", "This message was erased."),
        ]
        assert set(Message.objects.filter(sender=person).values_list("content", "client_id")) == {
            ("This message was erased.", None)
        }

    def test_stays_as_someone_in_a_direct_conversation_and_nowhere_else(self, stranger):
        person = lived(stranger)

        gone(person)

        (place,) = Participant.objects.live().filter(user=person)
        rows = inbox(by=stranger, kinds=("direct",), cursor=None, limit=10).items
        assert place.conversation.kind == "direct"
        assert [(row["others"], row["last_message"]["content"]) for row in rows] == [
            ("Someone who left", "This message was erased.")
        ]

    def test_hands_rooms_over(self, user, stranger):
        shared, alone = room(user, stranger, title="Ours"), room(user, title="Mine")

        gone(user)

        shared.refresh_from_db()
        alone.refresh_from_db()
        assert (shared.created_by, shared.title, shared.deleted_at) == (stranger, "Ours", None)
        assert [(place.user, place.role) for place in shared.memberships.live()] == [(stranger, "owner")]
        assert Entity.objects.values("owner", "deleted_at", "name").get(pk=shared.pk) == {
            "owner": stranger.pk,
            "deleted_at": None,
            "name": "Ours",
        }
        assert (alone.title, alone.deleted_at is None) == ("", False)

    def test_takes_the_graph_out_of_every_reading(self, stranger, staff):
        person = lived(stranger)
        own = set(Entity.objects.filter(owner=person).values_list("pk", flat=True))

        gone(person)

        assert len(own) > 5
        shared = Entity.objects.get(pk__in=own, owner=stranger)
        assert shared.type == "conversation"
        assert not Entity.objects.visible_to(staff).filter(pk__in=own - {shared.pk}).exists()
        assert Entity.objects.get(pk=person.pk).name == "Someone who left"

    def test_takes_products_off_the_market_and_keeps_the_rating(self, stranger):
        person = lived(stranger)

        gone(person)

        product = Product.objects.get(seller=person)
        assert (product.status, product.title, product.cover.name) == ("archived", "No longer offered", "")
        assert Review.objects.values("rating", "comment").get() == {"rating": 4, "comment": ""}

    def test_tells_those_who_listen(self, user, caller):
        session = caller.session

        gone(user)

        told = list(Change.objects.order_by("pk").values_list("kind", "payload"))
        assert ("AccountErased", {"user_id": str(user.pk)}) in told
        assert ("SessionsEnded", {"user_id": str(user.pk), "session_ids": [str(session.pk)]}) in told
        assert "SignedUp" not in [kind for kind, payload in told if str(user.pk) in str(payload)]
        assert caller.get("/api/v1/users/me").status_code == 401

    def test_a_second_time_it_does_nothing(self, user):
        gone(user)
        before = sorted(whole_database())

        assert erase(departure_id=Departure.objects.get().pk) is False
        assert sorted(whole_database()) == before

    def test_half_way_it_does_nothing_and_the_next_one_does_all(self, stranger, monkeypatch):
        person = lived(stranger)
        departure = Departure.objects.create(user=person, due_at=now())
        take_out = departures.take_out

        def dying(each, whose):
            if each.label == "accounts.Session":
                raise OSError
            take_out(each, whose)

        with monkeypatch.context() as patched:
            patched.setattr(departures, "take_out", dying)
            with pytest.raises(OSError):  # noqa: PT011 -- ours, raised above
                erase(departure_id=departure.pk)

        assert User.objects.get(pk=person.pk).email == person.email
        assert Message.objects.filter(content=marked("message")).count() == 3
        assert due_departures() == [departure.pk]
        assert erase(departure_id=departure.pk) is True
        recount_tags()
        assert found_in_the_database(MARK, IP) == {*KEPT, ("accounts_mail", "to")}
        assert found_on_disk(MARK) == []

    def test_the_last_super_admin_waits_another_day(self, staff, caplog):
        departure = Departure.objects.create(user=staff, due_at=MOMENT)
        with time_machine.travel(MOMENT, tick=False):
            assert erase(departure_id=departure.pk) is False
        departure.refresh_from_db()

        assert departure.due_at == MOMENT + dt.timedelta(days=1)
        assert User.objects.get(pk=staff.pk).is_active

    @pytest.mark.parametrize("unknown", ["", "x", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_an_unknown_one_is_nothing(self, unknown):
        assert erase(departure_id=unknown) is False

    def test_the_address_is_free_again(self, user):
        gone(user)

        again = UserFactory(email="ada@example.com", username="ada")
        assert again.pk != user.pk

    def test_every_table_of_people_was_filled(self, stranger):
        """Otherwise the search above would prove nothing."""
        person = person_of(lived(stranger))
        empty = [each.label for each in REGISTER.values() if each.is_of_people and not each.rows(person).exists()]

        assert empty == []
        assert len(apps.get_models(include_auto_created=True)) == len(REGISTER)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_workers_erase_once(self, user):
        departure = Departure.objects.create(user=user, due_at=now())
        done, start = [], threading.Barrier(2)

        def work():
            try:
                start.wait()
                done.append(erase(departure_id=departure.pk))
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert sorted(done) == [False, True]
        assert Mail.objects.filter(template="account/account_erased").count() == 1
