"""Document one.txt, /auth/signInWithOAuth, with the proof that decisions.md §4 asks for (auth-design.md §8 and §9, 22 and 23)."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts.models import Session, User
from accounts.verbs.api_keys import create_key, let_vouch
from accounts.verbs.two_factor import confirm, set_up
from ontology.models import Entity
from tests.clients import Caller
from tests.fakes.providers import standing_in

pytestmark = pytest.mark.django_db

PATH = "/auth/signInWithOAuth"
DOCUMENT = {"provider": "github", "email": "user@example.com", "name": "John Doe", "providerId": "github_12345"}
REFUSED = (
    401,
    {
        "message": "A proof by the provider is required: an ID token or access token issued to this site",
        "code": "OAUTH_PROOF_REQUIRED",
    },
)


@pytest.fixture
def providers(settings, monkeypatch):
    with standing_in(settings, monkeypatch) as house:
        yield house


def asked(caller=None, **body):
    answer = (caller or Caller()).post(PATH, body)
    return answer.status_code, answer.json()


def github(providers, **more):
    return asked(**{**DOCUMENT, "accessToken": providers.access_token(), **more})


def google(providers, **claims):
    token = claims.pop("token", None) or providers.id_token(**claims)
    return asked(provider="google", email="x@example.com", providerId="12345", idToken=token)


class TestWithoutProof:
    @pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
    def test_is_refused_alike_for_known_and_unknown(self, providers, user, email):
        assert asked(**{**DOCUMENT, "email": email}) == REFUSED
        assert list(User.objects.all()) == [user]
        assert providers.asked == []

    def test_a_signed_in_user_proves_nothing(self, providers, caller):
        assert asked(caller, **DOCUMENT) == REFUSED

    def test_needs_the_provider_to_be_set_up(self, providers, settings):
        settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": []}, "google": {"APPS": []}}
        assert github(providers) == google(providers) == REFUSED

    @pytest.mark.parametrize("wrong", [{"provider": "gitlab"}, {"providerId": ""}, {"email": 5}, {"idToken": {}}])
    def test_bad_input_is_told(self, providers, wrong):
        assert asked(**{**DOCUMENT, **wrong})[0] == 400


class TestGitHub:
    def test_makes_an_account_from_what_github_says(self, providers):
        status, answer = github(providers)
        account = SocialAccount.objects.get(provider="github", uid="12345")
        user = account.user
        assert (status, answer) == (200, {"token": answer["token"], "userId": str(user.pk)})
        assert (user.email, user.name, user.has_usable_password()) == ("vera@example.com", "vera", False)
        assert EmailAddress.objects.get(user=user).verified
        assert Entity.objects.get(pk=user.pk).type == "audience_member"
        assert account.extra_data == {"login": "vera", "email": "vera@example.com"}
        me = Caller().get("/auth/getCurrentUser", token=answer["token"]).json()
        assert me == {"id": str(user.pk), "email": "vera@example.com", "name": "vera"}

    def test_knows_who_comes_again(self, providers):
        first, second = github(providers)[1]["userId"], github(providers, providerId="12345")[1]["userId"]
        assert first == second
        assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)

    def test_an_address_that_github_has_not_verified_stays_unverified(self, providers):
        providers.emails[0]["verified"] = False
        assert github(providers)[0] == 200
        assert not EmailAddress.objects.get().verified

    def test_needs_an_address(self, providers):
        providers.emails.clear()
        status, answer = github(providers)
        assert (status, answer["code"], User.objects.exists()) == (400, "BAD_REQUEST", False)

    def test_refuses_a_token_of_another_app(self, providers):
        assert github(providers, accessToken=providers.access_token(app="their-app")) == REFUSED
        assert not User.objects.exists()

    @pytest.mark.parametrize("token", ["gho_never-issued-to-anybody", "a\nb", "\N{SNOWMAN}" * 12, "x"])
    def test_refuses_junk(self, providers, token):
        assert github(providers, accessToken=token) == REFUSED

    def test_refuses_a_foreign_provider_id(self, providers):
        assert github(providers, providerId="github_999") == REFUSED
        assert not User.objects.exists()

    def test_says_so_while_github_is_away(self, providers):
        providers.is_away = True
        assert github(providers)[0] == 503


class TestGoogle:
    def test_makes_an_account_from_what_the_token_says(self, providers):
        status, answer = google(providers)
        user = User.objects.get(pk=answer["userId"])
        assert (status, user.email, user.name) == (200, "vera@example.com", "Vera Brandt")
        assert EmailAddress.objects.get(user=user).verified

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "their-app"},
            {"iss": "https://evil.example"},
            {"exp": 1_600_000_000},
            {"sub": "999"},
            {"sub": None},
            {"exp": None},
            {"signed_with": "theirs"},
            {"kid": "unknown"},
            {"token": "not.a.token"},
            {"token": "eyJhbGciOiJub25lIn0.e30."},
        ],
        ids=str,
    )
    def test_refuses(self, providers, claims):
        assert google(providers, **claims) == REFUSED
        assert not User.objects.exists()

    def test_refuses_a_token_that_was_used(self, providers):
        token = providers.id_token()
        assert google(providers, token=token)[0] == 200
        assert google(providers, token=token) == REFUSED
        assert Session.objects.count() == 1

    def test_asks_for_the_keys_once(self, providers):
        google(providers)
        google(providers)
        google(providers, kid="unknown")
        google(providers, kid="another")
        assert providers.asked.count(("GET", "/google/keys")) == 2


class TestAnAccountThatIsThere:
    def test_is_not_opened_by_its_address(self, providers, user):
        providers.emails[0]["email"] = user.email
        status, answer = github(providers)
        assert (status, answer["code"]) == (400, "BAD_REQUEST")
        assert "Sign in to it and connect GitHub" in answer["message"]
        assert not Session.objects.filter(user=user).exists()
        assert not SocialAccount.objects.exists()

    def test_is_not_opened_where_it_is_switched_off(self, providers, user):
        SocialAccount.objects.create(user=user, provider="github", uid="12345")
        User.objects.update(is_active=False)
        assert github(providers)[0] == 400
        assert not Session.objects.exists()

    def test_asks_for_its_second_factor(self, providers, user):
        SocialAccount.objects.create(user=user, provider="google", uid="12345")
        codes = set_up(user=user).backup_codes
        confirm(user=user)
        body = {"provider": "google", "email": "x@example.com", "providerId": "12345", "idToken": providers.id_token()}
        assert asked(**body)[1]["code"] == "TWO_FACTOR_REQUIRED"
        assert asked(**body, otp="000000")[0] == 401
        assert not Session.objects.exists()
        assert asked(**body, otp=codes[0])[0] == 200
        assert Session.objects.get().otp_device.startswith("otp_static.staticdevice/")


class TestAKeyThatVouches:
    @pytest.fixture
    def back_end(self, staff):
        key, raw = create_key(user=staff, name="Back end", scopes=["write"])
        let_vouch(key=key, by=staff)
        return Caller(**{"X-API-Key": raw})

    def test_signs_in_whom_it_names(self, providers, back_end):
        status, answer = asked(back_end, **DOCUMENT)
        user = User.objects.get(pk=answer["userId"])
        assert (status, user.email, user.name) == (200, "user@example.com", "John Doe")
        assert SocialAccount.objects.get(user=user).uid == "12345"
        assert asked(back_end, **DOCUMENT)[1]["userId"] == str(user.pk)

    def test_opens_no_account_by_its_address_either(self, providers, back_end, user):
        assert asked(back_end, **{**DOCUMENT, "email": user.email})[0] == 400

    def test_needs_the_scope(self, providers, staff):
        _, raw = create_key(user=staff, name="Another", scopes=["read", "write", "admin"])
        assert asked(Caller(**{"X-API-Key": raw}), **DOCUMENT) == REFUSED
