from conversations.verbs.client_threads import start_thread
from conversations.verbs.tasks import create_task


def task_of(user, **given):
    """A task of this person's, made as everyone's is."""
    return create_task(by=user, **{"description": "Send the brochure", **given})


def client_conversation(owner, **given):
    """A conversation with a client on Instagram."""
    about = {"platform": "instagram", "client_name": "Jane Smith", **given}
    return start_thread(owner=owner, **about).conversation
