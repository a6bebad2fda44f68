"""What becomes of accounts: who is told, and what goes with one that leaves."""

from accounts.facts import AccountErased, AccountLeaving, ExportFinished
from conversations.models import Notification
from conversations.verbs.departures import hand_over_rooms
from conversations.verbs.notifications import forget_what_was_told_of, notify
from ontology.changes import writes_with
from ontology.facts import (
    GraphTransferEnded,
)
from ontology.models import GraphTransfer
from ontology.verbs.comments import remove_all_comments
from ontology.verbs.likes import take_back_all_likes
from ontology.verbs.search_index import forget_deleted_words

PLACE = "/settings/privacy/"
READY = ("Your copy of your data is ready", "It can be downloaded for seven days.", Notification.Kind.INFO)
FAILED = (
    "The copy of your data could not be made",
    "Nothing of yours is lost. Please ask for it again.",
    Notification.Kind.ERROR,
)


@writes_with(ExportFinished)
def tell_of_the_copy(fact: ExportFinished) -> None:
    title, text, kind = READY if fact.status == "ready" else FAILED
    key = f"export:{fact.export_id}"
    notify(user_id=fact.user_id, key=key, title=title, text=text, url=PLACE, kind=kind, is_system=True)


@writes_with(GraphTransferEnded)
def tell_of_the_transfer(fact: GraphTransferEnded) -> None:
    transfer = GraphTransfer.objects.get(pk=fact.transfer_id)
    is_done, is_export = fact.status == GraphTransfer.Status.DONE, fact.kind == GraphTransfer.Kind.EXPORT
    if is_done:
        title = "Your export of the graph is ready" if is_export else "Your import is in the graph"
        text = f"{transfer.done_lines:,} lines." + (" It can be downloaded for seven days." if is_export else "")
    else:
        title = "Your export of the graph failed" if is_export else "Your import into the graph failed"
        where = f"Line {transfer.failed_line:,}: " if transfer.failed_line else ""
        text = f"{where}{transfer.error} Nothing was {'written' if is_export else 'imported'}."
    notify(
        user_id=fact.user_id,
        key=f"graph_transfer:{fact.transfer_id}",
        title=title,
        text=text,
        url="/graph/transfers/",
        kind=Notification.Kind.INFO if is_done else Notification.Kind.ERROR,
        is_system=is_export,
    )


@writes_with(AccountLeaving)
def leave_the_rooms(fact: AccountLeaving) -> None:
    hand_over_rooms(user_id=fact.user_id)


@writes_with(AccountLeaving)
def take_back_what_was_counted(fact: AccountLeaving) -> None:
    take_back_all_likes(user_id=fact.user_id)
    remove_all_comments(user_id=fact.user_id)
    forget_what_was_told_of(user_id=fact.user_id)


@writes_with(AccountErased)
def leave_no_words_behind(fact: AccountErased) -> None:
    forget_deleted_words()
