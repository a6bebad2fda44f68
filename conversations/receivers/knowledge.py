"""What becomes of a knowledge file: who reads it, and who is told."""

from accounts.facts import AccountErased, AccountLeaving
from accounts.verbs.audit import keep_change
from conversations.facts import KnowledgeFileChanged
from conversations.jobs import knowledge as jobs
from conversations.models import Notification
from conversations.queries.file_words import sentence_of
from conversations.verbs.knowledge import leave_nothing_known, place_of
from conversations.verbs.notifications import notify
from conversations.verbs.passages import forget_removed_passages
from ontology.changes import receives, writes_with


@receives(KnowledgeFileChanged)
def read_it(fact: KnowledgeFileChanged) -> None:
    if fact.what == "uploaded":
        jobs.extract.delay(file_id=str(fact.file_id))


@writes_with(KnowledgeFileChanged)
def tell_of_the_failure(fact: KnowledgeFileChanged) -> None:
    if fact.what == "failed":
        notify(
            user_id=fact.user_id,
            key=f"knowledge:{fact.file_id}",
            title="Your assistant could not read a file",
            text=f"{fact.name}: {sentence_of(fact.reason)}",
            url=place_of(fact.file_id),
            kind=Notification.Kind.WARNING,
        )


@writes_with(KnowledgeFileChanged)
def keep_in_the_audit(fact: KnowledgeFileChanged) -> None:
    """What a job did; what people do has the line of its request."""
    if fact.what in ("ready", "failed"):
        keep_change(action=f"knowledge file {fact.what} {fact.reason}".strip(), resource=fact.file_id)


@writes_with(AccountLeaving)
def forget_what_they_taught(fact: AccountLeaving) -> None:
    leave_nothing_known(user_id=fact.user_id)


@writes_with(AccountErased)
def leave_no_passage_behind(fact: AccountErased) -> None:
    forget_removed_passages()
