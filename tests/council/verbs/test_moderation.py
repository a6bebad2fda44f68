import datetime as dt

import pytest
import time_machine
from django.db import transaction

from accounts.facts import AccountLeaving
from accounts.models import AuditEntry, User
from accounts.verbs.people import switch_off
from config.errors import Conflict, Forbidden, Invalid, NotFound
from conversations.models import Message, Notification
from conversations.verbs.moderation import TOMBSTONE, remove_message
from council.models import Report
from council.verbs.moderation import OUTCOMES, resolve_report
from marketplace.models import Product
from ontology.changes import publish
from ontology.models import Change, Comment, Post, Track
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import paid_order
from tests.factories.reports import reported, thing_of
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
ACTIONS = ("resolve", "dismiss", "warn", "remove", "ban")


@pytest.fixture
def report(user, stranger):
    return reported("post", post_of(stranger, "All bowls are cracked."), by=user)


def decided(report, action, by, note=""):
    return resolve_report(report_id=report.pk, action=action, note=note, by=by)


def news_of(user):
    rows = Notification.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("kind", "key", "title", "text", "url"))


class TestEveryDecision:
    @pytest.mark.parametrize("action", ACTIONS)
    def test_closes_the_report_and_tells_of_it(self, report, staff, user, action):
        with time_machine.travel(MOMENT, tick=False):
            decided(report, action, staff, note="  Be   kind ")

        status = "dismissed" if action == "dismiss" else "resolved"
        kept = Report.objects.get()
        assert (kept.status, kept.action, kept.note, kept.resolved_by, kept.resolved_at) == (
            status,
            action,
            "Be kind",
            staff,
            MOMENT,
        )
        line = AuditEntry.objects.filter(resource=str(report.pk)).values_list("action", "user").get()
        assert line == (f"report {status}: {action}", staff.pk)
        assert Change.objects.filter(kind="ReportResolved").values_list("payload", flat=True).get() == {
            "report_id": str(report.pk),
            "content_type": "post",
            "content_id": str(report.content_id),
            "reporter_id": str(user.pk),
            "status": status,
            "action": action,
        }
        place = report.place if action in ("dismiss", "warn") else ""
        assert news_of(user) == [
            ("info", f"report:{report.pk}", "We have looked at what you reported", OUTCOMES[action], place)
        ]

    def test_is_made_once(self, report, staff):
        decided(report, "dismiss", staff)
        with pytest.raises(Conflict) as refused:
            decided(report, "ban", staff)
        assert refused.value.code == "report_closed"
        assert Report.objects.get().action == "dismiss"

    @pytest.mark.parametrize("role", ["", "support"])
    def test_is_for_administrators(self, report, role):
        with pytest.raises(Forbidden):
            decided(report, "dismiss", UserFactory(role=role, is_staff=bool(role)))

    def test_needs_a_report(self, staff):
        for key in ("x", "01a0a0a0-0000-7000-8000-000000000000"):
            with pytest.raises(NotFound):
                resolve_report(report_id=key, action="dismiss", by=staff)

    @pytest.mark.parametrize(
        ("given", "field"), [({"action": "praise"}, "action"), ({"note": "x" * 301}, "note"), ({"note": "\0"}, "note")]
    )
    def test_says_what_is_wrong(self, report, staff, given, field):
        with pytest.raises(Invalid) as refused:
            resolve_report(**{"report_id": report.pk, "action": "dismiss", "by": staff, **given})
        assert refused.value.details.keys() == {field}


class TestDismissAndResolve:
    @pytest.mark.parametrize("action", ["dismiss", "resolve"])
    def test_leave_everything_as_it_is(self, report, staff, stranger, action):
        decided(report, action, staff)
        assert (news_of(stranger), Post.objects.live().count()) == ([], 1)
        assert User.objects.get(pk=stranger.pk).is_active


class TestWarn:
    def test_tells_whoever_it_was(self, report, staff, stranger):
        decided(report, "warn", staff, note="Please be kind.")
        assert news_of(stranger) == [
            (
                "warning",
                f"warning:{report.pk}",
                "A warning",
                "Your post “All bowls are cracked.” is against the rules of the house. Please be kind.",
                f"/posts/{report.content_id}/",
            )
        ]
        told = Change.objects.filter(kind="Notified", payload__user_id=str(stranger.pk)).latest("pk")
        assert told.payload["is_system"] is True  # a `system_notification` on Dana's sockets

    def test_is_given_once_a_day_for_the_same_thing(self, staff, stranger):
        post = post_of(stranger)
        with time_machine.travel(MOMENT, tick=False) as clock:
            for _ in range(3):
                decided(reported("post", post), "warn", staff)
            assert len(news_of(stranger)) == 1
            clock.shift(dt.timedelta(days=1, seconds=1))
            decided(reported("post", post), "warn", staff)
            assert len(news_of(stranger)) == 2

    def test_names_nobodys_name(self, staff, stranger):
        decided(reported("user", stranger), "warn", staff)
        assert news_of(stranger)[0][3] == "How you behave here is against the rules of the house."


