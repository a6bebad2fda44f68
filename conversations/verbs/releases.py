"""Telling everybody who follows somebody that a track of theirs is there to be heard."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.timezone import now

from config.ids import lookup_id
from conversations.verbs.followers import tell_each_follower
from ontology.models import Change, Track

# Who was missed by a job that was killed is told within this time.
SWEPT_FOR = dt.timedelta(hours=1)


def tell_of_track(*, track_id: Any) -> int:
    """Notify each follower once for this track, however often it is called or published; how many were told just now."""
    track = Track.objects.published().select_related("owner").filter(pk=lookup_id(track_id)).first()
    if track is None:
        return 0
    return tell_each_follower(
        of=track.owner_id,
        key=f"track:{track.pk}:{track.owner_id}",
        title=f"{track.owner.display_name} published a track",
        text=track.title,
        url=track.get_absolute_url(),
    )


def tracks_to_sweep() -> list[str]:
    """Those that became public of late. By what was told of it: a draft may be published long after it was made."""
    came = Q(kind="TrackUploaded", payload__status=Track.Status.PUBLISHED)
    recent = Change.objects.filter(came | Q(kind="TrackChanged", payload__what="published"))
    found = recent.filter(created_at__gt=now() - SWEPT_FOR).order_by("pk").values_list("payload__track_id", flat=True)
    return list(dict.fromkeys(found))
