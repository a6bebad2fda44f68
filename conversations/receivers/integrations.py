"""The audit log says what became of integrations; which services somebody uses stands nowhere else than there."""

from accounts.verbs.audit import keep_change
from conversations.facts import IntegrationChanged
from ontology.changes import writes_with


@writes_with(IntegrationChanged)
def keep_in_the_audit(fact: IntegrationChanged) -> None:
    outcome = f": {fact.status}" if fact.what == "tested" else ""
    keep_change(action=f"integration {fact.integration_type} {fact.what}{outcome}", resource=fact.user_id)
