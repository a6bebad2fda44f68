"""Putting a question to the council, stopping it, trying again, and finding what was lost. Design: council, section 3."""

import datetime as dt
from textwrap import shorten
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import parse_id
from conversations.models import Conversation, Message
from conversations.models.conversations import LONGEST_TITLE
from conversations.verbs.conversations import open_conversation
from conversations.verbs.messages import append_message
from council.facts import DeliberationOpened
from council.gateways.language_model import ErrorCode
from council.models import Deliberation, Project
from council.models.deliberations import MOST_ATTEMPTS
from council.queries.deliberations import conversation_read_by, last_deliberation
from council.verbs.endings import end
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

LONGEST_QUESTION = 20_000
BRAIN_TRUST = "brain-trust"
REQUEUE_AFTER = dt.timedelta(seconds=20)
ALREADY_OPEN = "The council is still deliberating on the last question here"


def open_deliberation(
    *, question: str, conversation_id: object = None, project_id: object = None, by: User
) -> Deliberation:
    """Keep the question and hand it to a worker, in a conversation of its own or in the one that is named."""
    question = checked_question(question)
    try:
        with transaction.atomic():
            if conversation_id is None:
                conversation = new_conversation(question, project_id=project_id, by=by)
            else:
                conversation = raised_conversation(conversation_id, by=by)
            message = append_message(
                conversation=conversation, role=Message.Role.USER, content=question, sender=by, status="done"
            )
            deliberation = Deliberation.objects.create(conversation=conversation, question=message, asked_by=by)
            log(
                type=EventType.USER_ENGAGED,
                actor_id=by.pk,
                target_id=conversation.pk,
                metadata={"what": "council_asked", "deliberationId": str(deliberation.pk)},
                is_private=True,
            )
            publish(DeliberationOpened(deliberation_id=deliberation.pk, conversation_id=conversation.pk))
    except IntegrityError:
        raise Conflict(ALREADY_OPEN, code="deliberation_open") from None
    return deliberation


def checked_question(question: str) -> str:
    question = question.strip()
    if not question:
        raise Invalid("Question is required")
    if len(question) > LONGEST_QUESTION:
        raise Invalid(f"A question has at most {LONGEST_QUESTION:,} characters")
    if "\0" in question:
        raise Invalid("A question cannot hold a NUL character")
    return question


def new_conversation(question: str, *, project_id: object, by: User) -> Conversation:
    project = None
    if project_id is not None:
        key = parse_id(project_id)
        project = Project.objects.visible_to(by).filter(pk=key).first() if key else None
        if project is None:
            raise NotFound("Project not found")
        if project.created_by_id != by.pk:
            raise Forbidden("Only the owner may ask in this project")
    return open_conversation(
        kind=Conversation.Kind.COUNCIL,
        title=shorten(question, LONGEST_TITLE, placeholder=" …") or question[:LONGEST_TITLE],
        by=by,
        project_id=project.pk if project else None,
        mode=BRAIN_TRUST,
    )


def raised_conversation(conversation_id: object, *, by: User) -> Conversation:
    """The named conversation, its row locked, raised to the council's mode; one open question at a time."""
    readable = conversation_read_by(by, conversation_id)
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=readable.pk)
    refuse_readers(conversation, by=by)
    if Deliberation.objects.open().filter(conversation=conversation).exists():
        raise Conflict(ALREADY_OPEN, code="deliberation_open")
    if conversation.mode != BRAIN_TRUST:
        conversation.mode = BRAIN_TRUST
        conversation.save(update_fields=["mode"])
    return conversation


def refuse_readers(conversation: Conversation, *, by: User) -> None:
    """Members of a shared project read; its author and the project's owner act."""
    if conversation.created_by_id == by.pk:
        return
    project_id = conversation.project_id
    if project_id is None or not Project.objects.filter(pk=project_id, created_by=by).exists():
        raise Forbidden("Only who opened this conversation may ask here")


@transaction.atomic
def stop_deliberation(*, conversation_id: object, by: User) -> None:
    """Ask for the end of what runs here. Harmless where nothing runs; a worker that holds it hears of it itself."""
    conversation = conversation_read_by(by, conversation_id)
    refuse_readers(conversation, by=by)
    deliberation = Deliberation.objects.open().select_for_update().filter(conversation=conversation).first()
    if deliberation is None:
        return
    moment = now()
    if deliberation.stop_requested_at is None:
        deliberation.stop_requested_at = moment
        deliberation.save(update_fields=["stop_requested_at"])
    if deliberation.lease_until is None or deliberation.lease_until < moment:
        end(deliberation, Deliberation.Status.STOPPED)


@transaction.atomic
def retry_deliberation(*, conversation_id: object, by: User) -> Deliberation:
    """Take the last question up again after the last answer that was finished."""
    conversation = conversation_read_by(by, conversation_id)
    refuse_readers(conversation, by=by)
    last = last_deliberation(conversation.pk)
    if last is None:
        raise NotFound("Nothing was asked here yet")
    return queue_again(last.pk)


@transaction.atomic
def requeue_deliberation(*, deliberation_id: UUID, by: User) -> Deliberation:
    """The same for administrators, on whichever question."""
    if not by.is_admin:
        raise Forbidden("Only administrators may take up somebody's question again")
    return queue_again(deliberation_id)


def queue_again(deliberation_id: UUID) -> Deliberation:
    deliberation = Deliberation.objects.select_for_update().get(pk=deliberation_id)
    if deliberation.status not in (Deliberation.Status.ERROR, Deliberation.Status.STOPPED):
        raise Conflict("Only a question that failed or was stopped can be tried again")
    if Deliberation.objects.open().filter(conversation=deliberation.conversation_id).exists():
        raise Conflict(ALREADY_OPEN, code="deliberation_open")
    deliberation.status = Deliberation.Status.QUEUED
    deliberation.last_attempt = deliberation.attempt + MOST_ATTEMPTS
    deliberation.lease_until = deliberation.stop_requested_at = deliberation.finished_at = None
    deliberation.error_code = deliberation.error_stage = deliberation.error_seat = ""
    deliberation.queued_at = now()
    deliberation.save()
    publish(DeliberationOpened(deliberation_id=deliberation.pk, conversation_id=deliberation.conversation_id))
    return deliberation


@transaction.atomic
def sweep_deliberations() -> list[UUID]:
    """End what was stopped or tried too often while nobody worked on it; answer the ids that need a worker again."""
    moment = now()
    free = Deliberation.objects.free(moment).select_for_update()
    for deliberation in free.filter(Q(stop_requested_at__isnull=False)):
        end(deliberation, Deliberation.Status.STOPPED)
    for deliberation in free.filter(attempt__gte=F("last_attempt")):
        end(deliberation, Deliberation.Status.ERROR, code=ErrorCode.UNAVAILABLE)
    patience = dt.timedelta(seconds=getattr(settings, "COUNCIL_REQUEUE_SECONDS", REQUEUE_AFTER.seconds))
    due = list(free.filter(queued_at__lt=moment - patience).values_list("pk", flat=True))
    Deliberation.objects.filter(pk__in=due).update(queued_at=moment)
    return due
