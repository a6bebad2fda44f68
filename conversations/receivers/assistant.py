"""A client waits for the assistant: its job runs when the turn is due. How each turn ended is kept in the audit log."""

import datetime as dt

from django.utils.timezone import now

from accounts.verbs.audit import keep_change
from conversations.facts import AssistantTurnEnded, AssistantWanted
from conversations.jobs.assistant import answer_client
from ontology.changes import receives, writes_with


@receives(AssistantWanted)
def have_it_answered(fact: AssistantWanted) -> None:
    """A job for each message; those that come before the turn is due find nothing to do."""
    wait = dt.datetime.fromisoformat(fact.due_at) - now()
    answer_client.apply_async(kwargs={"turn_id": str(fact.turn_id)}, countdown=max(0.0, wait.total_seconds()) + 0.05)


@writes_with(AssistantTurnEnded)
def keep_in_the_audit(fact: AssistantTurnEnded) -> None:
    words = f"assistant {fact.status}" + (f": {fact.reason}" if fact.reason else "")
    keep_change(action=words, resource=fact.turn_id)
