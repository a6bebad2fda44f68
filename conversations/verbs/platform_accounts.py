"""Accounts of ours on the platforms: connected by people, found by webhooks, broken by platforms, given to new owners."""

import re
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, Unavailable
from config.ids import parse_id
from conversations.facts import PlatformAccountChanged
from conversations.gateways.meta import SANDBOX, AccountAddress, MetaError, account_name, is_sandbox
from conversations.models import InboxSettings, Notification, Platform, PlatformAccount
from conversations.queries.platforms import default_owner, seen_account
from conversations.verbs.conversations import wait_for_turn
from conversations.verbs.handing_over import hand_over_threads
from conversations.verbs.notifications import notify
from conversations.verbs.platform_addresses import address_of
from marketplace.verbs.limits import require_platform
from ontology.changes import publish

PLACE = "/inbox/channels/"
EXTERNAL_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
LONGEST_TOKEN = 2000
Status = PlatformAccount.Status


def connect_account(
    *, platform: str, external_id: str, name: str = "", access_token: str = "", by: User
) -> PlatformAccount:
    """The account of this person, from now on: a new one, their own brought up to date, or one that nobody had connected.

    Who gives a token that reads the account may use it. Without one it is a sandbox, or the platform's own, for
    administrators. Invalid, Forbidden (the tier), Conflict (somebody else's), Unavailable (the platform is away).
    """
    address = checked(platform, external_id.strip(), access_token.strip(), by=by)
    require_platform(by, platform)
    _refuse_others(address, by=by)
    called = name_of(address)
    return _connect(address, name=" ".join(name.split())[:120] or called[:120], by=by)


def checked(platform: str, external_id: str, access_token: str, *, by: User) -> AccountAddress:
    """Invalid where a field is wrong, or nothing proves that this account is theirs."""
    faults: dict[str, list[str]] = {}
    if platform not in Platform.values:
        faults["platform"] = ["Choose Facebook, Instagram or WhatsApp."]
    if not EXTERNAL_ID.fullmatch(external_id):
        faults["external_id"] = ["Give the id of the account as the platform shows it, such as 102030405060708."]
    if len(access_token) > LONGEST_TOKEN or not access_token.isascii() or not access_token.isprintable():
        faults["access_token"] = ["This is no access token."]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], details=faults)
    address = AccountAddress(platform, external_id, access_token or None)
    if access_token or by.is_admin:
        return address
    if settings.META_PAGE_TOKEN or (settings.META_IS_SET_UP and not external_id.startswith(SANDBOX)):
        # Otherwise anybody could have other people's clients write to them.
        sentence = f"Give an access token of this account. One to try things out begins with {SANDBOX}"
        raise Invalid(sentence, details={"access_token": [sentence]})
    return address


def name_of(address: AccountAddress) -> str:
    """The account's name, read with its token; the platform's refusal in our words otherwise."""
    try:
        return account_name(address)
    except MetaError as error:
        if error.kind in ("retry", "rate", "unknown"):
            raise Unavailable("The platform does not answer. Please try again.", code=error.code) from None
        sentence = "The platform does not show this account with this access token. Check both."
        details = {"access_token": [sentence], "reason": error.code}
        raise Invalid(sentence, code="token_refused", details=details) from None


def _refuse_others(address: AccountAddress, *, by: User) -> None:
    """Somebody else's account, what they disconnected too: its conversations are theirs. Staff may give it to others."""
    found = PlatformAccount.objects.filter(platform=address.platform, external_id=address.external_id).first()
    if found is None or found.is_unclaimed or found.owner_id in (None, by.pk):
        return
    raise Conflict("Somebody else has connected this account", code="account_taken")


@transaction.atomic
def _connect(address: AccountAddress, *, name: str, by: User) -> PlatformAccount:
    rows = PlatformAccount.objects.select_for_update(no_key=True)
    wanted = {"platform": address.platform, "external_id": address.external_id}
    made = PlatformAccount(**wanted, owner=by)
    account = rows.filter(**wanted).first()
    if account is None:
        PlatformAccount.objects.bulk_create([made], ignore_conflicts=True)
        account = rows.get(**wanted)  # a webhook may have been faster
    if account.pk == made.pk:
        what = "connected"
    else:
        what = "changed" if account.owner_id == by.pk and not account.is_unclaimed else "claimed"
    _refuse_others(address, by=by)
    wait_for_turn(account.pk)  # whoever is new here is meanwhile nobody's
    was_gone = account.status == Status.DISCONNECTED
    account.owner, account.name, account.is_unclaimed = by, name, False
    account.access_token, account.is_sandbox = address.access_token, is_sandbox(address)
    account.status, account.problem = Status.CONNECTED, ""
    account.save()
    if what == "claimed":
        hand_over_threads(account, to=by)
    _tell(account, "connected" if was_gone and what == "changed" else what)
    return account


@transaction.atomic
def disconnect_account(*, account_id: Any, by: User) -> PlatformAccount:
    """Nothing is sent or answered by the assistant any more. What was said stays, and what clients still write is kept."""
    account = _own(account_id, by=by)
    if account.status != Status.DISCONNECTED:
        account.status, account.problem, account.access_token = Status.DISCONNECTED, "", None
        account.answers_by_ai = False
        account.save()
        _tell(account, "disconnected")
    return account


