"""What people do with each other's things: who hears of it here."""

from conversations.jobs import broadcasts as jobs
from conversations.models import Notification
from conversations.verbs.notifications import notify
from ontology.changes import receives, writes_with
from ontology.facts import (
    Commented,
    Followed,
    Liked,
    PostRemoved,
    StreamChanged,
    StreamWentLive,
    TrackChanged,
    TrackDeleted,
    TrackUploaded,
)
from ontology.verbs.tracks import too_long

PLACES = {"social_post": "/posts/{id}/", "media_asset": "/tracks/{id}/", "livestream": "/live/{id}/"}
WORDS = {"social_post": "your post", "media_asset": "your track", "livestream": "your stream"}


@writes_with(Liked)
def tell_of_the_like(fact: Liked) -> None:
    if fact.owner_id and fact.owner_id != fact.user_id:
        title = f"{fact.user_name} likes {WORDS.get(fact.type, 'something of yours')}"
        key = f"like:{fact.entity_id}:{fact.user_id}"
        notify(user_id=fact.owner_id, key=key, title=title, text=fact.name, url=place_of(fact), about_id=fact.user_id)


@writes_with(Commented)
def tell_of_the_comment(fact: Commented) -> None:
    if fact.owner_id and fact.owner_id != fact.author_id:
        title = f"{fact.author_name} commented on {WORDS.get(fact.type, 'something of yours')}"
        notify(
            user_id=fact.owner_id,
            key=f"comment:{fact.comment_id}:{fact.author_id}",
            title=title,
            text=fact.text,
            url=place_of(fact),
            about_id=fact.author_id,
        )


@writes_with(Followed)
def tell_of_the_follower(fact: Followed) -> None:
    title = f"{fact.follower_name} follows you"
    place = f"/people/{fact.follower_id}/"
    notify(
        user_id=fact.followed_id,
        key=f"follow:{fact.follower_id}",
        title=title,
        url=place,
        about_id=fact.follower_id,
    )


@writes_with(PostRemoved, TrackDeleted, StreamChanged)
def tell_no_more(fact: PostRemoved | TrackDeleted | StreamChanged) -> None:
    """What is deleted is gone from every read, also from what was told of it."""
    if isinstance(fact, PostRemoved):
        place = f"/posts/{fact.post_id}/"
    elif isinstance(fact, TrackDeleted):
        place = f"/tracks/{fact.track_id}/"
    elif fact.what == "deleted":
        place = f"/live/{fact.entity_id}/"
    else:
        return
    Notification.objects.filter(url=place).delete()


@receives(StreamWentLive)
def tell_the_followers(fact: StreamWentLive) -> None:
    """Followers may be many, so a job tells them; while the stream is on air a sweep goes on where one was lost."""
    jobs.tell_followers.delay(stream_id=str(fact.entity_id))


@receives(TrackUploaded, TrackChanged)
def tell_of_the_track(fact: TrackUploaded | TrackChanged) -> None:
    """As of a stream: once it can be heard by all, a job tells the followers, and a sweep goes on where one was lost."""
    if "published" in (getattr(fact, "status", ""), getattr(fact, "what", "")):
        jobs.tell_of_track.delay(track_id=str(fact.track_id))


@writes_with(TrackChanged)
def tell_of_the_withdrawal(fact: TrackChanged) -> None:
    """Its followers find it no more, and its owner learns why."""
    if fact.what != "withdrawn":
        return
    Notification.objects.filter(key=f"track:{fact.track_id}:{fact.owner_id}").delete()
    notify(
        user_id=fact.owner_id,
        key=f"withdrawn:{fact.track_id}",
        title=f"{fact.title[:80]} is a draft again",
        text=f"{too_long()} Nobody but you hears it.",
        url=f"/tracks/{fact.track_id}/",
        kind=Notification.Kind.WARNING,
    )


def place_of(fact: Liked | Commented) -> str:
    return PLACES.get(fact.type, "/graph/{id}/").format(id=fact.entity_id)
