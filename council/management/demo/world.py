"""Builds the demo world with the verbs that everyone uses, and then lets a little time have passed over it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.utils.timezone import now

from accounts.models import User
from accounts.verbs.profiles import update_profile
from accounts.verbs.registration import sign_up
from conversations.models import Conversation, Message
from conversations.verbs.conversations import open_conversation
from conversations.verbs.messages import append_message, mark_read, send_message
from council.gateways.offline import OfflineAdvisor
from council.management.demo import people
from council.management.demo.covers import cover
from council.management.demo.sounds import preview
from council.verbs.deliberations import open_deliberation
from council.verbs.sittings import deliberate
from marketplace.models import Order, Payment, Product, Review, Transfer
from marketplace.verbs.orders import place_order
from marketplace.verbs.product_files import set_cover, set_preview
from marketplace.verbs.products import create_product
from marketplace.verbs.reviews import review_product
from marketplace.verbs.sandbox import settle_sandbox_payment
from marketplace.verbs.sellers import finish_sandbox_onboarding, start_onboarding
from marketplace.verbs.transfers import attempt_transfer
from ontology.models import Connection, ConnectionType, Entity, Event
from ontology.verbs.memory import link
from ontology.verbs.tags import create_tag

World = dict[str, User]
DOMAIN = "demo.example"


def address_of(key: str) -> str:
    return f"{key}@{DOMAIN}"


def build(*, password: str) -> World:
    """Everything of the demo; call it once, on a database without it."""
    world = settle_people(password)
    products = list_products(world)
    connect_sellers(world)
    trade(world, products)
    talk(world)
    ask(world)
    return world


def settle_people(password: str) -> World:
    world = {}
    for person in (*people.CREATORS, *people.LISTENERS):
        user = sign_up(email=address_of(person.key), password=password, name=person.name, username=person.key)
        world[person.key] = update_profile(user=user, bio=person.bio)
        age(Entity.objects.filter(pk=user.pk), created_at=days(40))
        age(Event.objects.filter(actor=user.pk), timestamp=days(40))
    for fan, maker in (
        ("sam", "mira"),
        ("nora", "mira"),
        ("sam", "tomas"),
        ("jonas", "mira"),
        ("nora", "aiko"),
        ("mira", "leila"),
    ):
        link(from_id=world[fan].pk, to_id=world[maker].pk, type=ConnectionType.FOLLOWING)
    return world


def list_products(world: World) -> dict[str, Product]:
    products = {}
    for index, thing in enumerate(people.THINGS):
        maker = world[thing.maker]
        product = create_product(
            title=thing.title, description=thing.description, price_cents=thing.cents, currency="EUR",
            kind=thing.kind, stock=thing.stock, status="active", by=maker,
        )  # fmt: skip
        set_cover(product_id=product.pk, content=cover(thing.title), by=maker)
        if thing.sounds:
            set_preview(product_id=product.pk, content=preview(thing.title), by=maker)
        for word in thing.tags:
            create_tag(entity_id=product.pk, key="tag", value=word, by=maker)
        moment = days(30 - index * 2)
        age(Product.objects.filter(pk=product.pk), created_at=moment)
        remember_when(product.pk, moment)
        products[thing.title] = product
    return products


def connect_sellers(world: World) -> None:
    for key in people.CONNECTED:
        link_address = start_onboarding(by=world[key])
        token = urlsplit(link_address).path.rstrip("/").rsplit("/", 1)[-1]
        finish_sandbox_onboarding(token=token, by=world[key])


def trade(world: World, products: dict[str, Product]) -> None:
    for buyer, title, quantity, ago in people.ORDERS:
        items: Any = [{"product_id": str(products[title].pk), "quantity": quantity}]
        order = place_order(items=items, payment_method="card", by=world[buyer])
        settle_sandbox_payment(provider_id=Payment.objects.get(order=order).provider_id)
        for transfer in Transfer.objects.filter(order=order):
            attempt_transfer(transfer_id=transfer.pk)
        moment = days(ago)
        age(Order.objects.filter(pk=order.pk), created_at=moment, paid_at=moment + dt.timedelta(seconds=2))
        age(Transfer.objects.filter(order=order), created_at=moment + dt.timedelta(seconds=3))
        remember_when(order.pk, moment)
    for buyer, title, rating, comment in people.REVIEWS:
        review = review_product(product_id=products[title].pk, rating=rating, comment=comment, by=world[buyer])
        bought = Order.objects.get(pk=review.order_id)
        age(Review.objects.filter(pk=review.pk), created_at=bought.created_at + dt.timedelta(hours=20))


def talk(world: World) -> None:
    for (title, members, lines), ago in ((people.LISTENING_ROOM, 0.1), (people.MAKERS_ROOM, 1.2)):
        owner, *others = (world[key] for key in members)
        room = open_conversation(kind="room", title=title, participants=[str(user.pk) for user in others], by=owner)
        say(room, world, lines, ends=days(ago))
    (sender, receiver), direct_lines = people.DIRECT
    direct = open_conversation(kind="direct", participants=[str(world[receiver].pk)], by=world[sender])
    say(direct, world, direct_lines, ends=days(2))
    title, owner_key, client_lines = people.CLIENT
    inquiry = open_conversation(kind="client", title=title, by=world[owner_key])
    for role, text in client_lines:
        append_message(
            conversation=inquiry, role=role, content=text, sender=world[owner_key] if role == "user" else None
        )
    spread(inquiry, ends=days(0.3))


def say(room: Conversation, world: World, lines: Iterable[tuple[str, str]], *, ends: dt.datetime) -> None:
    """Everyone says their lines and has read the others', except for the last two: something new waits for a reader."""
    said = [send_message(conversation_id=room.pk, content=text, by=world[key]) for key, text in lines]
    for key in {key for key, _ in lines}:
        mark_read(conversation_id=room.pk, message_id=said[-3].pk, by=world[key])
    spread(room, ends=ends)


def spread(room: Conversation, *, ends: dt.datetime) -> None:
    """The talk took place some minutes a message, up to `ends`."""
    count = room.messages.count()
    for index, message in enumerate(room.messages.order_by("seq")):
        age(Message.objects.filter(pk=message.pk), sent_at=ends - dt.timedelta(minutes=4 * (count - index)))
    age(
        Conversation.objects.filter(pk=room.pk),
        last_message_at=ends - dt.timedelta(minutes=4),
        created_at=ends - dt.timedelta(days=9),
    )
    remember_when(room.pk, ends - dt.timedelta(days=9))


def ask(world: World) -> None:
    """Mira's question, answered by the rule-based advisor whatever engine is installed: it must not wait for a model."""
    asked = open_deliberation(question=people.QUESTION, by=world["mira"])
    deliberate(deliberation_id=asked.pk, engine=OfflineAdvisor(pace=0))


def days(ago: float) -> dt.datetime:
    return now() - dt.timedelta(days=ago)


def age(rows: Any, **moments: dt.datetime) -> None:
    rows.update(**moments)


def remember_when(entity_id: Any, moment: dt.datetime) -> None:
    """The graph's rows around an entity, put back to when it is said to have happened."""
    age(Entity.objects.filter(pk=entity_id), created_at=moment, updated_at=moment)
    age(Event.objects.filter(target=entity_id), timestamp=moment)
    age(Connection.objects.filter(to_entity=entity_id), created_at=moment)
