"""The graph remembers: every fact of every app stands in the table, and what the table says is what the verbs write."""

import inspect
import io
from importlib import import_module

import pytest
from django.apps import apps
from django.utils.timezone import now

from accounts.models import Departure, User
from accounts.verbs.departures import erase
from conversations.verbs.announcements import announce, withdraw
from conversations.verbs.assistant import answer
from conversations.verbs.messages import send_message
from conversations.verbs.moderation import remove_message
from conversations.verbs.participants import remove_participant
from council.verbs.deliberations import stop_deliberation
from council.verbs.sittings import deliberate
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.gear import create_gear
from marketplace.verbs.licenses import give_license
from marketplace.verbs.products import create_product, remove_product
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.review_answers import answer_review
from marketplace.verbs.reviews import review_product
from marketplace.verbs.shipping import mark_sent
from marketplace.verbs.transfers import attempt_transfer
from ontology.facts import Fact
from ontology.models import Change, Connection, Entity, Event
from ontology.remembering import REMEMBERED, Rows
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.files import delete_file, rename_file, upload_file
from ontology.verbs.follows import follow, unfollow
from ontology.verbs.ingest import add_recording, go_off_air
from ontology.verbs.likes import like, unlike
from ontology.verbs.posts import create_post, delete_post
from ontology.verbs.tracks import delete_track, update_track
from tests.factories.accounts import UserFactory
from tests.factories.assistants import ScriptedAssistant, client_says, client_thread, make_due, turn_of
from tests.factories.clients import by_hand, thread_with
from tests.factories.conversations import room
from tests.factories.council import DeliberationFactory
from tests.factories.knowledge import known
from tests.factories.live import on_air, said_of, stream_of
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, given_back, paid_order, pay
from tests.factories.ontology import EntityFactory
from tests.factories.platforms import about, account_of, message, messenger, told
from tests.factories.social import post_of
from tests.factories.sounds import sounding
from tests.factories.subscriptions import TierFactory, subscribed
from tests.fakes.language_model import ScriptedModel

APPS = ("ontology", "accounts", "marketplace", "conversations", "council")


def facts():
    """{name: class} of what every app says can happen."""
    modules = [import_module(f"{app}.facts") for app in APPS]
    classes = [each for module in modules for each in vars(module).values() if inspect.isclass(each)]
    return {each.__name__: each for each in classes if issubclass(each, Fact) and each is not Fact}


class TestTheTable:
    def test_knows_every_fact(self):
        apps.check_apps_ready()
        assert sorted(facts().keys() - REMEMBERED.keys()) == []

    @pytest.mark.parametrize("name", sorted(REMEMBERED))
    def test_names_rows_or_says_why_there_are_none(self, name):
        rows = REMEMBERED[name]
        has_rows = bool(rows.entities or rows.connections or rows.events)
        assert has_rows != bool(rows.why_none)
        assert has_rows or rows.why_none.endswith(".")


def seen():
    """The graph as it stands, by model and key."""
    return {
        model: {row["id"]: row for row in model.objects.values()}  #
        for model in (Entity, Connection, Event)
    }


def written(before):
    """The types of the rows that are new or changed since, as the table spells them."""
    after = seen()
    changed = {
        model: [row for key, row in rows.items() if before[model].get(key) != row] for model, rows in after.items()
    }
    return Rows(
        tuple({row["type"] for row in changed[Entity]}),
        tuple({row["relationship_type"] for row in changed[Connection]}),
        tuple({row["type"] for row in changed[Event]}),
    )


