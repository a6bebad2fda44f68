"""Becoming somebody: the one way an account comes to be, whatever dialect or page asks."""

import re

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, transaction

from accounts.facts import SignedUp
from accounts.models import User
from config.errors import Conflict, Invalid
from ontology.changes import publish
from ontology.models import EntityType, EventType
from ontology.verbs.memory import know, log

USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,64}")
validate_length = MaxLengthValidator(254)
LONGEST_PASSWORD = 128


def sign_up(*, email: str, password: str, name: str = "", username: str | None = None, company: str = "") -> User:
    """A new account with its entity (an audience member until it publishes or sells) and a verified-later address."""
    email = email.strip().lower()
    check_new(email=email, password=password, username=username)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, password, name=name.strip(), username=username, company=company.strip()
            )
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
            remember_user(user)
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
    publish(SignedUp(user_id=user.pk))


def profile_of(user: User) -> dict[str, str]:
    """What everybody may know of an account; never its address."""
    return {key: value for key in ("username", "bio") if (value := getattr(user, key))}


def check_new(*, email: str, password: str, username: str | None) -> None:
    """Every fault of a sign-up at once, field by field."""
    faults: dict[str, list[str]] = {}
    try:
        validate_email(email)
        validate_length(email)
    except ValidationError:
        faults["email"] = ["Enter a valid email address."]
    if username is not None and not USERNAME.fullmatch(username):
        faults["username"] = ["Use 3 to 64 letters, digits, dots, dashes or underscores."]
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


def password_faults(password: str, user: User) -> list[str]:
    if len(password) > LONGEST_PASSWORD:
        return [f"The password is longer than {LONGEST_PASSWORD} characters."]
    try:
        validate_password(password, user)
    except ValidationError as error:
        return error.messages
    return []


@transaction.atomic
def become_creator(*, user: User) -> bool:
    """The first thing someone publishes or sells makes their entity a creator's. Returns whether it did just now."""
    entity = user.entities.filter(pk=user.pk, type=EntityType.AUDIENCE_MEMBER).first()
    if entity is None:
        return False
    know(id=user.pk, type=EntityType.CREATOR, name=user.display_name, owner_id=user.pk, properties=profile_of(user))
    log(type=EventType.CREATOR_CREATED, actor_id=user.pk, target_id=user.pk)
    return True
