"""What happens to one's things is told once, to the one it concerns, in the transaction that made it so."""

import pytest

from conversations.models import Notification
from conversations.verbs.broadcasts import streams_to_sweep, tell_followers
from ontology.verbs.comments import add_comment
from ontology.verbs.follows import follow
from ontology.verbs.likes import toggle_like
from tests.factories.accounts import UserFactory
from tests.factories.live import on_air
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db


def told(user):
    return sorted(Notification.objects.visible_to(user).values_list("title", "url"))


class TestAttention:
    def test_is_told_to_the_owner_once(self, user, stranger):
        post = post_of(user)
        for _ in range(3):
            toggle_like(entity_id=post.pk, by=stranger)
        add_comment(entity_id=post.pk, content="Yes.", by=stranger)
        follow(user_id=user.pk, by=stranger)
        place = f"/posts/{post.pk}/"
        assert told(user) == [
            ("A Stranger commented on your post", place),
            ("A Stranger follows you", f"/people/{stranger.pk}/"),
            ("A Stranger likes your post", place),
        ]
        assert told(stranger) == []

    def test_of_oneself_is_not_told(self, user):
        post = post_of(user)
        toggle_like(entity_id=post.pk, by=user)
        add_comment(entity_id=post.pk, content="Yes.", by=user)
        assert told(user) == []


class TestGoingOnAir:
    def test_is_told_to_each_follower_once_however_often_the_job_runs(
        self, user, stranger, queued, django_capture_on_commit_callbacks
    ):
        follow(user_id=user.pk, by=stranger)
        away = UserFactory(is_active=False)
        with django_capture_on_commit_callbacks(execute=True):
            stream = on_air(user, "From the quay")
        assert ("conversations.jobs.tell_followers", (), {"stream_id": str(stream.pk)}) in queued
        assert (tell_followers(stream_id=stream.pk), tell_followers(stream_id=stream.pk)) == (1, 0)
        assert ("Ada Lovelace is on air", f"/live/{stream.pk}/") in told(stranger)
        assert told(away) == []

    def test_reaches_by_the_sweep_who_was_missed(self, user, stranger):
        stream = on_air(user, "From the quay")
        follow(user_id=user.pk, by=stranger)
        assert streams_to_sweep() == [stream.pk]
        assert tell_followers(stream_id=stream.pk) == 1
