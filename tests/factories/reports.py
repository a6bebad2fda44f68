"""Reports, made through the verb, by somebody of their own; and one thing of each kind that can be reported."""

from conversations.verbs.messages import send_message
from council.verbs.reports import file_report
from ontology.verbs.comments import add_comment
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.factories.marketplace import ProductFactory
from tests.factories.social import post_of, track_of


def reported(content_type, thing, *, by=None, reason="Not right"):
    return file_report(content_type=content_type, content_id=thing.pk, reason=reason, by=by or UserFactory())


def thing_of(kind, owner, *, seen_by):
    """Something of `owner` that `seen_by` sees."""
    makers = {
        "user": lambda: owner,
        "track": lambda: track_of(owner),
        "post": lambda: post_of(owner, "All bowls are cracked."),
        "comment": lambda: add_comment(entity_id=post_of(seen_by).pk, content="You are all fools.", by=owner),
        "product": lambda: ProductFactory(by=owner, title="A cracked bowl", description="Of clay."),
        "message": lambda: send_message(conversation_id=room(owner, seen_by).pk, content="Go away.", by=owner),
    }
    return makers[kind]()
