import pytest

from conversations.jobs.client_names import look_up_names
from conversations.models import ClientThread, Conversation, PlatformAccount
from conversations.verbs.client_names import look_up_name, names_to_sweep
from tests.factories.platforms import IG, account_of, instagram, message, messenger, told
from tests.fakes.meta import TOKEN, FakeMeta, used_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def meta(settings, user):
    """With a page and an Instagram account of the user's that are no sandboxes."""
    account_of(user)
    account_of(user, "instagram", IG)
    PlatformAccount.objects.update(access_token=TOKEN, is_sandbox=False)
    with FakeMeta().standing() as house:
        used_by(settings, house)
        settings.META_APP_SECRET = "the app's secret"
        house.people = {"7100": {"name": "Bo  Berg"}, "8100": {"username": "bo.berg"}}
        yield house


def named(platform):
    return ClientThread.objects.select_related("conversation").get(platform=platform)


class TestLookUpName:
    def test_names_client_and_conversation(self, meta):
        told(messenger(message()))
        told(instagram(message(page=IG, client="8100")), "/webhooks/instagram")

        look_up_names()

        found = [named(platform) for platform in ("facebook", "instagram")]
        assert [(one.client_name, one.conversation.title) for one in found] == [
            ("Bo Berg", "Bo Berg"),
            ("bo.berg", "bo.berg"),
        ]
        assert names_to_sweep() == []

    def test_is_asked_for_when_the_conversation_begins(self, meta, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            told(messenger(message()))

        asked = {"conversation_id": str(Conversation.objects.get(kind="client").pk)}
        assert ("conversations.jobs.client_names.look_up_name", (), asked) in queued

    def test_leaves_a_name_that_is_known(self, meta):
        told(messenger(message()))
        ClientThread.objects.update(client_name="Mr Berg")

        assert look_up_name(conversation_id=named("facebook").pk) == "Mr Berg"
        assert meta.asked == []

    def test_leaves_it_where_the_platform_does_not_say(self, meta):
        meta.people.clear()
        told(messenger(message()))

        assert look_up_name(conversation_id=named("facebook").pk) == ""
        assert named("facebook").conversation.title == "Facebook client"

    def test_asks_nobody_of_a_sandbox_nor_of_nonsense(self, meta):
        told(messenger(message()))
        PlatformAccount.objects.update(is_sandbox=True)

        assert look_up_name(conversation_id=named("facebook").pk) == ""
        assert look_up_name(conversation_id="nonsense") == ""
        assert (meta.asked, names_to_sweep()) == ([], [])
