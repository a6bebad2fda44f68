"""Builds the demo world with the verbs that everyone uses, and then lets a little time have passed over it."""

import datetime as dt
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.core.files.base import ContentFile
from django.utils.timezone import now

from accounts.models import User
from accounts.verbs.profiles import update_profile
from accounts.verbs.registration import sign_up
from conversations.models import Conversation, Message
from conversations.verbs.conversations import open_conversation
from conversations.verbs.messages import mark_read, send_message
from council.gateways.offline import OfflineAdvisor
from council.management.demo import people
from council.management.demo.covers import cover
from council.management.demo.gear import keep_gear
from council.management.demo.sounds import preview
from council.verbs.deliberations import open_deliberation
from council.verbs.sittings import deliberate
from marketplace.models import License, Order, Payment, Product, Review, Transfer
from marketplace.verbs.orders import place_order
from marketplace.verbs.product_files import add_file, set_cover, set_preview
from marketplace.verbs.products import create_product
from marketplace.verbs.reviews import review_product
from marketplace.verbs.sandbox import settle_sandbox_payment
from marketplace.verbs.sellers import finish_sandbox_onboarding, start_onboarding
from marketplace.verbs.transfers import attempt_transfer
from ontology.models import Comment, Connection, ConnectionType, Entity, Event, Like, LiveStream, Post, Track
from ontology.verbs.comments import add_comment
from ontology.verbs.heat import of_all, summands_of
from ontology.verbs.likes import like
from ontology.verbs.live_streams import create_stream
from ontology.verbs.memory import link
from ontology.verbs.posts import create_post
from ontology.verbs.tags import create_tag
from ontology.verbs.tracks import upload_track
from ontology.verbs.waveforms import draw_waveform

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
    keep_gear(world)
    talk(world)
    play(world)
    post(world)
    announce(world)
    ask(world)
    return world


def settle_people(password: str) -> World:
    world = {}
    with at(days(40)):
        for person in (*people.CREATORS, *people.LISTENERS):
            user = sign_up(email=address_of(person.key), password=password, name=person.name, username=person.key)
            world[person.key] = update_profile(user=user, bio=person.bio)
    with at(days(35)):
        for fan, maker in people.FOLLOWS:
            link(from_id=world[fan].pk, to_id=world[maker].pk, type=ConnectionType.FOLLOWING)
    return world


def list_products(world: World) -> dict[str, Product]:
    products = {}
    for index, thing in enumerate(people.THINGS):
        moment = days(30 - index * 1.5)
        with at(moment):
            products[thing.title] = list_product(world[thing.maker], thing)
        age(Product.objects.filter(pk=products[thing.title].pk), created_at=moment)
    return products


def list_product(maker: User, thing: people.Thing) -> Product:
    product = create_product(
        title=thing.title,
        description=thing.description,
        price_cents=thing.cents,
        currency="EUR",
        kind=thing.kind,
        stock=thing.stock,
        status="active",
        by=maker,
    )
    set_cover(product_id=product.pk, content=cover(thing.title), by=maker)
    if thing.sounds:
        set_preview(product_id=product.pk, content=preview(thing.title), by=maker)
    if thing.kind == "digital":
        words = f"{thing.title}\n\n{thing.description}\n\nThank you for buying it.\n".encode()
        add_file(product_id=product.pk, content=io.BytesIO(words), name="Read me.txt", by=maker)
        if thing.sounds:
            sound = io.BytesIO(preview(thing.title))
            add_file(product_id=product.pk, content=sound, name=f"{thing.title}.wav", by=maker)
    for word in thing.tags:
        create_tag(entity_id=product.pk, key="tag", value=word, by=maker)
    return product


def connect_sellers(world: World) -> None:
    for key in people.CONNECTED:
        link_address = start_onboarding(by=world[key])
        token = urlsplit(link_address).path.rstrip("/").rsplit("/", 1)[-1]
        finish_sandbox_onboarding(token=token, by=world[key])


def trade(world: World, products: dict[str, Product]) -> None:
    for buyer, title, quantity, ago in people.ORDERS:
        buy(world[buyer], products[title], quantity, days(ago))
    for buyer, title, rating, comment in people.REVIEWS:
        product = products[title]
        bought = Order.objects.filter(buyer=world[buyer], lines__product=product).latest("created_at")
        moment = bought.created_at + dt.timedelta(hours=20)
        with at(moment):
            review = review_product(product_id=product.pk, rating=rating, comment=comment, by=world[buyer])
        age(Review.objects.filter(pk=review.pk), created_at=moment)


def buy(buyer: User, product: Product, quantity: int, moment: dt.datetime) -> None:
    """Placed, paid and passed on, all on that day."""
    items: Any = [{"product_id": str(product.pk), "quantity": quantity}]
    with at(moment):
        home = {"name": buyer.display_name, "line1": "Harbour Street 4", "city": "Lisbon", "country": "PT"}
        order = place_order(items=items, payment_method="card", shipping=home, by=buyer)
        settle_sandbox_payment(provider_id=Payment.objects.get(order=order).provider_id)
        for transfer in Transfer.objects.filter(order=order):
            attempt_transfer(transfer_id=transfer.pk)
    paid_at = moment + dt.timedelta(seconds=2)
    age(Order.objects.filter(pk=order.pk), created_at=moment, paid_at=paid_at)
    age(Transfer.objects.filter(order=order), created_at=paid_at)
    age(License.objects.filter(order_line__order=order), created_at=paid_at)


