from celery import shared_task

from conversations.verbs import broadcasts, releases

BEAT = {"tell_followers_of_all": ("conversations.jobs.broadcasts.tell_followers_of_all", 60)}


@shared_task
def tell_followers(*, stream_id: str) -> None:
    broadcasts.tell_followers(stream_id=stream_id)


@shared_task
def tell_of_track(*, track_id: str) -> None:
    releases.tell_of_track(track_id=track_id)


@shared_task
def tell_followers_of_all() -> None:
    """The sweep: whom a killed worker did not reach."""
    for stream_id in broadcasts.streams_to_sweep():
        broadcasts.tell_followers(stream_id=stream_id)
    for track_id in releases.tracks_to_sweep():
        releases.tell_of_track(track_id=track_id)
