"""What the house tries out, and what somebody has asked it to look at."""

from accounts.models import User
from accounts.verbs.feature_flags import set_flag
from council.management.demo.world import World
from council.verbs.reports import file_report
from ontology.models import Comment


def run_the_house(*, by: User, world: World) -> None:
    """`by` is an administrator."""
    set_flag(name="listening_parties", enabled=False, for_staff=True, description="Rooms that play together", by=by)
    comment = Comment.objects.live().filter(content__startswith="I like cracks").get()
    file_report(
        content_type="comment",
        content_id=comment.pk,
        reason="Something that looks like an order, under every post about pots. Is this allowed?",
        by=world["tomas"],
    )
