"""What every page's rail shows of conversations."""

from django.utils.functional import SimpleLazyObject

from conversations.pages.places import PLACES
from conversations.queries.conversations import unread_total
from conversations.queries.notifications import unread_notifications


def unread(request):
    """`unread`: how many conversations of each place hold something new, and how many notifications are news.

    Asked only where a template shows it.
    """
    user = getattr(request, "user", None)
    if user is None:
        return {}

    def counted():
        if not user.is_authenticated:
            return {}
        counts = {place.name: unread_total(by=user, kinds=place.kinds) for place in PLACES.values()}
        return counts | {"notifications": unread_notifications(by=user)}

    return {"unread": SimpleLazyObject(counted)}
