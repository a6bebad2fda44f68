"""The socket of pages that show things: what it tells, of whom, and whom it sends away."""

from functools import partial
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from conversations.live.database import database
from ontology.models import Track
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.follows import follow
from ontology.verbs.ingest import go_off_air, go_on_air
from ontology.verbs.likes import like, unlike
from ontology.verbs.posts import create_post, delete_post
from tests.conversations.live.conftest import line
from tests.factories.accounts import UserFactory
from tests.factories.live import said_of, stream_of
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = ((b"host", b"testserver"), (b"origin", b"http://testserver"))


def opened(*things, headers=PAGE, **more):
    query = urlencode({"ids": ",".join(str(thing) for thing in things), **more})
    return line(query, headers=headers, path="/ws/things/")


def cookie_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return (*PAGE, (b"cookie", f"{name}={client.cookies[name].value}".encode()))


async def later(verb, **given):
    return await database(partial(verb, **given))


@pytest.fixture
def post(user):
    return post_of(user)


@pytest.fixture
def friend(user):
    friend = UserFactory(name="A Friend")
    follow(user_id=friend.pk, by=user)
    return friend


class TestThings:
    async def test_tells_everybody_what_is_done_with_them(self, user, stranger, post):
        key = str(post.pk)
        async with opened(post.pk) as page:
            await page.next("ready")
            await later(like, entity_id=key, by=stranger)
            assert await page.next("likes") == {"type": "likes", "entity_id": key, "like_count": 1}
            await later(unlike, entity_id=key, by=stranger)
            assert await page.next("likes") == {"type": "likes", "entity_id": key, "like_count": 0}
            comment = await later(add_comment, entity_id=key, content="secret to the socket", by=stranger)
            about = {"entity_id": key, "comment_id": str(comment.pk)}
            assert await page.next("comment") == {"type": "comment", **about, "comment_count": 1}
            await later(remove_comment, comment_id=comment.pk, by=stranger)
            assert await page.next("comment_removed") == {"type": "comment_removed", **about, "comment_count": 0}
            await later(delete_post, post_id=key, by=user)
            assert await page.next("post_removed") == {"type": "post_removed", "entity_id": key}

    async def test_tells_that_a_stream_begins_and_ends(self, user):
        stream = await later(stream_of, owner=user)
        given = await later(said_of, stream=stream)
        async with opened(stream.pk) as page:
            await page.next("ready")
            await later(go_on_air, **given)
            assert await page.next("stream_live") == {"type": "stream_live", "entity_id": str(stream.pk)}
            await later(go_off_air, **given)
            assert await page.next("stream_ended") == {"type": "stream_ended", "entity_id": str(stream.pk)}

    async def test_tells_who_follows_that_somebody_posted_and_nothing_else_of_them(self, user, stranger, friend, post):
        headers = await database(cookie_of, user)
        quiet = await later(post_of, author=friend)
        async with opened(post.pk, headers=headers, follows="1") as page:
            await page.next("ready")
            await later(like, entity_id=quiet.pk, by=stranger)
            await later(create_post, content="x", by=stranger)
            said = await later(create_post, content="x", by=friend)
            event = await page.event()
            assert event["text"] == f'{{"type":"post","entity_id":"{said.pk}"}}'

    async def test_without_a_sign_in_nobody_is_followed(self, friend, stranger, post):
        async with opened(post.pk, follows="1") as page:
            await page.next("ready")
            await later(create_post, content="x", by=friend)
            await later(like, entity_id=post.pk, by=stranger)
            assert (await page.next("post", "likes"))["type"] == "likes"


class TestRefusals:
    @pytest.fixture
    def hidden(self, user):
        gone = post_of(user)
        delete_post(post_id=gone.pk, by=user)
        return [track_of(user, status=Track.Status.DRAFT).pk, gone.pk, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "x", ""]

    async def test_of_what_is_not_for_all_nothing_is_told(self, hidden):
        async with opened(*hidden) as page:
            assert await page.code() == 4404

    @pytest.mark.parametrize("headers", [(), PAGE[:1], (PAGE[0], (b"origin", b"http://elsewhere.example"))])
    async def test_other_sites_are_sent_away(self, post, headers):
        async with opened(post.pk, headers=headers) as page:
            assert await page.code() == 1008

    async def test_too_many_are_sent_away(self, post):
        async with opened(*[post.pk] * 101) as page:
            assert await page.code() == 1008

    async def test_who_speaks_is_sent_away(self, post):
        async with opened(post.pk) as page:
            await page.next("ready")
            await page.say(type="ping")
            assert await page.code() == 1008