# (what is there before, what is done, the fact it publishes)
DONE = {
    "sign up": (lambda user, other: None, lambda made, user, other: UserFactory(), "SignedUp"),
    "publish a post": (lambda user, other: None, lambda made, user, other: create_post(content="Hear this", by=user), "PostPublished"),
    "remove a post": (lambda user, other: post_of(user), lambda made, user, other: delete_post(post_id=made.pk, by=user), "PostRemoved"),
    "like": (lambda user, other: post_of(other), lambda made, user, other: like(entity_id=made.pk, by=user), "Liked"),
    "take a like back": (
        lambda user, other: (made := post_of(other), like(entity_id=made.pk, by=user))[0],
        lambda made, user, other: unlike(entity_id=made.pk, by=user),
        "LikeTakenBack",
    ),
    "comment": (lambda user, other: post_of(other), lambda made, user, other: add_comment(entity_id=made.pk, content="Yes", by=user), "Commented"),
    "remove a comment": (
        lambda user, other: add_comment(entity_id=post_of(other).pk, content="Yes", by=user),
        lambda made, user, other: remove_comment(comment_id=made.pk, by=user),
        "CommentRemoved",
    ),
    "follow": (lambda user, other: None, lambda made, user, other: follow(user_id=other.pk, by=user), "Followed"),
    "unfollow": (
        lambda user, other: follow(user_id=other.pk, by=user),
        lambda made, user, other: unfollow(user_id=other.pk, by=user),
        "Unfollowed",
    ),
    "make a thing": (lambda user, other: None, lambda made, user, other: EntityFactory(owner=user), "EntityChanged"),
    "publish a product": (
        lambda user, other: None,
        lambda made, user, other: create_product(title="A score", price_cents=100, currency="EUR", by=user),
        "ProductChanged",
    ),
    "buy": (lambda user, other: OrderFactory(by=user), lambda made, user, other: pay(made), "OrderChanged"),
    "sell": (lambda user, other: OrderFactory(by=user), lambda made, user, other: pay(made), "SaleMade"),
    "open a room": (lambda user, other: None, lambda made, user, other: room(user, other), "ConversationChanged"),
    "send a message": (
        lambda user, other: room(user, other),
        lambda made, user, other: send_message(conversation_id=made.pk, content="Hello", by=user),
        "MessageSent",
    ),
    "open a client's conversation": (
        lambda user, other: None,
        lambda made, user, other: by_hand(user),
        "ConversationChanged",
    ),
    "answer a client": (
        lambda user, other: thread_with(user),
        lambda made, user, other: send_message(conversation_id=made.pk, content="We do", by=user),
        "MessageSent",
    ),
    "leave a room": (
        lambda user, other: room(user, other),
        lambda made, user, other: remove_participant(conversation_id=made.pk, user_id=other.pk, by=user),
        "AccessRevoked",
    ),
    "ask the council": (lambda user, other: None, lambda made, user, other: DeliberationFactory(by=user), "DeliberationOpened"),
    "stop the council": (
        lambda user, other: DeliberationFactory(by=user),
        lambda made, user, other: stop_deliberation(conversation_id=made.conversation_id, by=user),
        "DeliberationEnded",
    ),
    "announce a stream": (lambda user, other: None, lambda made, user, other: stream_of(user), "StreamChanged"),
    "go on air": (lambda user, other: None, lambda made, user, other: on_air(user), "StreamWentLive"),
    "go off air": (lambda user, other: on_air(user), lambda made, user, other: go_off_air(**said_of(made)), "StreamEnded"),
    "record a stream": (
        lambda user, other: on_air(user),
        lambda made, user, other: add_recording(place="/rec/night.flv", stream_id=made.pk, proof=said_of(made)["proof"]),
        "StreamRecorded",
    ),
    "upload a track": (lambda user, other: None, lambda made, user, other: sounding(user), "TrackUploaded"),
    "change a track": (
        lambda user, other: sounding(user),
        lambda made, user, other: update_track(track_id=made.pk, title="Low Tide", by=user),
        "TrackChanged",
    ),
    "delete a track": (
        lambda user, other: sounding(user),
        lambda made, user, other: delete_track(track_id=made.pk, by=user),
        "TrackDeleted",
    ),
    "upload a file": (lambda user, other: None, lambda made, user, other: a_file(user), "FileUploaded"),
    "rename a file": (
        lambda user, other: a_file(user),
        lambda made, user, other: rename_file(file_id=made.pk, name="b.txt", by=user),
        "FileChanged",
    ),
    "delete a file": (
        lambda user, other: a_file(user),
        lambda made, user, other: delete_file(file_id=made.pk, by=user),
        "FileDeleted",
    ),
    "pay a seller": (
        lambda user, other: owed_to(other),
        lambda made, user, other: attempt_transfer(transfer_id=made.pk),
        "TransferChanged",
    ),
    "answer a review": (
        lambda user, other: reviewed(user, other),
        lambda made, user, other: answer_review(product_id=made.product_id, review_id=made.pk, answer="Thank you", by=other),
        "ReviewAnswered",
    ),
    "send a parcel": (
        lambda user, other: paid_order(by=user, product=ProductFactory(by=other, kind="physical")),
        lambda made, user, other: mark_sent(order_id=made.pk, by=other),
        "OrderSent",
    ),
    "ask for money back": (
        lambda user, other: paid_order(by=user),
        lambda made, user, other: refund_order(order_id=made.pk, reason="Not as described", by=user),
        "RefundRequested",
    ),
    "give money back": (lambda user, other: paid_order(by=user), lambda made, user, other: given_back(made), "RefundSettled"),
    "lose a sale": (lambda user, other: paid_order(by=user), lambda made, user, other: given_back(made), "SaleRefunded"),
    "give a licence": (
        lambda user, other: ProductFactory(by=user),
        lambda made, user, other: give_license(product_id=made.pk, to=other.email, by=user),
        "LicenseChanged",
    ),
    "issue an invoice": (lambda user, other: OrderFactory(by=user), lambda made, user, other: pay(made), "InvoiceIssued"),
    "take a share back": (
        lambda user, other: sent_and_refunded(user, other),
        lambda made, user, other: [attempt_reversal(reversal_id=key) for key in reversals_due()],
        "TransferReversed",
    ),
    "dispute a payment": (
        lambda user, other: paid_order(by=user),
        lambda made, user, other: apply_dispute(provider_id=made.payments.get().provider_id, dispute="open"),
        "DisputeChanged",
    ),
    "note down gear": (lambda user, other: None, lambda made, user, other: create_gear(name="Viola", by=user), "GearChanged"),
    "offer a tier": (lambda user, other: None, lambda made, user, other: TierFactory(), "TierChanged"),
    "subscribe": (
        lambda user, other: TierFactory(),
        lambda made, user, other: subscribed(user, made),
        "SubscriptionChanged",
    ),
    "teach an assistant": (
        lambda user, other: None,
        lambda made, user, other: known(user),
        "KnowledgeFileChanged",
    ),
    "have the council answer": (
        lambda user, other: DeliberationFactory(by=user),
        lambda made, user, other: deliberate(deliberation_id=made.pk, engine=ScriptedModel()),
        "AdvisorAnswered",
    ),
    "hear a client react": (
        lambda user, other: heard_from_a_client(user),
        lambda made, user, other: told(messenger(about(reaction={"mid": "m_A1", "action": "react", "emoji": "❤"}))),
        "MessageChanged",
    ),
    "have a client answered": (
        lambda user, other: (made := client_thread(user), client_says(made), make_due(made))[0],
        lambda made, user, other: answer(turn_id=turn_of(made).pk, engine=ScriptedAssistant()),
        "AssistantTurnEnded",
    ),
    "announce": (lambda user, other: None, lambda made, user, other: announced(), "AnnouncementMade"),
    "withdraw an announcement": (
        lambda user, other: announced(),
        lambda made, user, other: withdraw(announcement_id=made.pk, by=made.made_by),
        "AnnouncementWithdrawn",
    ),
    "remove a message": (
        lambda user, other: send_message(conversation_id=room(user, other).pk, content="Hello", by=user),
        lambda made, user, other: remove_message(message_id=made.pk, by=administrator()),
        "MessageChanged",
    ),
    "leave for good": (lambda user, other: None, lambda made, user, other: left(user), "AccountErased"),
}  # fmt: skip


