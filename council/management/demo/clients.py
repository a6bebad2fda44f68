"""Mira's clients: two accounts of the sandbox, what came to them, and how each was answered. Made by the verbs alone."""

import datetime as dt
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.timezone import now

from accounts.models import User
from conversations.gateways.local_assistant import LocalAssistant
from conversations.models import AssistantTurn, ClientThread, Conversation, Delivery, Message, PlatformAccount
from conversations.verbs.assistant import answer
from conversations.verbs.client_threads import update_client_conversation
from conversations.verbs.deliveries import attempt_delivery
from conversations.verbs.extraction import extract
from conversations.verbs.knowledge import add_knowledge_file
from conversations.verbs.messages import mark_read, send_message
from conversations.verbs.platform_accounts import connect_account, set_answers_by_ai
from conversations.verbs.receipts import raise_status
from conversations.verbs.sandbox_clients import write_as_client
from conversations.verbs.tasks import create_task
from council.management.demo.world import age, at, days

WINDOW = dt.timedelta(hours=24)
UNREACHABLE = "551"  # Meta's code for a client who cannot be written to any more

FILE_NAME = "Questions about the music.txt"
FILE = """\
Questions about the music

Downloads
Every download is lossless, Harbour Lights too: 24 bit WAV and FLAC, with the cover as a picture. A download link can be used as often as you like, on as many devices as you own. If a download stops, open the order and press download once more.

Licences for rooms
Playing the music in a café, a shop or a waiting room needs a licence for rooms. For rooms with up to 80 seats a licence costs 120 EUR a year for each album. A licence lets you play the music in the garden and on the terrace as well, for as long as they belong to the room.

Weddings and concerts
Mira does not play at weddings. Concerts are announced four weeks ahead, and tickets are sold by the venue.

Samples
Field Notes is free of rights for your own work, also for work that is sold. It may not be sold again as a collection of samples.
"""


class Talk(NamedTuple):
    """`ends`: days ago. Lines: client, mira, or ai for the assistant's own answer; how far the last of ours came is `reached`."""

    account: str
    client: str
    company: str
    ends: float
    lines: tuple[tuple[str, str], ...]
    reached: str = "read"
    status: str = "active"
    is_news: bool = False


TALKS = (
    Talk("page", "Piet de Vries", "", 3.1, (
        ("client", "Hello, do you also play at weddings? Ours is in May, by the sea."),
        ("mira", "Hello Piet, I do not, I am sorry. Ask the string quartet of the harbour school, they are very good and not expensive."),
        ("client", "We will. Thank you for being so quick."),
    ), status="closed"),
    Talk("page", "Dorota Nowak", "Studio Fala", 0.9, (
        ("client", "We cut a short film to Rain, Patience, Rain. Could we have the second part without the bells?"),
        ("mira", "Yes, I have it without them. The file is on its way, tell me if it is the right take."),
    ), reached="failed", status="pending"),
    Talk("profile", "Lukas Brandt", "", 0.12, (
        ("client", "Hi! Is the Harbour Lights download lossless?"),
        ("ai", ""),
        ("client", "Perfect. And how often can I use the download link?"),
        ("ai", ""),
    ), reached="delivered"),
    Talk("page", "Anna Weiss", "Café Weiss", 0.045, (
        ("client", "Good evening. We would like to play two of your albums in our rooms, 60 seats. What would a year cost?"),
        ("mira", "Good evening Anna. For rooms of up to 80 seats it is 120 EUR a year for each album, so 240 EUR for both. Shall I send the contract?"),
        ("client", "Yes please. And may we play them in the garden as well?"),
    ), is_news=True),
)  # fmt: skip


def serve_clients(mira: User) -> None:
    """Left out where Meta is set up: its sandbox must not stand among real accounts."""
    if settings.META_IS_SET_UP or settings.META_PAGE_TOKEN:
        return
    with at(days(9)):
        accounts = connect(mira)
        teach(mira)
    threads = {}
    for talk in TALKS:
        with at(days(talk.ends)):
            threads[talk.client] = hold(talk, accounts[talk.account], mira)
        spread(talk, threads[talk.client])
    note_tasks(threads, mira)


