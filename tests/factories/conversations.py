from conversations.verbs.conversations import open_conversation


def room(*people, title="A room"):
    """A room of the first person, with the others in it, made as everyone's is."""
    owner, *others = people
    return open_conversation(kind="room", title=title, participants=[user.pk for user in others], by=owner)


def direct(one, other):
    return open_conversation(kind="direct", participants=[other.pk], by=one)
