"""What waits for somebody, over all apps: the front page of whoever is signed in."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.timezone import now

from accounts.models import User
from config.money import Money
from conversations.queries.conversations import inbox
from council.models import Deliberation
from marketplace.models import Order, OrderLine, Product, Transfer
from ontology.queries.explorer import history
from ontology.queries.stories import told

MONTH = dt.timedelta(days=30)
EXCERPT = 90
TALK = ("room", "direct", "client")
LOOKED_AT = 30
RECENT = 7


def waiting(*, user: User) -> list[dict[str, Any]]:
    """`{title, text, url, kind, at}`, the most pressing first: money, then people, then answers."""
    return [*held_payouts(user), *open_orders(user), *unread_talk(user), *deliberating(user)]


def held_payouts(user: User) -> list[dict[str, Any]]:
    rows = Transfer.objects.filter(seller=user, status__in=("blocked", "failed")).order_by("-created_at", "-id")[:3]
    words = {"blocked": "Finish your payout set-up and it goes out.", "failed": "It is tried again by itself."}
    return [
        {
            "title": f"A payout of {Money(row.amount_cents, row.currency)} waits",
            "text": words[row.status],
            "url": "/studio/",
            "kind": "wallet",
            "at": row.created_at,
        }
        for row in rows
    ]


def open_orders(user: User) -> list[dict[str, Any]]:
    rows = Order.objects.visible_to(user).filter(buyer=user, status="pending").order_by("-created_at", "-id")[:3]
    return [
        {
            "title": f"Order {row.number} is being paid",
            "text": str(row.total),
            "url": row.get_absolute_url(),
            "kind": "receipt",
            "at": row.created_at,
        }
        for row in rows
    ]


def unread_talk(user: User) -> list[dict[str, Any]]:
    """Conversations with something new said by somebody else."""
    rows = inbox(by=user, kinds=TALK, cursor=None, limit=LOOKED_AT).items
    return [
        {
            "title": row["title"] or row["others"],
            "text": (row["last_message"] or {}).get("content", "")[:EXCERPT],
            "url": f"/rooms/{row['id']}/" if row["kind"] == "room" else f"/inbox/{row['id']}/",
            "kind": "rooms" if row["kind"] == "room" else "inbox",
            "at": row["last_message_at"],
        }
        for row in rows
        if row["unread"]
    ][:5]


def deliberating(user: User) -> list[dict[str, Any]]:
    rows = Deliberation.objects.open().filter(asked_by=user).select_related("question").order_by("-created_at")[:3]
    return [
        {
            "title": "The council is deliberating",
            "text": row.question.content[:EXCERPT],
            "url": f"/council/{row.conversation_id}/",
            "kind": "council",
            "at": row.created_at,
        }
        for row in rows
    ]


def stats(*, user: User) -> list[dict[str, Any]]:
    """Four numbers: what is listed, what was sold in 30 days and not given back, what was bought, what was decided."""
    since = now() - MONTH
    sold = (
        OrderLine.objects.filter(seller=user, order__status__in=Order.PAID_STATES, order__paid_at__gt=since)
        .values("order__currency")
        .annotate(gross=Sum(F("gross_cents") - F("refunded_cents")))
        .order_by("-gross")
    )
    listed = Product.objects.filter(seller=user).aggregate(active=Count("id", filter=Q(status="active")))
    bought = Order.objects.filter(buyer=user, status__in=Order.PAID_STATES).count()
    decided = Deliberation.objects.filter(asked_by=user, status="done").count()
    income = ", ".join(str(Money(row["gross"], row["order__currency"])) for row in sold) or "0.00 EUR"
    return [
        {"name": "Sold in 30 days", "value": income, "url": "/studio/"},
        {"name": "On the market", "value": listed["active"], "url": "/studio/"},
        {"name": "Bought", "value": bought, "url": "/orders/"},
        {"name": "Questions answered", "value": decided, "url": "/council/"},
    ]


def recent(*, user: User) -> list[dict[str, Any]]:
    """The last things the graph remembers around this account, for the timeline piece."""
    return told(history(user=user, entity_id=user.pk, limit=LOOKED_AT), user.pk)[:RECENT]
