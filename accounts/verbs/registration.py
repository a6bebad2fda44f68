"""Becoming somebody: the one way an account comes to be, whatever dialect or page asks."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.facts import SignedUp
from accounts.models import SecurityEvent, User
from accounts.queries.validation import USERNAME, USERNAME_RULE, email_faults, in_one_line, password_faults
from accounts.verbs.security import record
from accounts.verbs.verification import welcome
from config.errors import Conflict, Invalid
from ontology.changes import publish
from ontology.models import EntityType, EventType
from ontology.verbs.memory import know, log


def sign_up(
    *,
    email: str,
    password: str,
    name: str = "",
    username: str | None = None,
    company: str = "",
    greet: bool = False,
    base: str | None = None,
) -> User:
    """A new account with its entity (an audience member until it publishes or sells) and a verified-later address.

    With `greet` a mail welcomes it and asks to confirm the address; `base` is where its link leads.
    """
    email = email.strip().lower()
    check_new(email=email, password=password, username=username)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, password, name=in_one_line(name), username=username, company=in_one_line(company)
            )
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
            remember_user(user)
            if greet:
                welcome(user, base=base)
    except IntegrityError:
        # Somebody was faster; which of the two was taken is asked again, now that their row can be seen.
        refuse_taken(email=email, username=username)
        raise
    return user


def remember_user(user: User) -> None:
    """What the graph and the listeners hear of a new account; called in the transaction that makes it.

    Its address is kept by whoever made the row: `sign_up` above, or allauth after its own form.
    """
    know(
        id=user.pk,
        type=EntityType.AUDIENCE_MEMBER,
        name=user.display_name,
        owner_id=user.pk,
        properties=profile_of(user),
    )
    log(type=EventType.USER_JOINED, actor_id=user.pk, target_id=user.pk)
    record(SecurityEvent.Type.SIGNED_UP, user=user)
    publish(SignedUp(user_id=user.pk))


def profile_of(user: User) -> dict[str, str]:
    """What everybody may know of an account; never its address."""
    return {key: value for key in ("username", "bio") if (value := getattr(user, key))}


def check_new(*, email: str, password: str, username: str | None) -> None:
    """Every fault of a sign-up at once, field by field."""
    faults: dict[str, list[str]] = {}
    if sentences := email_faults(email):
        faults["email"] = sentences
    if username is not None and not USERNAME.fullmatch(username):
        faults["username"] = [USERNAME_RULE]
    if sentences := password_faults(password, User(email=email, username=username)):
        faults["password"] = sentences
    if faults:
        raise Invalid(next(iter(faults.values()))[0], details=faults)
    refuse_taken(email=email, username=username)


def refuse_taken(*, email: str, username: str | None) -> None:
    if User.objects.filter(email=email).exists():
        raise Conflict("An account with this address already exists", code="email_taken")
    if username is not None and User.objects.filter(username__iexact=username).exists():
        raise Conflict("This username is taken", code="username_taken")
