import pytest

from config.errors import Conflict, Forbidden, Invalid, NotFound
from conversations.models import ClientThread, PlatformAccount
from conversations.verbs.sandbox_clients import write_as_client
from tests.factories.platforms import account_of, said, whatsapp_account_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("platform", ["facebook", "instagram", "whatsapp"])
class TestWriteAsClient:
    def test_takes_the_ordinary_path(self, user, platform):
        account = whatsapp_account_of(user) if platform == "whatsapp" else account_of(user, platform)

        first = write_as_client(account_id=account.pk, client_name="Bo  Berg", text="Do you ship?", by=user)
        again = write_as_client(account_id=account.pk, client_name="bo berg", text="To Oslo?", by=user)
        other = write_as_client(account_id=account.pk, client_name="Eva", text="Hi", by=user)

        assert (first.pk, first.client_name, first.platform) == (again.pk, "Bo Berg", platform)
        assert other.pk != first.pk
        assert sorted(said()) == [("client", "Do you ship?"), ("client", "Hi"), ("client", "To Oslo?")]
        assert ClientThread.objects.get(pk=first.pk).conversation.title == "Bo Berg"


class TestRefusals:
    def test_somebody_elses_account(self, user, stranger, staff):
        account = account_of(user)

        with pytest.raises(NotFound):
            write_as_client(account_id=account.pk, client_name="Bo", text="Hi", by=stranger)
        with pytest.raises(Forbidden):
            write_as_client(account_id=account.pk, client_name="Bo", text="Hi", by=staff)

    def test_an_account_with_real_clients(self, user):
        account = account_of(user)
        PlatformAccount.objects.update(is_sandbox=False)

        with pytest.raises(Conflict):
            write_as_client(account_id=account.pk, client_name="Bo", text="Hi", by=user)

    @pytest.mark.parametrize(("name", "text"), [("", "Hi"), ("Bo", "  "), ("Bo", "x" * 2001)])
    def test_nobody_nothing_and_too_much(self, user, name, text):
        account = account_of(user)

        with pytest.raises(Invalid):
            write_as_client(account_id=account.pk, client_name=name, text=text, by=user)
        assert said() == []