class TestBan:
    def test_switches_the_account_off(self, report, staff, stranger):
        decided(report, "ban", staff)
        assert not User.objects.get(pk=stranger.pk).is_active

    def test_minds_no_account_that_is_off(self, report, staff, stranger):
        switch_off(user_id=stranger.pk, by=staff)
        assert decided(report, "ban", staff).status == "resolved"

    def test_keeps_the_ranks(self, report, stranger):
        User.objects.filter(pk=stranger.pk).update(role="admin", is_staff=True)
        with pytest.raises(Forbidden):
            decided(report, "ban", UserFactory(role="admin", is_staff=True))
        assert Report.objects.get().status == "pending"


class TestRemove:
    @pytest.mark.parametrize(
        ("kind", "is_gone"),
        [
            ("track", lambda thing: Track.objects.get(pk=thing.pk).deleted_at),
            ("post", lambda thing: Post.objects.get(pk=thing.pk).deleted_at),
            ("comment", lambda thing: Comment.objects.get(pk=thing.pk).deleted_at),
            ("product", lambda thing: not Product.objects.filter(pk=thing.pk).exists()),
            ("message", lambda thing: Message.objects.get(pk=thing.pk).content == TOMBSTONE),
        ],
    )
    def test_takes_it_away_and_tells_whose_it_was(self, user, stranger, staff, kind, is_gone):
        thing = thing_of(kind, stranger, seen_by=user)
        report = reported(kind, thing, by=user)
        decided(report, "remove", staff)
        assert is_gone(thing)
        (kind_of_news, key, title, text, url) = news_of(stranger)[-1]
        assert (kind_of_news, key, title, url) == (
            "warning",
            f"warning:{report.pk}",
            "Something of yours was removed",
            "",
        )
        assert text == f"Your {kind} “{report.title}” was against the rules of the house."

    def test_minds_nothing_that_is_gone(self, user, stranger, staff):
        post = post_of(stranger)
        first, second = reported("post", post), reported("post", post)
        assert [decided(each, "remove", staff).status for each in (first, second)] == ["resolved", "resolved"]
        assert len(news_of(stranger)) == 1

    def test_archives_what_somebody_bought(self, user, stranger, staff):
        product = thing_of("product", stranger, seen_by=user)
        paid_order(by=user, product=product)
        decided(reported("product", product), "remove", staff)
        assert Product.objects.get(pk=product.pk).status == "archived"

    def test_is_not_for_people(self, stranger, staff):
        report = reported("user", stranger)
        with pytest.raises(Invalid) as refused:
            decided(report, "remove", staff)
        assert refused.value.details.keys() == {"action"}


class TestRemoveMessage:
    def test_keeps_its_place(self, user, stranger, staff):
        said = thing_of("message", stranger, seen_by=user)
        remove_message(message_id=said.pk, by=staff)
        row = Message.objects.get(pk=said.pk)
        assert (row.content, row.seq, row.sender, row.metadata) == (TOMBSTONE, said.seq, stranger, {"removed": True})
        assert Change.objects.filter(kind="MessageChanged").values_list("payload", flat=True).get() == {
            "message_id": str(said.pk),
            "conversation_id": str(said.conversation_id),
            "seq": said.seq,
            "what": "deleted",
            "content": TOMBSTONE,
        }
        with pytest.raises(NotFound):
            remove_message(message_id=said.pk, by=staff)

    def test_is_for_administrators(self, user, stranger, staff):
        said = thing_of("message", stranger, seen_by=user)
        with pytest.raises(Forbidden):
            remove_message(message_id=said.pk, by=stranger)
        with pytest.raises(NotFound):
            remove_message(message_id="x", by=staff)


class TestWhoLeaves:
    def test_is_not_kept_in_reports(self, report, staff, stranger):
        with transaction.atomic():
            publish(AccountLeaving(user_id=stranger.pk))
        kept = Report.objects.get()
        assert (kept.subject, kept.title, kept.seen, kept.status) == (None, "", "", "pending")
        for action in ("warn", "ban"):
            with pytest.raises(Conflict) as refused:
                decided(report, action, staff)
            assert refused.value.code == "left"
        assert decided(report, "dismiss", staff).status == "dismissed"
