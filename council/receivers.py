"""When this happened, do that."""

from accounts.facts import AccountLeaving
from council import jobs
from council.facts import DeliberationOpened
from council.verbs.departures import release_counsel
from council.verbs.reports import forget_what_was_seen
from ontology.changes import receives, writes_with


@receives(DeliberationOpened)
def ask_the_council(fact: DeliberationOpened) -> None:
    """A worker takes it from here; where the queue is away, the sweep hands it over later."""
    jobs.deliberate.delay(str(fact.deliberation_id))


@writes_with(AccountLeaving)
def release_their_counsel(fact: AccountLeaving) -> None:
    release_counsel(user_id=fact.user_id)


@writes_with(AccountLeaving)
def leave_no_trace_in_reports(fact: AccountLeaving) -> None:
    forget_what_was_seen(user_id=fact.user_id)
