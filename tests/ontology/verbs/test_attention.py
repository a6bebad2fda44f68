"""Counters, rows, heat and what was told agree, however many act at once: by real threads, on both databases."""

import threading

import pytest
from django.db import connection

from ontology.models import Change, Comment, Connection, Event, Like
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.follows import follow, unfollow
from ontology.verbs.heat import of_all, summands_of
from ontology.verbs.likes import like, toggle_like, unlike
from tests.factories.accounts import UserFactory
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run all of them in threads that start together; a failure is the test's."""
    gate, faults = threading.Barrier(len(calls)), []

    def run(call):
        try:
            gate.wait(timeout=30)
            call()
        except Exception as fault:  # noqa: BLE001 -- shown by the test's own thread
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []


def agree(thing):
    thing.refresh_from_db()
    assert thing.like_count == Like.objects.filter(entity=thing.pk).count()
    assert thing.comment_count == Comment.objects.live().filter(entity=thing.pk).count()
    if hasattr(thing, "heat"):
        assert thing.heat == pytest.approx(of_all(summands_of(thing)), abs=1e-9)


@pytest.mark.parametrize("make", [post_of, track_of])
class TestCounters:
    def test_many_people_like_and_comment(self, user, make):
        thing, people = make(user), [UserFactory() for _ in range(6)]
        acts = [lambda by=by: like(entity_id=thing.pk, by=by) for by in people]
        acts += [lambda by=by: add_comment(entity_id=thing.pk, content="x", by=by) for by in people]
        at_once(*acts)
        agree(thing)
        assert (thing.like_count, thing.comment_count) == (6, 6)
        told = [change.payload["like_count"] for change in Change.objects.filter(kind="Liked").order_by("pk")]
        assert sorted(told) == [1, 2, 3, 4, 5, 6]

    def test_some_come_while_others_go(self, user, make):
        thing, people = make(user), [UserFactory() for _ in range(4)]
        for by in people[:2]:
            like(entity_id=thing.pk, by=by)
        comment = add_comment(entity_id=thing.pk, content="x", by=user)
        acts = [lambda by=by: unlike(entity_id=thing.pk, by=by) for by in people[:2]]
        acts += [lambda by=by: like(entity_id=thing.pk, by=by) for by in people[2:]]
        acts += [lambda: remove_comment(comment_id=comment.pk, by=user)]
        acts += [lambda: add_comment(entity_id=thing.pk, content="y", by=user)]
        at_once(*acts)
        agree(thing)
        assert (thing.like_count, thing.comment_count) == (2, 1)

    def test_one_person_who_clicks_wildly(self, user, make):
        thing = make(user)
        at_once(*[lambda: toggle_like(entity_id=thing.pk, by=user)] * 7)
        agree(thing)
        assert thing.like_count == 1  # seven times is once

    def test_a_like_sent_many_times_is_told_once(self, user, make):
        thing = make(user)
        at_once(*[lambda: like(entity_id=thing.pk, by=user)] * 6)
        agree(thing)
        assert (thing.like_count, Change.objects.filter(kind="Liked").count()) == (1, 1)


class TestFollows:
    def test_a_follow_sent_many_times_is_told_once(self, user, stranger):
        at_once(*[lambda: follow(user_id=stranger.pk, by=user)] * 6)
        live = Connection.objects.filter(relationship_type="following", deleted_at=None)
        assert (live.count(), Change.objects.filter(kind="Followed").count()) == (1, 1)
        at_once(*[lambda: unfollow(user_id=stranger.pk, by=user)] * 4)
        assert (live.count(), Change.objects.filter(kind="Unfollowed").count()) == (0, 1)

    def test_two_who_follow_each_other_at_once(self, user, stranger):
        at_once(lambda: follow(user_id=stranger.pk, by=user), lambda: follow(user_id=user.pk, by=stranger))
        assert Event.objects.filter(type="user_engaged").count() == 2
