"""Live streams made through the verbs, and what an ingest server says of them."""

from ontology.verbs.ingest import go_on_air, ingest_id_of
from ontology.verbs.live_streams import create_stream
from ontology.verbs.stream_keys import proof_of

ENCODER = ingest_id_of("nginx", "127.0.0.1", "10.0.0.7", "1")
ANOTHER = ingest_id_of("nginx", "127.0.0.1", "10.0.0.8", "2")


def stream_of(owner, title="Night practice", **given):
    return create_stream(title=title, by=owner, **given)[0]


def said_of(stream, ingest_id=ENCODER):
    """The arguments of the ingest verbs, with the right key."""
    stream.refresh_from_db()
    return {"stream_id": stream.pk, "proof": proof_of(stream.pk, stream.key_version), "ingest_id": ingest_id}


def on_air(owner, title="Night practice", **given):
    return go_on_air(**said_of(stream_of(owner, title, **given)))
