"""Settings, password and e-mail: what is typed wrong is said beside it, what is done right ends other sessions or moves on."""

import pytest

from accounts.models import Mail, User
from accounts.verbs.verification import verify_email
from tests.clients import Caller
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, token_in

pytestmark = pytest.mark.django_db

NEW = "a louder colonnade"


class TestPassword:
    def test_is_changed_and_ends_every_other_session(self, ada, user):
        elsewhere = Caller.signed_in_as(user)
        answer = ada.post("/settings/security/password/", {"current_password": PASSWORD, "new_password": NEW})
        assert (answer.status_code, answer["Location"]) == (302, "/settings/security/")
        assert User.objects.get(pk=user.pk).check_password(NEW)
        assert elsewhere.get("/api/v1/users/me").status_code == 401
        assert ada.get("/settings/security/").status_code == 200

    @pytest.mark.parametrize(
        ("given", "errors"),
        [
            (("wrong", NEW), {"current_password": ["The current password is not right."]}),
            (
                (PASSWORD, "short"),
                {"new_password": ["This password is too short. It must contain at least 8 characters."]},
            ),
            (("", ""), {name: ["This field is required."] for name in ("current_password", "new_password")}),
        ],
    )
    def test_says_what_is_wrong_beside_it(self, ada, user, given, errors):
        answer = ada.post(
            "/settings/security/password/", dict(zip(("current_password", "new_password"), given, strict=True))
        )
        assert (answer.status_code, answer.context["password"].errors) == (422, errors)
        assert '<details class="setting-more" open>' in answer.content.decode()
        assert User.objects.get(pk=user.pk).check_password(PASSWORD)

    def test_is_not_guessed_for_ever(self, ada):
        wrong = {"current_password": "wrong", "new_password": NEW}
        answers = [ada.post("/settings/security/password/", wrong) for _ in range(6)]
        assert "Please try again in a quarter of an hour" in answers[-1].content.decode()

    def test_is_set_where_there_was_none(self, settings_of, user):
        user.set_unusable_password()
        user.save()
        browser = settings_of(user)
        assert "Set a password" in browser.get("/settings/security/").content.decode()
        browser.post("/settings/security/password/", {"new_password": NEW})
        assert User.objects.get(pk=user.pk).check_password(NEW)

    def test_is_set_only_by_who_has_just_shown_who_they_are(self, settings_of, user, long_ago):
        user.set_unusable_password()
        user.save()
        browser = settings_of(user)
        long_ago()
        answer = browser.post("/settings/security/password/", {"new_password": NEW})
        assert answer["Location"] == "/account/confirm/?next=%2Fsettings%2Fsecurity%2F"
        assert not User.objects.get(pk=user.pk).has_usable_password()

    def test_can_be_looked_at_again_after_a_mistake(self, ada):
        assert ada.get("/settings/security/password/")["Location"] == "/settings/security/"


class TestAddress:
    def test_moves_once_the_link_is_opened(self, ada, user):
        answer = ada.post("/settings/security/email/", {"email": "New@Example.com"}, follow=True)
        assert "A link is on its way to New@Example.com" in answer.content.decode()
        assert answer.context["new_address"] == "new@example.com"
        assert User.objects.get(pk=user.pk).email == "ada@example.com"

        mails = {each.to[0]: each for each in delivered()}
        assert set(mails) == {"ada@example.com", "new@example.com"}
        verify_email(token=token_in(mails["new@example.com"]))
        page = ada.get("/settings/security/")
        assert (page.context["user"].email, page.context["is_verified"], page.context["new_address"]) == (
            "new@example.com",
            True,
            "",
        )

    def test_does_not_tell_whose_the_other_one_is(self, ada, stranger):
        taken = ada.post("/settings/security/email/", {"email": "stranger@example.com"}, follow=True)
        free = ada.post("/settings/security/email/", {"email": "nobody@example.com"}, follow=True)
        assert (taken.context["new_address"], free.context["new_address"]) == (
            "stranger@example.com",
            "nobody@example.com",
        )
        assert [str(message) for page in (taken, free) for message in page.context["messages"]] == [
            "A link is on its way to stranger@example.com.",
            "A link is on its way to nobody@example.com.",
        ]

    @pytest.mark.parametrize(
        ("email", "sentence"),
        [
            ("ada@example.com", "This is your address already."),
            ("ada@", "Enter a valid email address."),
            ("a" * 250 + "@example.com", "Ensure this value has at most 254 characters (it has 262)."),
        ],
    )
    def test_keeps_what_was_typed_wrong(self, ada, email, sentence):
        answer = ada.post("/settings/security/email/", {"email": email})
        assert (answer.status_code, answer.context["address"].errors["email"].as_text().split("* ")[-1]) == (
            422,
            sentence,
        )
        assert f'value="{email}"' in answer.content.decode()

    def test_keeps_what_was_typed_while_a_proof_is_given(self, ada, long_ago):
        long_ago()
        answer = ada.post("/settings/security/email/", {"email": "new@example.com"})
        assert answer["Location"] == "/account/confirm/?next=%2Fsettings%2Fsecurity%2F"
        assert not Mail.objects.filter(to="new@example.com").exists()
        assert 'value="new@example.com"' in ada.get("/settings/security/").content.decode()
        assert 'value="new@example.com"' not in ada.get("/settings/security/").content.decode()

    def test_gets_its_link_again_within_a_budget(self, ada, user):
        told = [ada.post("/settings/security/email/verify/", follow=True).content.decode() for _ in range(4)]
        assert Mail.objects.filter(template="account/verify", to=user.email).count() >= 3
        assert ["Too many attempts" in page for page in told] == [False, False, False, True]
