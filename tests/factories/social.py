"""Posts and what is done with them, made through the verbs; tracks as bare rows with their entity."""

from ontology.models import EntityType, Status, Track
from ontology.verbs.memory import know
from ontology.verbs.posts import create_post


def post_of(author, content="Rain on the colonnade.", **given):
    return create_post(content=content, by=author, **given)


def track_of(owner, title="Low Tide", status=Track.Status.PUBLISHED):
    """A published track of theirs, without a sound."""
    track = Track.objects.create(
        owner=owner, title=title, file="tracks/x.mp3", file_name="x.mp3", format="mp3", size_bytes=1, sha256="0" * 64,
        status=status,
    )  # fmt: skip
    shown = Status.PUBLISHED if status == Track.Status.PUBLISHED else Status.DRAFT
    know(id=track.pk, type=EntityType.MEDIA_ASSET, name=title, owner_id=owner.pk, status=shown)
    return track
