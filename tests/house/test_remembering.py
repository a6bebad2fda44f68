"""The graph remembers: every fact of every app stands in the table, and what the table says is what the verbs write."""

import inspect
from importlib import import_module

import pytest
from django.apps import apps

from conversations.verbs.messages import send_message
from conversations.verbs.participants import remove_participant
from council.verbs.deliberations import stop_deliberation
from marketplace.verbs.products import create_product, remove_product
from ontology.facts import Fact
from ontology.models import Change, Connection, Entity, Event
from ontology.remembering import REMEMBERED, Rows
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.follows import follow, unfollow
from ontology.verbs.likes import like, unlike
from ontology.verbs.posts import create_post, delete_post
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.factories.council import DeliberationFactory
from tests.factories.live import on_air, stream_of
from tests.factories.marketplace import OrderFactory, ProductFactory, pay
from tests.factories.ontology import EntityFactory
from tests.factories.social import post_of

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
}  # fmt: skip


@pytest.mark.django_db
class TestTheVerbs:
    @pytest.mark.parametrize("what", DONE)
    def test_write_what_the_table_says(self, user, stranger, what):
        prepare, act, fact = DONE[what]
        made, before = prepare(user, stranger), None
        heard, before = Change.objects.count(), seen()
        act(made, user, stranger)

        assert fact in Change.objects.order_by("pk").values_list("kind", flat=True)[heard:]
        rows, expected = written(before), REMEMBERED[fact]
        for column in ("entities", "connections", "events"):
            types = getattr(expected, column)
            assert not types or set(types) & set(getattr(rows, column)), column

    def test_forget_what_is_removed(self, user):
        product = ProductFactory(by=user)
        remove_product(product_id=product.pk, by=user)
        entity = Entity.objects.get(pk=product.pk)
        assert entity.deleted_at is not None or entity.status == "archived"
