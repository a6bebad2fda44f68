"""When this happened, do that."""

from council import jobs
from council.facts import DeliberationOpened
from ontology.changes import receives


@receives(DeliberationOpened)
def ask_the_council(fact: DeliberationOpened) -> None:
    """A worker takes it from here; where the queue is away, the sweep hands it over later."""
    jobs.deliberate.delay(str(fact.deliberation_id))
