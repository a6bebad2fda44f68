import datetime as dt

from django.utils.timezone import now

from ontology.models import Change

KEPT_FOR = dt.timedelta(days=7)
AT_ONCE = 5_000


def forget_old_changes() -> int:
    """Remove what was published more than KEPT_FOR ago; who was away longer reads anew. Returns how many went.

    In portions, so that no writer waits long.
    """
    gone = 0
    while old := list(Change.objects.filter(created_at__lt=now() - KEPT_FOR).values_list("pk", flat=True)[:AT_ONCE]):
        gone += Change.objects.filter(pk__in=old).delete()[0]
    return gone
