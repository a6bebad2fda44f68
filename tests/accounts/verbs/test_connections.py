"""A provider's account is taken away, unless nothing else would sign its owner in."""

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.models import Passkey, SecurityEvent
from accounts.verbs.connections import disconnect, is_last_way_in
from config.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def github(user):
    return SocialAccount.objects.create(user=user, provider="github", uid="42", extra_data={"login": "ada"})


@pytest.fixture
def no_password(user):
    user.set_unusable_password()
    user.save()


class TestDisconnect:
    def test_takes_it_away_and_notes_it(self, user, github):
        disconnect(user=user, account_id=github.pk)
        assert not SocialAccount.objects.exists()
        event = SecurityEvent.objects.get(user=user, type="account_disconnected")
        assert event.details == "GitHub"

    def test_never_the_last_way_in(self, user, github, no_password):
        assert is_last_way_in(user)
        with pytest.raises(Conflict) as refusal:
            disconnect(user=user, account_id=github.pk)
        assert refusal.value.code == "last_way_in"
        assert SocialAccount.objects.count() == 1

    def test_a_passkey_or_another_account_is_a_way_in(self, user, github, no_password):
        google = SocialAccount.objects.create(user=user, provider="google", uid="7")
        disconnect(user=user, account_id=google.pk)
        Passkey.objects.create(user=user, name="Mine", credential_id="aa", public_key=b"key", confirmed=True)
        disconnect(user=user, account_id=github.pk)
        assert not SocialAccount.objects.exists()

    def test_hides_anothers(self, stranger, github):
        with pytest.raises(NotFound):
            disconnect(user=stranger, account_id=github.pk)
        assert SocialAccount.objects.count() == 1
