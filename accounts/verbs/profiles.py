from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.verbs.registration import USERNAME, profile_of
from config.errors import Conflict, Invalid
from ontology.models import Entity


def update_profile(
    *,
    user: User,
    name: str | None = None,
    username: str | None = None,
    company: str | None = None,
    bio: str | None = None,
) -> User:
    """Change what is given (an empty username removes it); the account's entity follows."""
    if username and not USERNAME.match(username):
        sentence = "Use 3 to 64 letters, digits, dots, dashes or underscores."
        raise Invalid(sentence, details={"username": [sentence]})
    if username and User.objects.filter(username__iexact=username).exclude(pk=user.pk).exists():
        raise Conflict("This username is taken", code="username_taken")
    given = {"name": name, "username": username, "company": company, "bio": bio}
    for field, value in given.items():
        if value is not None:
            setattr(user, field, value.strip() or (None if field == "username" else ""))
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
