"""Accounts at a provider: signing in with one, and connecting it (auth-design.md §8).

Identity is (provider, uid). An address alone never opens or joins an account, whoever vouches for it.
"""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.gateways import github, google
from accounts.gateways.providers import NAMES, Identity, NotProven
from accounts.models import SecurityEvent, User
from accounts.verbs.mails import WELCOME, queue_mail
from accounts.verbs.registration import remember_user
from accounts.verbs.security import record
from accounts.verbs.sessions import SignedIn
from accounts.verbs.two_factor import pass_second_factor
from accounts.verbs.verification import confirm_address, is_email_verified
from config.errors import Conflict, Forbidden, Invalid, Unauthenticated

Type = SecurityEvent.Type
PROOF = "A proof by the provider is required: an ID token or access token issued to this site"
TAKEN = "An account with this address is here already. Sign in to it and connect {provider} in its settings."


def sign_in_with_proof(
    *, provider: str, provider_id: str, id_token: str | None, access_token: str | None, otp: str | None = None
) -> SignedIn:
    """Document one.txt, /auth/signInWithOAuth, with the proof that decisions.md §4 adds.

    One refusal for every way to be wrong, known or unknown: Unauthenticated `oauth_proof_required`.
    """
    try:
        identity = proven(provider, id_token=id_token, access_token=access_token)
        if identity.uid != bare(provider, provider_id):
            raise NotProven
        user = user_of(identity)
        device = pass_second_factor(user=user, code=otp)
        if id_token and provider == "google":
            google.spend(id_token)
    except NotProven:
        raise Unauthenticated(PROOF, code="oauth_proof_required") from None
    return SignedIn(user, device)


def sign_in_vouched(*, provider: str, provider_id: str, email: str, name: str = "", otp: str | None = None) -> SignedIn:
    """The same on the word of a back end whose key has the scope `oauth:assert`."""
    uid = bare(provider, provider_id)
    user = user_of(Identity(provider=provider, uid=uid, email=email.strip().lower(), is_verified=True, name=name))
    return SignedIn(user, pass_second_factor(user=user, code=otp))


def proven(provider: str, *, id_token: str | None, access_token: str | None) -> Identity:
    if provider == "google" and id_token:
        return google.identify(id_token)
    if provider == "github" and access_token:
        return github.identify(access_token)
    raise NotProven


def bare(provider: str, provider_id: str) -> str:
    """The document writes `github_12345` for GitHub's 12345."""
    return provider_id.strip().removeprefix(f"{provider}_")


def user_of(identity: Identity) -> User:
    """Whose identity it is; a new account where nobody's yet. Conflict where its address is another account's."""
    known = SocialAccount.objects.select_related("user").filter(provider=identity.provider, uid=identity.uid).first()
    if known is None:
        return _join(identity)
    if not known.user.is_active:
        raise Unauthenticated("This account is closed", code="auth_failed")
    return known.user


def _join(identity: Identity) -> User:
    name = NAMES[identity.provider]
    try:
        validate_email(identity.email)
    except ValidationError:
        raise Invalid(
            f"{name} told us no address of yours. Sign up with one, then connect {name} in settings."
        ) from None
    try:
        with transaction.atomic():
            if User.objects.filter(email=identity.email).exists():
                raise Conflict(TAKEN.format(provider=name), code="email_taken")
            user = User.objects.create_user(identity.email, None, name=identity.name.strip()[:150])
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
            SocialAccount.objects.create(
                user=user, provider=identity.provider, uid=identity.uid, extra_data=identity.known_as
            )
            remember_user(user)
            if identity.is_verified:
                confirm_address(user, is_holder=True)
            record(Type.ACCOUNT_CONNECTED, user=user, details=name)
            queue_mail(template=WELCOME, to=user.email, user=user, is_confirmed=identity.is_verified)
    except IntegrityError:
        raise Conflict(TAKEN.format(provider=name), code="email_taken") from None
    return user


def require_connectable(*, user: User) -> None:
    """An account is tied to a provider only once its address is known to be its owner's (no pre-hijack)."""
    if not is_email_verified(user):
        raise Forbidden("Confirm your address before you connect an account", code="email_not_verified")


@transaction.atomic
def connect(*, user: User, identity: Identity) -> SocialAccount:
    """From now on this identity signs in to `user`. Whoever calls this has asked for a proof (`proof.require_fresh`)."""
    require_connectable(user=user)
    name = NAMES[identity.provider]
    row, is_new = SocialAccount.objects.get_or_create(
        provider=identity.provider, uid=identity.uid, defaults={"user": user, "extra_data": identity.known_as}
    )
    if row.user_id != user.pk:
        raise Conflict(f"That {name} account is connected to another account here", code="connected_elsewhere")
    if is_new:
        record(Type.ACCOUNT_CONNECTED, user=user, details=name)
    return row
