"""A stand-in for Stripe Connect: v2 and v1 accounts and links, transfers, reversals, balances, charges, signed webhooks.

v1 keeps the first answer under an Idempotency-Key, failures too, and says so with `Idempotent-Replayed`; who may call at all is
looked at before that. Its own mishaps are `sticky`: a 500 from inside that is kept as well, and `403`: not for this API key.
"""

import json
import re
import secrets
import time
from urllib.parse import parse_qsl

import httpx
import stripe

from tests.fakes.stand_in import StandIn

KEY, SECRET = "sk_test_stand_in", "whsec_stand_in"


ROUTES = (
    ("GET", "/v1/account", "platform"),
    ("POST", "/v1/accounts", "create_v1"),
    ("GET", "/v1/accounts/([^/]+)", "read_v1"),
    ("POST", "/v1/account_links", "link_v1"),
    ("POST", "/v2/core/accounts", "create_v2"),
    ("GET", "/v2/core/accounts/([^/]+)", "read_v2"),
    ("POST", "/v2/core/account_links", "link_v2"),
    ("POST", "/v1/transfers", "create_transfer"),
    ("GET", "/v1/transfers", "list_transfers"),
    ("GET", "/v1/transfers/([^/]+)", "read_transfer"),
    ("POST", "/v1/transfers/([^/]+)", "read_transfer"),
    ("POST", "/v1/transfers/([^/]+)/reversals", "reverse"),
    ("GET", "/v1/transfers/([^/]+)/reversals", "list_reversals"),
    ("GET", "/v1/payment_intents/([^/]+)", "intent"),
    ("GET", "/v1/events/([^/]+)", "event"),
    ("GET", "/v1/balance", "read_balance"),
)


class No(Exception):
    def __init__(self, status, code, message, kind="invalid_request_error"):
        self.status, self.body = status, {"error": {"type": kind, "code": code, "message": message}}


