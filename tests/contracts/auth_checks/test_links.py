"""Links in mails, the addresses they name, and accounts that somebody planted."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import EmailToken, Mail, Passkey, User
from accounts.verbs.api_keys import create_key
from accounts.verbs.mails import trusted_base
from accounts.verbs.two_factor import confirm, set_up
from accounts.verbs.verification import request_email_change, request_verification
from ontology.models import Entity
from tests.contracts.auth_checks.common import NEW, unlimited
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, link_in, token_in
from tests.styles import JSON, attempt, signed_in

pytestmark = pytest.mark.django_db


class TestLinks:
    @pytest.fixture
    def reset(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        return token_in(delivered()[-1])

    def valid(self, token):
        return Client().get(f"/auth/validateResetToken?token={token}").json()["valid"]

    def test_is_spent_once_and_looking_spends_nothing(self, user, reset):
        assert [self.valid(reset) for _ in range(3)] == [True, True, True]
        assert Client().get(f"/reset-password?token={reset}").status_code == 200
        body = {"token": reset, "password": NEW}
        assert [Client().post("/auth/resetPassword", body, **JSON).status_code for _ in range(2)] == [200, 400]
        assert not self.valid(reset)

    def test_is_void_after_a_newer_one(self, user, reset):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        newer = token_in(delivered()[-1])
        assert (self.valid(reset), self.valid(newer)) == (False, True)

    def test_is_void_after_a_password_change(self, user, reset):
        user.set_password(NEW)
        user.save()
        assert not self.valid(reset)

    @pytest.mark.parametrize(
        ("path", "lives"),
        [
            ("/auth/requestPasswordReset", dt.timedelta(minutes=30)),
            ("/auth/requestMagicLink", dt.timedelta(minutes=15)),
        ],
    )
    def test_expires(self, user, clock, path, lives):
        Client().post(path, {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        token = token_in(delivered()[-1])
        use, body = {
            "/auth/requestPasswordReset": ("/auth/resetPassword", {"password": NEW}),
            "/auth/requestMagicLink": ("/auth/signInWithMagicLink", {}),
        }[path]
        clock.shift(lives)
        assert Client().post(use, {"token": token, **body}, **JSON).status_code == 400
        clock.shift(dt.timedelta(seconds=-1))
        assert Client().post(use, {"token": token, **body}, **JSON).status_code == 200

    def test_is_bound_to_its_purpose(self, user, reset):
        assert Client().post("/auth/signInWithMagicLink", {"token": reset}, **JSON).status_code == 400
        assert Client().post("/auth/verifyEmail", {"token": reset}, **JSON).status_code == 400
        assert self.valid(reset)

    @pytest.mark.parametrize("token", ["", "x", "x" * 300, "ä", 5, None, ["x"]])
    def test_nonsense_is_refused(self, token):
        for path, more in (("/auth/resetPassword", {"password": NEW}), ("/auth/verifyEmail", {})):
            assert Client().post(path, {"token": token, **more}, **JSON).status_code == 400

    def test_leads_where_the_caller_says_only_if_that_is_ours(self, user):
        for base, leads in (
            ("http://localhost:3000/app/", "http://localhost:3000/app/reset-password"),
            ("https://evil.example", "http://localhost:8000/reset-password"),
            ("https://localhost.evil.example", "http://localhost:8000/reset-password"),
            ("https://localhost@evil.example", "http://localhost:8000/reset-password"),
        ):
            unlimited()
            Client().post("/auth/requestPasswordReset", {"email": user.email, "baseUrl": base}, **JSON)
            assert link_in(delivered()[-1]).partition("?")[0] == leads

    def test_confirms_an_address(self, user):
        Client().post(
            "/auth/signUp",
            {
                "email": "new@example.com",
                "password": PASSWORD,
                "sendVerificationEmail": True,
                "baseUrl": "http://localhost:8000",
            },
            **JSON,
        )
        held = signed_in("one", "new@example.com")
        assert Client().get(f"/auth/isEmailVerified?token={held.query}").json() == {"verified": False}
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        assert Client().post("/auth/verifyEmail", {"token": token}, **JSON).json() == {"success": True}
        assert Client().get(f"/auth/isEmailVerified?token={held.query}").json() == {"verified": True}
        assert User.objects.get(email="new@example.com").welcome_email_sent
        assert Client().post("/auth/verifyEmail", {"token": token}, **JSON).status_code == 400

    def test_a_mail_is_sent_once_however_often_the_job_runs(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        assert (len(delivered()), len(delivered())) == (1, 0)
        assert EmailToken.objects.count() == 1


class TestAddresses:
    """One bare address, whatever is asked for it."""

    @pytest.mark.parametrize(
        "email",
        [
            "Ada <ada@example.com>",
            "ada@example.com, eve@example.com",
            "ada@example.com\nBcc: eve@example.com",
            "nomail",
            "<ada@example.com>",
        ],
    )
    @pytest.mark.parametrize(
        ("path", "more"),
        [
            ("/auth/requestPasswordReset", {"baseUrl": "http://localhost:8000"}),
            ("/auth/requestMagicLink", {"baseUrl": "http://localhost:8000"}),
            ("/api/auth/reset-password", {}),
        ],
    )
    def test_nothing_else_gets_a_mail(self, user, path, more, email):
        assert Client().post(path, {"email": email, **more}, **JSON).status_code == 400
        assert not Mail.objects.exists()

    def test_a_change_that_was_asked_for_is_void_after_a_reset(self, user):
        request_email_change(user=user, email="thief@example.com")
        user.set_password(NEW)
        user.save()
        assert [message.to for message in delivered()] == [[user.email]]
        assert not EmailToken.objects.exists()

    def test_a_name_that_was_made_up_does_not_reach_strangers(self, user):
        name = "there,\n\nYour account is locked. https://evil.example"
        body = {"email": "new@example.com", "password": PASSWORD, "name": name, "sendVerificationEmail": True}
        Client().post("/auth/signUp", {**body, "baseUrl": "http://localhost:8000"}, **JSON)
        assert User.objects.get(email="new@example.com").name == "there, Your account is locked. https://evil.example"
        [message] = delivered()
        assert "evil" not in message.body
        assert "evil" not in message.alternatives[0].content

    def test_is_no_part_of_a_public_name(self):
        body = {"email": "very.private@example.com", "password": PASSWORD}
        Client().post("/auth/signUp", body, **JSON)
        user = User.objects.get()
        assert (user.display_name, Entity.objects.get(pk=user.pk).name) == (f"Member {str(user.pk)[-5:]}",) * 2

    def test_a_weak_password_is_named_as_it_was_sent(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        body = {"token": token_in(delivered()[-1]), "new_password": "short"}
        answer = Client().post("/api/auth/change-password", body, **JSON)
        assert set(answer.json()["error"]["details"]) == {"new_password"}


class TestLinksBehindTls:
    @pytest.mark.parametrize(
        ("base", "is_ours"),
        [
            ("https://stoa.example", True),
            ("https://app.stoa.example/x", True),
            ("http://stoa.example", False),
            ("https://stoa.example:8443", False),
            ("http://localhost:3000", False),
            ("https://evil.com\\.stoa.example", False),
            ("https://stoa.example.evil.com", False),
            ("https://stoa.example@evil.com", False),
            ("javascript:alert(1)", False),
            ("https://stoa.example/?next=x", False),
        ],
    )
    def test_lead_to_this_house_alone(self, settings, base, is_ours):
        settings.SITE_URL, settings.IS_SECURE = "https://stoa.example", True
        settings.TRUSTED_ORIGINS, settings.ALLOWED_HOSTS = ["https://stoa.example"], [".stoa.example", "localhost"]
        assert trusted_base(base) == (base if is_ours else "https://stoa.example")


class TestPlantedAccount:
    """Somebody signs up with another's address and waits for its owner (pre-hijacking)."""

    @pytest.fixture
    def planted(self, user):
        set_up(user=user)
        confirm(user=user)
        Passkey.objects.create(user=user, name="Theirs", credential_id="x", public_key=b"x")
        SocialAccount.objects.create(user=user, provider="github", uid="5")
        return create_key(user=user, name="Theirs", scopes=["read"])[1]

    def left(self, user, key):
        return (
            TOTPDevice.objects.filter(user=user).count(),
            StaticToken.objects.filter(device__user=user).count(),
            Passkey.objects.filter(user=user).count(),
            SocialAccount.objects.filter(user=user).count(),
            Client(headers={"X-API-Key": key}).get("/api/v1/users/me").status_code,
        )

    def test_keeps_nothing_once_the_owner_resets_the_password(self, user, planted, caller):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert EmailAddress.objects.get(user=user).verified
        assert self.left(user, planted) == (0, 0, 0, 0, 401)
        assert caller.get("/api/v1/users/me").status_code == 401
        assert attempt("one", user.email, NEW)[0].status_code == 200

    def test_keeps_nothing_once_the_owner_comes_by_a_link(self, user, planted, caller):
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        answer = Client().post("/auth/signInWithMagicLink", {"token": token}, **JSON)
        assert (answer.status_code, answer.json()["userId"]) == (200, str(user.pk))
        assert self.left(user, planted) == (0, 0, 0, 0, 401)
        assert caller.get("/api/v1/users/me").status_code == 401
        assert attempt("one", user.email)[0].status_code == 400
        assert any(message.subject == "Your address is confirmed" for message in delivered())

    def test_is_told_from_one_whose_address_is_confirmed(self, user, planted):
        EmailAddress.objects.filter(user=user).update(verified=True)
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert self.left(user, planted) == (1, 10, 1, 1, 200)

    @pytest.mark.parametrize(("is_holder", "left"), [(False, (0, 0, 0, 0, 401)), (True, (1, 10, 1, 1, 200))])
    def test_keeps_nothing_though_the_owner_confirmed_the_address_first(self, user, planted, is_holder, left):
        """Whoever opens the link without being signed in may not be who set it all up; a later reset tells them apart."""
        request_verification(user=user)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        visitor = Client()
        if is_holder:
            visitor.force_login(user)
        assert visitor.post(f"/verify-email?token={token}").status_code in (200, 302)
        assert self.left(user, planted) == (1, 10, 1, 1, 200)
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert self.left(user, planted) == left
        told = next(message for message in delivered() if message.subject == "Your new password is set")
        assert ("were removed" in told.body) is not is_holder
