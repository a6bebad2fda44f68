"""A stand-in for Hyperswitch's v1 REST: payments with their links, refunds, kept cards, signed webhooks.

It refuses what the real one refuses: unknown fields, lower-case currencies, ids that it knows, refunds above what was paid.
"""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime

import httpx

from tests.fakes.stand_in import StandIn

KEY, SECRET, PROFILE = "snd_stand_in", "a secret of 64 characters" + "x" * 39, "pro_stand_in"
PAYMENT_FIELDS = {
    "payment_id", "amount", "currency", "confirm", "capture_method", "profile_id", "customer_id", "return_url", "description",
    "metadata", "authentication_type", "payment_link", "session_expiry", "setup_future_usage", "off_session",
    "recurring_details", "payment_method", "payment_method_data",
}  # fmt: skip
REFUND_FIELDS = {"refund_id", "payment_id", "amount", "reason", "metadata", "refund_type"}


class No(Exception):
    def __init__(self, status, code, message, kind="invalid_request"):
        self.status, self.body = status, {"error": {"type": kind, "code": code, "message": message}}


class FakeHyperswitch(StandIn):
    """`payments` and `refunds` by our ids; `webhooks` holds (body, headers) of all that was told."""

    def __init__(self):
        super().__init__()
        self.payments, self.refunds, self.cards, self.webhooks = {}, {}, {}, []
        self.refund_status = "succeeded"
        self.declines = False

    # --- what people and banks do -------------------------------------------------------------------------------

    def pay(self, payment_id, status="succeeded"):
        """The buyer on the provider's page; the webhook that tells of it."""
        payment = self.payments[payment_id]
        payment |= {"status": status, "updated": moment()}
        if status == "succeeded":
            payment |= {"connector_transaction_id": f"pi_{payment_id[4:]}", "amount_received": payment["amount"]}
            self.keep_card(payment)
        if status == "failed":
            payment |= {"error_code": "card_declined", "error_message": "Your card was declined."}
        return self.tell(f"payment_{status}", "payment_details", payment)

    def keep_card(self, payment):
        if payment.get("setup_future_usage") == "off_session" and payment.get("customer_id"):
            card = payment["payment_method_id"] = f"pm_{secrets.token_hex(8)}"
            self.cards[card] = payment["customer_id"]

    def settle_refund(self, refund_id, status="succeeded"):
        refund = self.refunds[refund_id]
        refund |= {"status": status, "updated_at": moment()}
        return self.tell(f"refund_{status}", "refund_details", refund)

    def dispute(self, payment_id, stage="opened"):
        payment = self.payments[payment_id]
        about = {"dispute_id": f"dp_{payment_id[4:]}", "payment_id": payment_id, "amount": str(payment["amount"])}
        about |= {"currency": payment["currency"], "dispute_stage": "dispute", "dispute_status": f"dispute_{stage}"}
        return self.tell(f"dispute_{stage}", "dispute_details", about)

    def tell(self, name, kind, about):
        """The webhook's bytes and headers, as sent for real."""
        event = {
            "merchant_id": "m_stand_in", "event_id": f"evt_{secrets.token_hex(8)}", "event_type": name,
            "content": {"type": kind, "object": about}, "timestamp": moment(),
        }  # fmt: skip
        body = json.dumps(event).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest()
        self.webhooks.append((body, {"X-Webhook-Signature-512": signature}))
        return self.webhooks[-1]

    def send(self, url, webhook):
        """As the provider does, by HTTP."""
        body, headers = webhook
        return httpx.post(url, content=body, headers={**headers, "Content-Type": "application/json"}, timeout=10)

    # --- the API ------------------------------------------------------------------------------------------------

    def answer(self, asked):
        if asked.path.startswith("/payment_link/"):
            return 200, {"Content-Type": "text/html"}, b"<html><h1>Pay here</h1></html>"
        try:
            status, body = self.one(asked)
        except No as no:
            status, body = no.status, no.body
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def one(self, asked):
        if asked.headers.get("api-key") != KEY:
            raise No(401, "IR_01", "API key not provided or invalid API key used")
        if asked.mishap == "500":
            raise No(500, "HE_00", "Something went wrong", "api")
        given = json.loads(asked.body) if asked.body else {}
        _, what, *rest = asked.path.split("/")
        if asked.method == "POST" and not rest:
            return 200, {"payments": self.create, "refunds": self.refund}[what](given)
        if what == "payments" and len(rest) == 2:
            return 200, self.act(self.found(self.payments, rest[0], "Payment"), rest[1])
        if asked.path == "/refunds/list":
            found = [one for one in self.refunds.values() if one["payment_id"] == given.get("payment_id")]
            return 200, {"count": len(found), "total_count": len(found), "data": found}
        return 200, self.found(getattr(self, what), rest[0], what[:-1].capitalize())

    def found(self, where, key, name):
        if key not in where:
            raise No(404, "HE_02", f"{name} does not exist in our records")
        return where[key]

    def create(self, given):
        check(given, PAYMENT_FIELDS, ("amount", "currency"))
        key = given.get("payment_id") or f"pay_{secrets.token_hex(13)}"
        if key in self.payments:
            raise No(400, "HE_01", "The payment with the specified payment_id already exists in our records")
        if given.get("profile_id") != PROFILE:
            raise No(404, "HE_02", "Business profile does not exist in our records")
        payment = {
            "merchant_id": "m_stand_in", "status": "requires_payment_method", "client_secret": f"{key}_secret_x",
            "created": moment(), "updated": moment(), "expires_on": moment(), "error_message": None,
            "connector_transaction_id": None, **given, "payment_id": key,
        }  # fmt: skip
        if given.get("recurring_details"):
            payment |= self.charge_kept_card(given, key)
        if given.get("payment_link"):
            link = f"{self.base}/payment_link/m_stand_in/{key}"
            payment["payment_link"] = {"link": link, "secure_link": None, "payment_link_id": f"plink_{key}"}
        self.payments[key] = payment
        return payment

    def charge_kept_card(self, given, key):
        card = given["recurring_details"]["data"]
        if not given.get("confirm") or not given.get("off_session") or self.cards.get(card) != given.get("customer_id"):
            raise No(400, "IR_05", "recurring_details contains an unknown payment method")
        if self.declines:
            return {"status": "failed", "error_message": "Insufficient funds", "error_code": "insufficient_funds"}
        return {"status": "succeeded", "connector_transaction_id": f"pi_{key[4:]}", "payment_method_id": card}

    def act(self, payment, verb):
        if payment["status"] in ("succeeded", "failed", "cancelled"):
            raise No(400, "IR_16", f"You cannot {verb} this payment because it has status {payment['status']}")
        payment["status"] = {"confirm": "processing", "capture": "succeeded", "cancel": "cancelled"}[verb]
        return payment

    def refund(self, given):
        check(given, REFUND_FIELDS, ("payment_id",))
        payment = self.found(self.payments, given["payment_id"], "Payment")
        key = given.get("refund_id") or f"ref_{secrets.token_hex(13)}"
        if key in self.refunds:
            raise No(400, "HE_01", "Duplicate refund request. Refund already attempted with the refund ID")
        if payment["status"] != "succeeded":
            raise No(400, "IR_14", "This Payment could not be refunded because it has a status other than succeeded")
        before = [one for one in self.refunds.values() if one["payment_id"] == payment["payment_id"]]
        left = payment["amount"] - sum(one["amount"] for one in before if one["status"] != "failed")
        amount = given.get("amount", left)
        if amount > left:
            raise No(400, "IR_13", "The refund amount exceeds the amount captured")
        self.refunds[key] = {
            "refund_id": key, "payment_id": payment["payment_id"], "amount": amount, "currency": payment["currency"],
            "status": self.refund_status, "reason": given.get("reason"), "error_code": None, "error_message": None,
            "created_at": moment(), "updated_at": moment(), "connector": "stripe",
        }  # fmt: skip
        return self.refunds[key]


def check(given, fields, needed):
    if unknown := given.keys() - fields:
        raise No(400, "IR_06", f"unknown field `{min(unknown)}`")
    if missing := set(needed) - given.keys():
        raise No(400, "IR_04", f"Missing required param: {min(missing)}")
    if not str(given.get("currency", "EUR")).isupper() or type(given.get("amount", 1)) is not int:
        raise No(400, "IR_06", "Json deserialize error: unknown variant")


def moment():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def used_by(settings, house):
    """Have the platform use this one."""
    settings.HYPERSWITCH_API_KEY, settings.HYPERSWITCH_API_BASE = KEY, house.base
    settings.HYPERSWITCH_WEBHOOK_SECRET, settings.HYPERSWITCH_PROFILE_ID = SECRET, PROFILE