class FakeStripe(StandIn):
    """`accounts`, `transfers` and the rest by id. `funds` limits the platform's balance by currency, where set; `api_key` is
    the one that is let in."""

    def __init__(self):
        super().__init__()
        self.accounts, self.transfers, self.kept, self.funds = {}, {}, {}, {}
        self.intents, self.paid_out, self.pending, self.events, self.links = {}, {}, {}, {}, {}
        self.has_v2, self.country, self.api_key = True, "FR", KEY

    # --- what people and banks do -------------------------------------------------------------------------------

    def finish(self, account_id, is_active=True):
        """The seller on Stripe's page; the webhook that tells of it."""
        account = self.accounts[account_id]
        account["is_active"] = is_active
        return self.tell("account.updated", as_v1(account), account=account_id)

    def tell(self, name, about, **more):
        event = {
            "id": f"evt_{secrets.token_hex(12)}", "object": "event", "type": name, "created": int(time.time()),
            "livemode": False, "data": {"object": about}, **more,
        }  # fmt: skip
        self.events[event["id"]] = event
        body = json.dumps(event).encode()
        return body, {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)}

    def send(self, url, webhook):
        body, headers = webhook
        return httpx.post(url, content=body, headers={**headers, "Content-Type": "application/json"}, timeout=10)

    def money_of(self, account_id):
        sums = {}
        for transfer in self.transfers.values():
            if transfer["destination"] == account_id:
                left = transfer["amount"] - transfer["amount_reversed"]
                sums[transfer["currency"]] = sums.get(transfer["currency"], 0) + left
        for (owner, currency), cents in self.paid_out.items():
            if owner == account_id:
                sums[currency] = sums.get(currency, 0) - cents
        return sums

    # --- the API ------------------------------------------------------------------------------------------------

    def answer(self, asked):
        headers = {"Content-Type": "application/json", "Request-Id": f"req_{secrets.token_hex(7)}"}
        key = asked.headers.get("idempotency-key", "")
        given = read_form(asked)
        if refusal := self.refuses(asked):
            status, body = refusal.status, refusal.body
        elif asked.method == "POST" and key in self.kept:
            known, status, body = self.kept[key]
            if known != (asked.path, given):
                status, body = (
                    400,
                    No(400, None, "Keys can only be used with the same parameters", "idempotency_error").body,
                )
            else:
                headers["Idempotent-Replayed"] = "true"
        else:
            status, body, is_begun = self.first_time(asked, given)
            if asked.method == "POST" and key and is_begun and (status < 300 or asked.path.startswith("/v1/")):
                self.kept[key] = ((asked.path, given), status, body)
        if status >= 500:
            headers["Stripe-Should-Retry"] = "false"
        return status, headers, json.dumps(body).encode()

    def refuses(self, asked):
        if asked.headers.get("authorization") != f"Bearer {self.api_key}":
            return No(401, None, "Invalid API Key provided")
        if asked.mishap == "403":
            return No(403, None, "The provided key does not have the required permissions for this endpoint")
        return None

    def first_time(self, asked, given):
        """(status, body, whether it is kept under its key)."""
        inside = {"error": {"type": "api_error", "message": "An unexpected error occurred"}}
        if asked.mishap in ("500", "sticky"):
            return 500, inside, asked.mishap == "sticky"
        if asked.mishap in ("409", "429"):
            code = {"409": "idempotency_key_in_use", "429": "rate_limit"}[asked.mishap]
            return int(asked.mishap), No(0, code, "Try again").body, False
        try:
            return 200, self.one(asked, given), True
        except No as no:
            return no.status, no.body, True

    def one(self, asked, given):
        if asked.path.startswith("/v2/") and not self.has_v2:
            raise No(403, "accounts_v2_access_blocked", "Accounts v2 is not enabled for your platform.")
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, asked.path)
            if method == asked.method and found:
                return getattr(self, name)(asked, given, *found.groups())
        raise No(404, None, f"Unrecognized request URL ({asked})")

    def platform(self, asked, given):
        return {"id": "acct_platform", "object": "account", "country": self.country}

    def create_v1(self, asked, given):
        return as_v1(self.new_account(given.get("email"), given.get("country")))

    def read_v1(self, asked, given, key):
        if key not in self.accounts:
            raise No(403, "account_invalid", f"The provided key does not have access to account '{key}'")
        return as_v1(self.accounts[key])

    def link_v1(self, asked, given):
        return self.new_link(given["account"], given["refresh_url"], given["return_url"])

    def create_v2(self, asked, given):
        return as_v2(self.new_account(given.get("contact_email"), given.get("identity", {}).get("country")))

    def read_v2(self, asked, given, key):
        return as_v2(self.found(self.accounts, key, "account"))

    def link_v2(self, asked, given):
        places = given["use_case"]["account_onboarding"]
        return self.new_link(given["account"], places["refresh_url"], places["return_url"])

    def create_transfer(self, asked, given):
        return self.new_transfer(given)

    def list_transfers(self, asked, given):
        names = ("transfer_group", "destination")
        return self.page(asked, [one for one in self.transfers.values() if is_asked_for(one, asked, names)])

    def read_transfer(self, asked, given, key):
        transfer = self.found(self.transfers, key, "transfer")
        transfer["metadata"] |= given.get("metadata", {})
        return shown(transfer)

    def reverse(self, asked, given, key):
        return self.take_back(self.found(self.transfers, key, "transfer"), given)

    def list_reversals(self, asked, given, key):
        return self.page(asked, self.found(self.transfers, key, "transfer")["taken"])

    def intent(self, asked, given, key):
        return self.found(self.intents, key, "payment_intent")

    def event(self, asked, given, key):
        return self.found(self.events, key, "event")

    def read_balance(self, asked, given):
        return self.balance(asked.headers.get("stripe-account", ""))

    def found(self, where, key, name):
        if key not in where:
            raise No(404, "resource_missing", f"No such {name}: '{key}'")
        return where[key]

    def page(self, asked, rows):
        start = next((i + 1 for i, row in enumerate(rows) if row["id"] == asked.query.get("starting_after")), 0)
        limit = int(asked.query.get("limit", 10))
        data = [shown(row) for row in rows[start : start + limit]]
        return {"object": "list", "data": data, "has_more": len(rows) > start + limit, "url": asked.path}

    def new_account(self, email, country):
        if not country:
            raise No(400, "parameter_missing", "Missing required param: identity.country")
        key = f"acct_{secrets.token_hex(8)}"
        self.accounts[key] = {"id": key, "email": email, "country": country, "is_active": False}
        return self.accounts[key]

    def new_link(self, account_id, refresh_url, return_url):
        self.found(self.accounts, account_id, "account")
        url = f"{self.base}/setup/e/{account_id}/{secrets.token_hex(6)}"
        self.links[url] = {"account": account_id, "refresh_url": refresh_url, "return_url": return_url}
        return {"object": "account_link", "created": int(time.time()), "expires_at": int(time.time()) + 300, "url": url}

    def new_transfer(self, given):
        account = self.found(self.accounts, given["destination"], "destination")
        amount, currency = int(given["amount"]), given["currency"]
        if not account["is_active"]:
            raise No(400, "insufficient_capabilities_for_transfer", "Your destination account needs a capability")
        if currency in self.funds and amount > self.funds[currency]:
            raise No(400, "balance_insufficient", "You have insufficient available funds in your Stripe account.")
        key = f"tr_{secrets.token_hex(8)}"
        self.funds[currency] = self.funds.get(currency, 10**9) - amount
        self.transfers[key] = {
            "id": key, "object": "transfer", "amount": amount, "currency": currency, "created": int(time.time()),
            "destination": account["id"], "transfer_group": given.get("transfer_group"), "amount_reversed": 0,
            "source_transaction": given.get("source_transaction"), "metadata": given.get("metadata", {}),
            "livemode": False, "reversed": False, "taken": [],
        }  # fmt: skip
        return shown(self.transfers[key])

    def take_back(self, transfer, given):
        amount = int(given["amount"])
        if amount > transfer["amount"] - transfer["amount_reversed"]:
            raise No(400, "amount_too_large", "Reversal amount is greater than the unreversed amount")
        if amount > self.money_of(transfer["destination"]).get(transfer["currency"], 0):
            raise No(400, "balance_insufficient", "The destination account has insufficient funds.")
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        transfer["taken"].append(
            {"id": f"trr_{secrets.token_hex(8)}", "object": "transfer_reversal", "amount": amount,
             "currency": transfer["currency"], "metadata": given.get("metadata", {}), "transfer": transfer["id"]}
        )  # fmt: skip
        return transfer["taken"][-1]

    def balance(self, account_id):
        self.found(self.accounts, account_id, "account")
        available = self.money_of(account_id) or {"eur": 0}
        pending = {currency: self.pending.get((account_id, currency), 0) for currency in available}
        entries = {
            name: [
                {"amount": cents, "currency": currency, "source_types": {"card": cents}}
                for currency, cents in sums.items()
            ]
            for name, sums in (("available", available), ("pending", pending))
        }
        return {"object": "balance", "livemode": False, **entries}


