"""What becomes of clients' conversations: who hears of it, and what goes on as a job."""

from accounts.verbs.audit import keep_change
from conversations.facts import AccessRevoked, DeliveryChanged, DeliveryQueued
from conversations.jobs import deliveries as jobs
from conversations.verbs.client_threads import unassign_who_left
from conversations.verbs.deliveries import tell_of_failure
from ontology.changes import receives, writes_with

AUDITED = ("sent", "failed")
"""What became of our part; how far it came at the client's is kept with the message alone."""


@receives(DeliveryQueued)
def carry_it_there(fact: DeliveryQueued) -> None:
    jobs.attempt_delivery.delay(str(fact.message_id))


@writes_with(DeliveryChanged)
def keep_and_tell(fact: DeliveryChanged) -> None:
    if fact.status in AUDITED:
        keep_change(action=f"delivery {fact.status}", resource=fact.message_id)
    if fact.status == "failed":
        tell_of_failure(message_id=fact.message_id, error=fact.error)


@writes_with(AccessRevoked)
def have_it_no_more(fact: AccessRevoked) -> None:
    unassign_who_left(conversation_id=fact.conversation_id, user_id=fact.user_id)
