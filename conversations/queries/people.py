"""Finding someone by what people know of them: an address or a user name, whole."""

import re

from django.db.models import Q

from accounts.models import User

MOST_NAMED = 100


def named(text: str) -> tuple[list[User], list[str]]:
    """The active users that `text` names, separated by commas or spaces, and the names that nobody has."""
    words = list(dict.fromkeys(word.lstrip("@") for word in re.split(r"[\s,;]+", text) if word.strip("@")))[:MOST_NAMED]
    if not words:
        return [], []
    match = Q(email__in=[word.lower() for word in words])
    for word in words:
        match |= Q(username__iexact=word)
    found = list(User.objects.filter(match, is_active=True).order_by("pk"))
    known = {user.email for user in found} | {(user.username or "").lower() for user in found}
    return found, [word for word in words if word.lower() not in known]
