from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.queries.validation import USERNAME, USERNAME_RULE, in_one_line
from accounts.verbs.registration import profile_of
from config.errors import Conflict, Invalid
from ontology.models import Entity


def update_profile(
    *,
    user: User,
    name: str | None = None,
    username: str | None = None,
    company: str | None = None,
    bio: str | None = None,
    account_setup_complete: bool | None = None,
) -> User:
    """Change what is given (an empty username removes it); the account's entity follows."""
    if username and not USERNAME.fullmatch(username):
        raise Invalid(USERNAME_RULE, details={"username": [USERNAME_RULE]})
    if username and User.objects.filter(username__iexact=username).exclude(pk=user.pk).exists():
        raise Conflict("This username is taken", code="username_taken")
    given: dict[str, Any] = {"name": name, "username": username, "company": company, "bio": bio}
    for field, value in given.items():
        if value is not None:
            plain = value.strip() if field == "bio" else in_one_line(value)
            setattr(user, field, plain or (None if field == "username" else ""))
    if account_setup_complete is not None:
        user.account_setup_complete = given["account_setup_complete"] = account_setup_complete
    try:
        with transaction.atomic():
            user.save(update_fields=[*(field for field, value in given.items() if value is not None), "updated_at"])
            follow(user)
    except IntegrityError:
        raise Conflict("This username is taken", code="username_taken") from None
    return user


def follow(user: User) -> None:
    """Bring the account's entity up to date without touching its type."""
    entity = Entity.objects.select_for_update().get(pk=user.pk)
    entity.name = user.display_name
    entity.properties = {k: v for k, v in entity.properties.items() if k not in ("username", "bio")} | profile_of(user)
    entity.save(update_fields=["name", "properties", "updated_at"])