def administrator() -> User:
    return UserFactory.create(role="admin", is_staff=True)


def announced():
    return announce(title="Soon", content="New rooms.", by=administrator())


def a_file(owner):
    return upload_file(content=io.BytesIO(b"one"), name="a.txt", by=owner)


def owed_to(seller):
    connect(seller)
    return paid_order(product=ProductFactory(by=seller)).transfers.get()


def reviewed(buyer, seller):
    order = paid_order(by=buyer, product=ProductFactory(by=seller))
    return review_product(product_id=order.lines.get().product_id, rating=5, by=buyer)


def sent_and_refunded(buyer, seller):
    connect(seller)
    order = paid_order(by=buyer, product=ProductFactory(by=seller))
    attempt_transfer(transfer_id=order.transfers.get().pk)
    return given_back(order)


def heard_from_a_client(user):
    account_of(user)
    told(messenger(message()))


def left(user):
    Departure.objects.create(user=user, due_at=now())
    assert erase(departure_id=user.departures.get().pk)


class TestTheCases:
    def test_are_one_for_every_fact_that_leaves_rows(self):
        with_rows = {name for name, rows in REMEMBERED.items() if not rows.why_none}
        assert sorted(with_rows - {fact for _, _, fact in DONE.values()}) == []


@pytest.mark.django_db
class TestTheVerbs:
    @pytest.fixture(autouse=True)
    def _own_disk(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path / "media"

    @pytest.mark.parametrize("what", DONE)
    def test_write_what_the_table_says(self, user, stranger, what):
        prepare, act, fact = DONE[what]
        made, before = prepare(user, stranger), None
        heard, before = Change.objects.count(), seen()
        act(made, user, stranger)

        told = list(Change.objects.order_by("pk").values_list("kind", flat=True)[heard:])
        assert fact in told
        rows, expected = written(before), REMEMBERED[fact]
        for column in ("entities", "connections", "events"):
            types, found = getattr(expected, column), set(getattr(rows, column))
            assert not types or set(types) & found, column
            # And nothing that the table says of none of the facts that were told.
            assert found <= {type for each in told for type in getattr(REMEMBERED[each], column)}, column

    def test_forget_what_is_removed(self, user):
        product = ProductFactory(by=user)
        remove_product(product_id=product.pk, by=user)
        entity = Entity.objects.get(pk=product.pk)
        assert entity.deleted_at is not None or entity.status == "archived"
