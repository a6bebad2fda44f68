"""The two ceremonies of a passkey, each spoiled in one thing at a time (auth-design.md §9, 15 and 16)."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import override_settings

from accounts.models import Mail, Passkey, SecurityEvent, Session
from accounts.verbs.clients import Client
from accounts.verbs.mails import deliver_mail, queue_mail
from accounts.verbs.passkeys import (
    MOST_PASSKEYS,
    passkeys_of,
    register,
    registration_options,
    relying_party,
    remove_passkey,
    rename_passkey,
    sign_in_options,
    sign_in_with_passkey,
)
from accounts.verbs.sessions import SignedIn, open_session
from config.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.factories.accounts import PASSWORD
from tests.fakes.authenticator import ATTESTED, USER_PRESENT, USER_VERIFIED, Authenticator, base64url

pytestmark = pytest.mark.django_db

Type = SecurityEvent.Type


def session_of(user):
    return open_session(user=user, style=Session.Style.COUNCIL, client=Client())


@pytest.fixture
def session(user):
    return session_of(user)


@pytest.fixture
def authenticator():
    return Authenticator()


def registers(user, session, authenticator, name="Dan's MacBook", **spoilt):
    options, slip = registration_options(user=user, session=session)
    return register(user=user, session=session, answer=authenticator.creates(options, **spoilt), slip=slip, name=name)


def signs_in(authenticator, **spoilt):
    options, slip = sign_in_options()
    return sign_in_with_passkey(answer=authenticator.gets(options, **spoilt), slip=slip)


def noted(*types):
    return list(SecurityEvent.objects.filter(type__in=types).values_list("type", "user__email", "severity", "details"))


class TestRelyingParty:
    def test_is_the_host_of_the_site(self):
        with override_settings(SITE_URL="https://stoa.example:8443"):
            assert relying_party() == "stoa.example"

    @pytest.mark.parametrize("url", ["http://192.0.2.7:8000", "http://[2001:db8::1]:8000"])
    def test_an_address_is_no_name(self, url):
        with override_settings(SITE_URL=url), pytest.raises(Conflict, match="need a host name") as refusal:
            sign_in_options()
        assert refusal.value.code == "passkeys_need_a_name"


class TestRegistrationOptions:
    def test_what_the_browser_is_told(self, user, session, authenticator):
        first = registers(user, session, authenticator)
        options, slip = registration_options(user=user, session=session)
        challenge = options.pop("challenge")
        assert len(challenge) >= 43
        assert slip != challenge
        parameters = options.pop("pubKeyCredParams")
        assert {"type": "public-key", "alg": -7} in parameters
        assert options == {
            "rp": {"name": "Stoa", "id": "localhost"},
            "user": {
                "id": base64url(bytes(user.webauthn_handle)),
                "name": "ada@example.com",
                "displayName": "Ada Lovelace",
            },
            "timeout": 300_000,
            "excludeCredentials": [
                {"id": first.credential_id, "type": "public-key", "transports": ["hybrid", "internal"]}
            ],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }

    def test_asks_for_a_fresh_sign_in(self, user, session):
        session.proven_at -= dt.timedelta(minutes=10)
        session.save()
        with pytest.raises(Forbidden) as refusal:
            registration_options(user=user, session=session)
        assert refusal.value.code == "session_not_fresh"
        with pytest.raises(Unauthenticated):
            registration_options(user=user, session=session, password="wrong")
        options, _ = registration_options(user=user, session=session, password=PASSWORD)
        assert options["rp"]["id"] == "localhost"

    def test_at_most_twenty(self, user, session):
        for n in range(MOST_PASSKEYS):
            Passkey.objects.create(user=user, name=f"{n}", credential_id=f"id{n}", public_key=b"")
        with pytest.raises(Conflict) as refusal:
            registration_options(user=user, session=session)
        assert refusal.value.code == "too_many_passkeys"


class TestRegister:
    def test_keeps_it_and_tells_its_owner(self, user, session, authenticator):
        passkey = registers(user, session, authenticator)
        assert passkeys_of(user) == [passkey]
        assert (passkey.name, passkey.credential_id, passkey.sign_count, passkey.transports) == (
            "Dan's MacBook",
            base64url(authenticator.credential_id),
            1,
            ["hybrid", "internal"],
        )
        assert (passkey.device_type, passkey.backed_up, passkey.confirmed) == ("singleDevice", False, True)
        assert noted(Type.PASSKEY_ADDED) == [("passkey_added", user.email, "medium", "Dan's MacBook")]
        mail = Mail.objects.get(template="account/passkey_added")
        assert (mail.to, mail.context) == (user.email, {"name": "Dan's MacBook"})

    def test_a_name_is_given_where_none_was(self, user, session, authenticator):
        assert registers(user, session, authenticator, name="  ").name == "Passkey"

    @pytest.mark.parametrize(
        "spoilt",
        [
            {"origin": "https://evil.example"},
            {"origin": "http://localhost:8001"},
            {"origin": "http://127.0.0.1:8000"},
            {"party": "evil.example"},
            {"challenge": base64url(b"another challenge")},
            {"type": "webauthn.get"},
            {"cross_origin": True},
            {"flags": USER_PRESENT | ATTESTED},
            {"flags": USER_VERIFIED | ATTESTED},
            {"flags": USER_PRESENT | USER_VERIFIED},
        ],
        ids=str,
    )
    def test_refuses_what_is_spoiled(self, user, session, authenticator, spoilt):
        with pytest.raises(Invalid) as refusal:
            registers(user, session, authenticator, **spoilt)
        assert refusal.value.code == "failed_to_verify_registration"
        assert passkeys_of(user) == []
        assert noted(Type.PASSKEY_REFUSED) == [
            ("passkey_refused", user.email, "medium", "A new passkey could not be verified")
        ]

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"id": 1, "rawId": 2, "type": "public-key", "response": {}},
            {"id": "a", "rawId": "a", "type": "public-key", "response": []},
            {"id": "YQ", "rawId": "YQ", "type": "x", "response": {"clientDataJSON": "e30", "attestationObject": "YQ"}},
            {"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "%%%", "attestationObject": "é"}},
        ],
    )  # fmt: skip
    def test_refuses_rubbish(self, user, session, answer):
        _, slip = registration_options(user=user, session=session)
        with pytest.raises(Invalid) as refusal:
            register(user=user, session=session, answer=answer, slip=slip)
        assert refusal.value.code == "failed_to_verify_registration"

    def test_a_challenge_counts_once(self, user, session, authenticator):
        options, slip = registration_options(user=user, session=session)
        answer = authenticator.creates(options)
        register(user=user, session=session, answer=answer, slip=slip)
        with pytest.raises(Invalid) as refusal:
            register(user=user, session=session, answer=answer, slip=slip)
        assert refusal.value.code == "challenge_not_found"

    def test_a_failure_burns_the_challenge_too(self, user, session, authenticator):
        options, slip = registration_options(user=user, session=session)
        for code, spoilt in (("failed_to_verify_registration", {"party": "x"}), ("challenge_not_found", {})):
            with pytest.raises(Invalid) as refusal:
                register(user=user, session=session, answer=authenticator.creates(options, **spoilt), slip=slip)
            assert refusal.value.code == code

    def test_another_users_challenge_or_browser(self, user, session, stranger, authenticator):
        for theirs in (session_of(user), session_of(stranger)):
            options, slip = registration_options(user=theirs.user, session=theirs)
            with pytest.raises(Invalid) as refusal:
                register(user=user, session=session, answer=authenticator.creates(options), slip=slip)
            assert refusal.value.code == "challenge_not_found"
        options, slip = sign_in_options()
        with pytest.raises(Invalid) as refusal:
            register(user=user, session=session, answer=authenticator.gets(options), slip=slip)
        assert refusal.value.code == "challenge_not_found"
        assert not Passkey.objects.exists()

    def test_a_challenge_lives_five_minutes(self, user, session, authenticator, time_machine):
        time_machine.move_to(session.created_at, tick=False)
        options, slip = registration_options(user=user, session=session)
        time_machine.shift(301)
        with pytest.raises(Invalid):
            register(user=user, session=session, answer=authenticator.creates(options), slip=slip)

    def test_a_credential_that_somebody_has(self, user, session, stranger, authenticator):
        registers(stranger, session_of(stranger), authenticator)
        with pytest.raises(Conflict) as refusal:
            registers(user, session, authenticator)
        assert refusal.value.code == "previously_registered"
        assert passkeys_of(user) == []
        assert not Mail.objects.filter(template="account/passkey_added", to=user.email).exists()

    def test_a_long_name(self, user, session, authenticator):
        with pytest.raises(Invalid):
            registers(user, session, authenticator, name="x" * 65)
        assert registers(user, session, authenticator, name="x" * 64).name == "x" * 64


class TestSignIn:
    @pytest.fixture(autouse=True)
    def passkey(self, user, session, authenticator):
        return registers(user, session, authenticator)

    def test_options_name_nobody(self):
        options, _ = sign_in_options()
        assert len(options.pop("challenge")) >= 43
        assert options == {
            "rpId": "localhost",
            "timeout": 300_000,
            "allowCredentials": [],
            "userVerification": "required",
        }

    def test_whose_it_is(self, user, passkey, authenticator):
        assert signs_in(authenticator) == SignedIn(user, passkey)
        passkey.refresh_from_db()
        assert passkey.sign_count == 2
        assert passkey.last_used_at is not None
        assert signs_in(authenticator).user == user
        assert noted(Type.PASSKEY_REFUSED) == []

    def test_authenticators_that_do_not_count(self, stranger):
        plain = Authenticator(counts=False)
        registers(stranger, session_of(stranger), plain)
        assert [signs_in(plain).user for _ in range(2)] == [stranger, stranger]

    @pytest.mark.parametrize(
        "spoilt",
        [
            {"origin": "https://evil.example"},
            {"origin": "https://localhost:8000"},
            {"party": "evil.example"},
            {"challenge": base64url(b"another challenge")},
            {"type": "webauthn.create"},
            {"cross_origin": True},
            {"flags": USER_PRESENT},
            {"flags": USER_VERIFIED},
            {"key": ec.generate_private_key(ec.SECP256R1())},
            {"handle": b""},
        ],
        ids=lambda spoilt: next(iter(spoilt)),
    )
    def test_refuses_what_is_spoiled(self, user, passkey, authenticator, spoilt):
        with pytest.raises(Unauthenticated, match="Authentication failed") as refusal:
            signs_in(authenticator, **spoilt)
        assert refusal.value.code == "authentication_failed"
        passkey.refresh_from_db()
        assert passkey.sign_count == 1
        assert [(each[1], each[2]) for each in noted(Type.PASSKEY_REFUSED)] == [(user.email, "medium")]

    @pytest.mark.parametrize("counter", [0, 1])
    def test_a_counter_that_went_back_may_be_a_copy(self, user, authenticator, counter):
        with pytest.raises(Unauthenticated):
            signs_in(authenticator, counter=counter)
        assert noted(Type.PASSKEY_REFUSED) == [
            (
                "passkey_refused",
                user.email,
                "high",
                "Dan's MacBook. Its signature counter went back: the passkey may have been copied",
            )
        ]

    def test_a_forged_counter_alone_raises_no_alarm(self, authenticator):
        with pytest.raises(Unauthenticated):
            signs_in(authenticator, counter=0, key=ec.generate_private_key(ec.SECP256R1()))
        assert [each[2] for each in noted(Type.PASSKEY_REFUSED)] == ["medium"]

    def test_a_replay(self, authenticator):
        options, slip = sign_in_options()
        answer = authenticator.gets(options)
        sign_in_with_passkey(answer=answer, slip=slip)
        with pytest.raises(Invalid) as refusal:
            sign_in_with_passkey(answer=answer, slip=slip)
        assert refusal.value.code == "challenge_not_found"
        with pytest.raises(Invalid):  # a second signature over the spent challenge
            sign_in_with_passkey(answer=authenticator.gets(options), slip=slip)
        _, other = sign_in_options()
        with pytest.raises(Unauthenticated):  # the old answer under a new slip
            sign_in_with_passkey(answer=answer, slip=other)

    def test_no_slip_and_a_registrations(self, user, session, authenticator):
        options, slip = registration_options(user=user, session=session)
        answer = authenticator.gets({"challenge": options["challenge"], "rpId": "localhost"})
        for each in (None, "", "unknown", slip):
            with pytest.raises(Invalid) as refusal:
                sign_in_with_passkey(answer=answer, slip=each)
            assert refusal.value.code == "challenge_not_found"

    def test_another_users_handle(self, stranger, authenticator):
        with pytest.raises(Unauthenticated):
            signs_in(authenticator, handle=bytes(stranger.webauthn_handle))

    def test_an_unknown_credential_with_a_known_handle(self, user, authenticator):
        unknown = Authenticator()
        unknown.handle = bytes(user.webauthn_handle)
        with pytest.raises(Unauthenticated) as refusal:
            signs_in(unknown)
        assert (refusal.value.code, refusal.value.message) == ("authentication_failed", "Authentication failed")
        assert noted(Type.PASSKEY_REFUSED) == []

    def test_an_account_that_is_switched_off(self, user, authenticator):
        user.is_active = False
        user.save()
        with pytest.raises(Unauthenticated):
            signs_in(authenticator)

    @pytest.mark.parametrize("answer", [{}, {"id": 5}, {"id": "x" * 5000}, {"id": "é\ud800"[:1], "response": None}])
    def test_rubbish(self, answer):
        _, slip = sign_in_options()
        with pytest.raises(Unauthenticated):
            sign_in_with_passkey(answer=answer, slip=slip)

    def test_a_known_id_with_rubbish(self, passkey):
        for response in (None, [], {}, {"clientDataJSON": "e30"}, {"userHandle": 7}):
            _, slip = sign_in_options()
            with pytest.raises(Unauthenticated):
                sign_in_with_passkey(answer={"id": passkey.credential_id, "response": response}, slip=slip)


class TestOnesOwn:
    @pytest.fixture(autouse=True)
    def passkey(self, user, session, authenticator):
        return registers(user, session, authenticator)

    def test_renamed(self, user, passkey):
        assert rename_passkey(user=user, passkey_id=str(passkey.uuid), name="  The  grey one ").name == "The grey one"
        for name in ("", "   ", "x" * 65):
            with pytest.raises(Invalid):
                rename_passkey(user=user, passkey_id=passkey.uuid, name=name)
        passkey.refresh_from_db()
        assert passkey.name == "The grey one"

    def test_removed(self, user, session, passkey, authenticator):
        elsewhere = open_session(user=user, style=Session.Style.WEB, client=Client(), device=passkey)
        other = session_of(user)
        remove_passkey(user=user, session=session, passkey_id=passkey.uuid)
        assert passkeys_of(user) == []
        with pytest.raises(Unauthenticated):
            signs_in(authenticator)
        reasons = dict(Session.objects.values_list("pk", "revoke_reason"))
        assert reasons == {session.pk: "", elsewhere.pk: "passkey-removed", other.pk: ""}
        assert noted(Type.PASSKEY_REMOVED) == [("passkey_removed", user.email, "medium", "Dan's MacBook")]
        assert Mail.objects.get(template="account/passkey_removed").context == {"name": "Dan's MacBook"}

    def test_the_session_that_removes_its_own_goes_on(self, user, passkey):
        opened = open_session(user=user, style=Session.Style.WEB, client=Client(), device=passkey)
        remove_passkey(user=user, session=opened, passkey_id=passkey.uuid)
        opened.refresh_from_db()
        assert opened.revoked_at is None

    def test_removing_asks_for_a_fresh_sign_in(self, user, session, passkey):
        session.proven_at -= dt.timedelta(minutes=11)
        with pytest.raises(Forbidden):
            remove_passkey(user=user, session=session, passkey_id=passkey.uuid)
        assert passkeys_of(user) == [passkey]
        remove_passkey(user=user, session=session, passkey_id=passkey.uuid, password=PASSWORD)
        assert passkeys_of(user) == []

    def test_anothers_is_not_there(self, passkey, stranger):
        theirs = session_of(stranger)
        for passkey_id in (passkey.uuid, passkey.pk, "x", ""):
            with pytest.raises(NotFound):
                rename_passkey(user=stranger, passkey_id=passkey_id, name="Mine")
            with pytest.raises(NotFound):
                remove_passkey(user=stranger, session=theirs, passkey_id=passkey_id)
        assert Passkey.objects.get() == passkey


class TestMails:
    @pytest.mark.parametrize(
        ("template", "subject", "sentence"),
        [
            ("account/passkey_added", "A passkey was added to your account", "now signs you in, without a password"),
            ("account/passkey_removed", "A passkey was removed from your account", "signs you in no more"),
        ],
    )
    def test_name_it_and_say_what_to_do(self, user, mailoutbox, template, subject, sentence):
        mail = queue_mail(template=template, to=user.email, user=user, name="Dan's <b>MacBook")
        assert deliver_mail(mail_id=mail.pk)
        [sent] = mailoutbox
        assert (sent.subject, sent.to) == (subject, [user.email])
        [(page, _)] = sent.alternatives
        assert "“Dan's <b>MacBook”" in sent.body
        assert "Dan&#x27;s &lt;b&gt;MacBook" in page
        for text in (sent.body, page):
            assert sentence in text
            assert f"{settings.SITE_URL}/settings/passkeys/" in text
            assert f"{settings.SITE_URL}/account/password/reset/" in text
