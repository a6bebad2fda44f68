"""When this happened, do that; in the transaction that says so, as it may not be missed, or as a job with a sweep."""

from accounts.facts import AccountErased, AccountLeaving, ExportFinished
from conversations import jobs
from conversations.models import Notification
from conversations.verbs.departures import hand_over_rooms
from conversations.verbs.notifications import forget_what_was_told_of, notify
from ontology.changes import receives, writes_with
from ontology.facts import (
    Commented,
    Followed,
    GraphTransferEnded,
    Liked,
    PostRemoved,
    StreamChanged,
    StreamWentLive,
    TrackChanged,
    TrackDeleted,
    TrackUploaded,
)
from ontology.models import GraphTransfer
from ontology.verbs.comments import remove_all_comments
from ontology.verbs.likes import take_back_all_likes
from ontology.verbs.search_index import forget_deleted_words
from ontology.verbs.tracks import too_long

PLACE = "/settings/privacy/"
READY = ("Your copy of your data is ready", "It can be downloaded for seven days.", Notification.Kind.INFO)
FAILED = (
    "The copy of your data could not be made",
    "Nothing of yours is lost. Please ask for it again.",
    Notification.Kind.ERROR,
)


@writes_with(ExportFinished)
def tell_of_the_copy(fact: ExportFinished) -> None:
    title, text, kind = READY if fact.status == "ready" else FAILED
    notify(user_id=fact.user_id, key=f"export:{fact.export_id}", title=title, text=text, url=PLACE, kind=kind)


@writes_with(GraphTransferEnded)
def tell_of_the_transfer(fact: GraphTransferEnded) -> None:
    transfer = GraphTransfer.objects.get(pk=fact.transfer_id)
    is_done, is_export = fact.status == GraphTransfer.Status.DONE, fact.kind == GraphTransfer.Kind.EXPORT
    if is_done:
        title = "Your export of the graph is ready" if is_export else "Your import is in the graph"
        text = f"{transfer.done_lines:,} lines." + (" It can be downloaded for seven days." if is_export else "")
    else:
        title = "Your export of the graph failed" if is_export else "Your import into the graph failed"
        where = f"Line {transfer.failed_line:,}: " if transfer.failed_line else ""
        text = f"{where}{transfer.error} Nothing was {'written' if is_export else 'imported'}."
    notify(
        user_id=fact.user_id,
        key=f"graph_transfer:{fact.transfer_id}",
        title=title,
        text=text,
        url="/graph/transfers/",
        kind=Notification.Kind.INFO if is_done else Notification.Kind.ERROR,
    )


@writes_with(AccountLeaving)
def leave_the_rooms(fact: AccountLeaving) -> None:
    hand_over_rooms(user_id=fact.user_id)


@writes_with(AccountLeaving)
def take_back_what_was_counted(fact: AccountLeaving) -> None:
    take_back_all_likes(user_id=fact.user_id)
    remove_all_comments(user_id=fact.user_id)
    forget_what_was_told_of(user_id=fact.user_id)


@writes_with(AccountErased)
def leave_no_words_behind(fact: AccountErased) -> None:
    forget_deleted_words()


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