def as_v1(account):
    due = [] if account["is_active"] else ["external_account"]
    return {
        "id": account["id"], "object": "account", "email": account["email"], "country": account["country"],
        "capabilities": {"transfers": "active" if account["is_active"] else "inactive"},
        "requirements": {"currently_due": due, "disabled_reason": None},
    }  # fmt: skip


def as_v2(account):
    status = {"status": "active" if account["is_active"] else "restricted"}
    entry = {"description": "external_account", "awaiting_action_from": "user"}
    return {
        "id": account["id"], "object": "v2.core.account", "contact_email": account["email"], "livemode": False,
        "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": status}}}},
        "identity": {"country": account["country"]},
        "requirements": {"entries": [] if account["is_active"] else [entry]},
    }  # fmt: skip


def shown(row):
    return {name: value for name, value in row.items() if name != "taken"}


def is_asked_for(row, asked, names):
    return all(row[name] == asked.query[name] for name in names if name in asked.query)


def read_form(asked):
    """JSON in v2; in v1 a form with `a[b]=c` as nested dicts."""
    if asked.path.startswith("/v2/"):
        return json.loads(asked.body) if asked.body else {}
    given = {}
    for name, value in parse_qsl(asked.body.decode(), keep_blank_values=True):
        *path, last = re.findall(r"[^\[\]]+", name)
        where = given
        for step in path:
            where = where.setdefault(step, {})
        where[last] = value
    return given


def used_by(settings, house):
    """Have the platform use this one."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_WEBHOOK_SECRET = KEY, house.base, SECRET