def connect(mira: User) -> dict[str, PlatformAccount]:
    page = connect_account(platform="facebook", external_id="sandbox-mira-okafor", name="Mira Okafor, music", by=mira)
    profile = connect_account(platform="instagram", external_id="sandbox-mira.okafor", name="@mira.okafor", by=mira)
    set_answers_by_ai(account_id=profile.pk, answers_by_ai=True, by=mira)
    return {"page": page, "profile": profile}


def teach(mira: User) -> None:
    file = add_knowledge_file(upload=ContentFile(FILE.encode(), FILE_NAME), file_type="txt", by=mira)
    extract(file_id=file.pk)


def hold(talk: Talk, account: PlatformAccount, mira: User) -> ClientThread:
    """The whole talk, as it would have come and gone; what a job would do is done at once."""
    for who, words in talk.lines:
        if who == "client":
            thread = write_as_client(account_id=account.pk, client_name=talk.client, text=words, by=mira)
        elif who == "mira":
            deliver(send_message(conversation_id=thread.pk, content=words, by=mira), talk.reached)
        else:
            let_answer(thread, talk.reached)
    if talk.company:
        update_client_conversation(conversation_id=thread.pk, client_company=talk.company, by=mira)
    if talk.status != "active":
        update_client_conversation(conversation_id=thread.pk, status=talk.status, by=mira)
    if not talk.is_news:
        mark_read(conversation_id=thread.pk, by=mira)
    return thread


def let_answer(thread: ClientThread, reached: str) -> None:
    """The assistant's turn, now: by the engine that needs no model."""
    turns = AssistantTurn.objects.filter(conversation=thread.pk).open()
    turns.update(due_at=now())
    for turn in turns:
        answer(turn_id=turn.pk, engine=LocalAssistant())
    said = Message.objects.filter(conversation=thread.pk, role=Message.Role.AI).last()
    if said is not None:
        deliver(said, reached)


def deliver(message: Message, reached: str) -> None:
    attempt_delivery(message_id=message.pk)
    raise_status(Delivery.objects.get(pk=message.pk), reached, error_code=UNREACHABLE if reached == "failed" else "")


def spread(talk: Talk, thread: ClientThread) -> None:
    """It took place some minutes a message, up to `ends`."""
    messages = Message.objects.filter(conversation=thread.pk).order_by("seq")
    last, count = days(talk.ends), len(messages)
    moments = [last - dt.timedelta(minutes=6 * (count - place)) for place in range(1, count + 1)]
    for message, moment in zip(messages, moments, strict=True):
        age(Message.objects.filter(pk=message.pk), sent_at=moment)
    age(Conversation.objects.filter(pk=thread.pk), last_message_at=last, created_at=moments[0])
    wrote = max(moment for message, moment in zip(messages, moments, strict=True) if message.role == "client")
    mine = ClientThread.objects.filter(pk=thread.pk)
    age(mine, client_wrote_at=wrote, reply_until=wrote + WINDOW)
    age(mine.filter(waiting_since__isnull=False), waiting_since=wrote)


def note_tasks(threads: dict[str, ClientThread], mira: User) -> None:
    for client, in_days, given in TASKS:
        due_date = now().date() + dt.timedelta(days=in_days) if in_days else None
        create_task(conversation_id=threads[client].pk, due_date=due_date, by=mira, **given)


# whose, due in how many days, what
TASKS: tuple[tuple[str, int, Any], ...] = (
    ("Dorota Nowak", 0, {"description": "Bounce part two without the bells", "status": "done"}),
    ("Dorota Nowak", 1, {"description": "Find another way to reach Studio Fala", "priority": "high"}),
    ("Anna Weiss", 2, {"description": "Send Café Weiss the contract, with the garden in it"}),
)