@transaction.atomic
def set_answers_by_ai(*, account_id: Any, answers_by_ai: bool, by: User) -> PlatformAccount:
    account = _own(account_id, by=by)
    if answers_by_ai and account.status == Status.DISCONNECTED:
        raise Conflict("This account is disconnected", code="account_disconnected")
    if account.answers_by_ai != answers_by_ai:
        account.answers_by_ai = answers_by_ai
        account.save(update_fields=["answers_by_ai", "updated_at"])
        _tell(account, "changed")
    return account


@transaction.atomic
def set_default_owner(*, user_id: Any, by: User) -> InboxSettings:
    """Who gets what comes to accounts that nobody has connected; None: the first super admin. What is there stays where it is."""
    if not by.is_admin:
        raise Forbidden("Only administrators choose the default owner")
    key = parse_id(user_id)
    chosen = User.objects.filter(pk=key, is_active=True).first() if key else None
    if user_id and chosen is None:
        raise Invalid("This user does not exist", details={"user_id": ["Unknown user."]})
    row, _ = InboxSettings.objects.update_or_create(pk=1, defaults={"default_owner": chosen})
    PlatformAccount.objects.filter(is_unclaimed=True).update(owner=default_owner())
    return row


@transaction.atomic
def give_account(*, account_id: Any, user_id: Any, by: User) -> PlatformAccount:
    """A new owner, with all its conversations; for administrators."""
    if not by.is_admin:
        raise Forbidden("Only administrators give accounts to others")
    account = _locked(account_id, by=by)
    key = parse_id(user_id)
    heir = User.objects.filter(pk=key, is_active=True).first() if key else None
    if heir is None:
        raise Invalid("This user does not exist", details={"owner": ["Unknown user."]})
    if account.owner_id != heir.pk or account.is_unclaimed:
        wait_for_turn(account.pk)
        account.owner, account.is_unclaimed = heir, False
        account.save(update_fields=["owner", "is_unclaimed", "updated_at"])
        hand_over_threads(account, to=heir)
        _tell(account, "claimed")
    return account


@transaction.atomic
def mark_broken(account: PlatformAccount, problem: str) -> None:
    """The platform refuses the account itself, as it was read; its owner is told once, until it is connected again.

    Where it was connected again meanwhile, the refusal was of a token that is not used any more.
    """
    rows = PlatformAccount.objects.filter(pk=account.pk, status=Status.CONNECTED, updated_at=account.updated_at)
    if not rows.update(status=Status.BROKEN, problem=problem[:300]):
        return
    account.refresh_from_db()
    _tell(account, "broken")
    if account.owner_id:
        notify(
            user_id=account.owner_id,
            key=f"channel_broken:{account.pk}:{account.updated_at:%Y%m%d%H%M%S}",
            title=f"{account} needs your attention"[:120],
            text=problem,
            url=PLACE,
            kind=Notification.Kind.ERROR,
        )


def account_of_webhook(*, platform: str, external_id: str) -> PlatformAccount:
    """The account that a webhook names; an unknown one is kept for the default owner, who is told of it once."""
    rows = PlatformAccount.objects.select_related("owner").filter(platform=platform, external_id=external_id)
    known = rows.first() or _found(platform, external_id)
    if known.is_sandbox and not is_sandbox(address_of(known)):
        rows.filter(is_unclaimed=True).update(is_sandbox=False)
        known.refresh_from_db()
    return known


@transaction.atomic
def _found(platform: str, external_id: str) -> PlatformAccount:
    owner = default_owner()
    made = PlatformAccount(
        platform=platform,
        external_id=external_id,
        owner=owner,
        is_unclaimed=True,
        is_sandbox=is_sandbox(AccountAddress(platform, external_id)),
    )
    PlatformAccount.objects.bulk_create([made], ignore_conflicts=True)
    account = PlatformAccount.objects.select_related("owner").get(platform=platform, external_id=external_id)
    if account.pk == made.pk:
        _tell(account, "found")
        if owner:
            notify(
                user_id=owner.pk,
                key=f"channel_found:{account.pk}",
                title=f"Clients write to {account}"[:120],
                text="Nobody has connected this account. What comes to it is kept for you.",
                url=PLACE,
                kind=Notification.Kind.WARNING,
            )
    return account


def _locked(account_id: Any, *, by: User) -> PlatformAccount:
    return PlatformAccount.objects.select_for_update(no_key=True).get(pk=seen_account(account_id, by=by).pk)


def _own(account_id: Any, *, by: User) -> PlatformAccount:
    account = _locked(account_id, by=by)
    if account.owner_id != by.pk and not by.is_admin:
        raise Forbidden("Only its owner can do this")
    return account


def _tell(account: PlatformAccount, what: str) -> None:
    publish(
        PlatformAccountChanged(
            account_id=account.pk,
            owner_id=account.owner_id,
            what=what,
            platform=account.platform,
            name=str(account),
            problem=account.problem,
        )
    )


@transaction.atomic
def let_accounts_go(*, user_id: Any) -> None:
    """Somebody leaves: their tokens are forgotten, and what clients still write goes to the default owner."""
    rows = PlatformAccount.objects.select_for_update(no_key=True).filter(owner=user_id).order_by("pk")
    for account in list(rows):
        account.status, account.access_token, account.answers_by_ai = Status.DISCONNECTED, None, False
        account.save()


__all__ = [
    "account_of_webhook",
    "address_of",
    "connect_account",
    "disconnect_account",
    "give_account",
    "let_accounts_go",
    "mark_broken",
    "set_answers_by_ai",
    "set_default_owner",
]
