import datetime as dt

import pytest
import time_machine

from config.errors import Conflict, Invalid, NotFound, Throttled
from conversations.models import Message
from council.models import Report
from council.verbs.reports import MOST_AN_HOUR, file_report
from ontology.models import Change
from ontology.verbs.posts import delete_post
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.factories.marketplace import ProductFactory
from tests.factories.reports import reported, thing_of
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db
KINDS = ("user", "track", "post", "comment", "product", "message")


class TestFileReport:
    @pytest.mark.parametrize("kind", KINDS)
    def test_keeps_what_was_seen(self, user, stranger, kind):
        thing = thing_of(kind, stranger, seen_by=user)
        report = reported(kind, thing, by=user, reason="  It is\r\nwrong ")

        kept = Report.objects.get()
        assert kept == report
        assert (kept.reporter, kept.content_type, kept.content_id, kept.subject, kept.reason, kept.status) == (
            user,
            kind,
            thing.pk,
            stranger,
            "It is\nwrong",
            "pending",
        )
        assert (kept.title, kept.seen) == {
            "user": ("A Stranger", ""),
            "track": ("Low Tide", "Low Tide"),
            "post": ("All bowls are cracked.",) * 2,
            "comment": ("You are all fools.",) * 2,
            "product": ("A cracked bowl", "A cracked bowl\nOf clay."),
            "message": ("Go away.",) * 2,
        }[kind]
        place = {
            "user": f"/people/{thing.pk}/",
            "track": f"/tracks/{thing.pk}/",
            "post": f"/posts/{thing.pk}/",
            "product": f"/market/{thing.pk}/",
        }
        if kind == "comment":
            place[kind] = f"/posts/{thing.entity_id}/#comment-{thing.pk}"
        if kind == "message":
            place[kind] = f"/rooms/{thing.conversation_id}/"
        assert kept.place == place[kind]
        told = Change.objects.filter(kind="ReportFiled").values_list("payload", "topics").get()
        about = {"report_id": str(kept.pk), "content_type": kind, "content_id": str(thing.pk)}
        assert told == (about, ["reports"])

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_not_about_ones_own(self, user, stranger, kind):
        thing = thing_of(kind, user, seen_by=stranger)
        with pytest.raises(Invalid) as refused:
            reported(kind, thing, by=user)
        assert refused.value.code == "own_content"

    def test_is_made_once_while_nobody_has_decided(self, user, stranger):
        post = post_of(stranger)
        report = reported("post", post, by=user)
        with pytest.raises(Conflict) as refused:
            reported("post", post, by=user, reason="Still")
        assert refused.value.code == "already_reported"
        reported("post", post)  # by somebody else

        Report.objects.filter(pk=report.pk).update(status="dismissed", resolved_at=report.created_at)
        assert reported("post", post, by=user).pk != report.pk

    def test_finds_nothing_that_they_do_not_see(self, user, stranger):
        hidden = {
            "track": track_of(stranger, status="draft").pk,
            "product": ProductFactory(by=stranger, status="draft").pk,
            "message": thing_of("message", stranger, seen_by=UserFactory()).pk,
            "user": UserFactory(is_active=False).pk,
        }
        post = post_of(stranger)
        delete_post(post_id=post.pk, by=stranger)
        for kind, key in [*hidden.items(), ("post", post.pk), ("comment", post.pk), ("user", "x"), ("track", None)]:
            with pytest.raises(NotFound):
                file_report(content_type=kind, content_id=key, reason="x", by=user)
        assert not Report.objects.exists()

    def test_is_about_what_people_say(self, user, stranger):
        place = room(user, stranger)
        for seq, role in enumerate(("system", "ai", "client"), 100):
            row = Message.objects.create(conversation=place, seq=seq, role=role, content="x")
            with pytest.raises(NotFound):
                reported("message", row, by=user)

    @pytest.mark.parametrize("reason", ["", "  \n", "x" * 2001, "a\0b"])
    def test_says_why(self, user, stranger, reason):
        with pytest.raises(Invalid) as refused:
            reported("user", stranger, by=user, reason=reason)
        assert refused.value.details.keys() == {"reason"}

    def test_names_a_kind(self, user, stranger):
        with pytest.raises(Invalid) as refused:
            reported("planet", stranger, by=user)
        assert refused.value.details.keys() == {"content_type"}

    def test_is_not_made_too_often(self, user):
        with time_machine.travel(dt.datetime(2026, 3, 4, tzinfo=dt.UTC), tick=False) as clock:
            for _ in range(MOST_AN_HOUR):
                reported("user", UserFactory(), by=user)
            with pytest.raises(Throttled):
                reported("user", UserFactory(), by=user)
            clock.shift(3601)
            reported("user", UserFactory(), by=user)