def talk(world: World) -> None:
    for (title, members, lines), ago in ((people.LISTENING_ROOM, 0.1), (people.MAKERS_ROOM, 1.2)):
        owner, *others = (world[key] for key in members)
        with at(days(ago + 9)):
            room = open_conversation(kind="room", title=title, participants=[user.pk for user in others], by=owner)
        say(room, world, lines, ends=days(ago))
    (sender, receiver), direct_lines = people.DIRECT
    with at(days(2)):
        direct = open_conversation(kind="direct", participants=[world[receiver].pk], by=world[sender])
    say(direct, world, direct_lines, ends=days(2))


def say(room: Conversation, world: World, lines: Iterable[tuple[str, str]], *, ends: dt.datetime) -> None:
    """Everyone says their lines and has read what came before their last one: something new waits for most."""
    last: dict[str, Message] = {}
    with at(ends):
        for key, text in lines:
            last[key] = send_message(conversation_id=room.pk, content=text, by=world[key])
        for key, message in last.items():
            mark_read(conversation_id=room.pk, message_id=message.pk, by=world[key])
    spread(room, ends=ends)


def spread(room: Conversation, *, ends: dt.datetime) -> None:
    """The talk took place some minutes a message, up to `ends`."""
    count = room.messages.count()
    for index, message in enumerate(room.messages.order_by("seq")):
        age(Message.objects.filter(pk=message.pk), sent_at=ends - dt.timedelta(minutes=4 * (count - index)))
    opened, last = ends - dt.timedelta(days=9), ends - dt.timedelta(minutes=4)
    age(Conversation.objects.filter(pk=room.pk), last_message_at=last, created_at=opened)


def post(world: World) -> None:
    """What they said to everybody, and what others did with it in the hours after."""
    for key, text, ago, fans, answers in people.POSTS:
        moment = days(ago)
        with at(moment):
            said = create_post(content=text, by=world[key])
            for fan in fans:
                like(entity_id=said.pk, by=world[fan])
            for answerer, answer in answers:
                add_comment(entity_id=said.pk, content=answer, by=world[answerer])
        later(Like.objects.filter(entity=said.pk), moment)
        later(Comment.objects.filter(entity=said.pk), moment)
        Post.objects.filter(pk=said.pk).update(created_at=moment)
        said.refresh_from_db()
        Post.objects.filter(pk=said.pk).update(heat=of_all(summands_of(said)))


def announce(world: World) -> None:
    """A stream that has not begun: there is no encoder in a demo."""
    moment = days(2)
    with at(moment):
        stream, _ = create_stream(by=world["mira"], **people.STREAM)
    LiveStream.objects.filter(pk=stream.pk).update(created_at=moment)


def later(rows: Any, moment: dt.datetime) -> None:
    """Each came some minutes after the one before."""
    for index, row in enumerate(rows.order_by("pk"), start=1):
        age(rows.filter(pk=row.pk), created_at=moment + dt.timedelta(minutes=13 * index))


def play(world: World) -> None:
    """What they let everybody hear, and what others said at which moment of it."""
    for key, title, genre, tags, text, ago, fans, words in people.TRACKS:
        moment = days(ago)
        with at(moment):
            sound = ContentFile(preview(title, 24), f"{title}.wav")
            track = upload_track(
                content=sound, name=f"{title}.wav", cover=cover(title), title=title, genre=genre, tags=tags,
                description=text, by=world[key],
            )  # fmt: skip
            for fan in fans:
                like(entity_id=track.pk, by=world[fan])
            for who, second, said in words:
                add_comment(entity_id=track.pk, content=said, at_ms=second * 1000, by=world[who])
        later(Like.objects.filter(entity=track.pk), moment)
        later(Comment.objects.filter(entity=track.pk), moment)
        age(Track.objects.filter(pk=track.pk), created_at=moment)
        draw_waveform(track_id=track.pk)


def ask(world: World) -> None:
    """Mira's question, answered by the rule-based advisor whatever engine is installed: it must not wait for a model."""
    asked = open_deliberation(question=people.QUESTION, by=world["mira"])
    deliberate(deliberation_id=asked.pk, engine=OfflineAdvisor(pace=0))


def days(ago: float) -> dt.datetime:
    return now() - dt.timedelta(days=ago)


def age(rows: Any, **moments: dt.datetime) -> None:
    rows.update(**moments)


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """What the graph is told meanwhile happened then."""
    began = now()
    yield
    age(Entity.objects.filter(created_at__gte=began), created_at=moment, updated_at=moment)
    age(Connection.objects.filter(created_at__gte=began), created_at=moment)
    age(Event.objects.filter(timestamp__gte=began), timestamp=moment)
