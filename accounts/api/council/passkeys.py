"""Passkeys as council.txt writes them and as Better Auth's plugin sends them (auth-design.md §5 and §6)."""

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.council.cookies import PASSKEY, drop, open_cookie_session, put
from accounts.api.council.shapes import PasskeyOut, SessionAnswer, passkey_out, session_out, user_out
from accounts.verbs import passkeys
from config.dialects.base import NO_KEYS
from config.dialects.council import BetterAuthViewSet
from config.dialects.fields import Properties, Text
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle
from config.errors import Invalid

BARE = ("id", "rawId", "type", "response")


class AnswerIn(serializers.Serializer):
    """The authenticator's answer as `credential` (council.txt), as `response` (Better Auth's client), or bare."""

    credential = Properties(required=False)
    response = Properties(required=False)
    id = Text(max_length=2048, required=False)
    rawId = Text(max_length=2048, required=False)
    type = Text(max_length=32, required=False)


class RegistrationIn(AnswerIn):
    name = Text(max_length=passkeys.LONGEST_NAME, required=False, allow_blank=True, allow_null=True)


class ChoiceIn(serializers.Serializer):
    authenticatorAttachment = serializers.ChoiceField(["platform", "cross-platform"], required=False)


class ProofIn(ChoiceIn):
    password = Text(max_length=1024, required=False, trim_whitespace=False)
    code = Text(max_length=64, required=False, help_text="Of the second factor")


class AnybodyIn(serializers.Serializer):
    email = Text(max_length=254, required=False, allow_blank=True, help_text="Not looked at: it would tell who exists")


class RemoveIn(serializers.Serializer):
    id = Text(max_length=64)
    password = Text(max_length=1024, required=False, trim_whitespace=False)
    code = Text(max_length=64, required=False, help_text="Of the second factor")


class RenameIn(serializers.Serializer):
    id = Text(max_length=64)
    name = Text(max_length=passkeys.LONGEST_NAME)


class PartyOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()


class AccountOut(serializers.Serializer):
    id = serializers.CharField(help_text="base64url")
    name = serializers.CharField()
    displayName = serializers.CharField()


class CredentialOut(serializers.Serializer):
    id = serializers.CharField(help_text="base64url")
    type = serializers.CharField()
    transports = serializers.ListField(child=serializers.CharField(), required=False)


class CreationOptionsOut(serializers.Serializer):
    """WebAuthn's PublicKeyCredentialCreationOptionsJSON."""

    challenge = serializers.CharField(help_text="base64url")
    rp = PartyOut()
    user = AccountOut()
    pubKeyCredParams = serializers.ListField(child=serializers.DictField())
    timeout = serializers.IntegerField(help_text="milliseconds")
    excludeCredentials = CredentialOut(many=True)
    authenticatorSelection = serializers.DictField()
    attestation = serializers.CharField()


class RequestOptionsOut(serializers.Serializer):
    """WebAuthn's PublicKeyCredentialRequestOptionsJSON."""

    challenge = serializers.CharField(help_text="base64url")
    rpId = serializers.CharField()
    timeout = serializers.IntegerField(help_text="milliseconds")
    allowCredentials = CredentialOut(many=True, help_text="Always empty: the authenticator knows")
    userVerification = serializers.CharField()


class RemovedOut(serializers.Serializer):
    status = serializers.BooleanField()


class RenamedOut(serializers.Serializer):
    passkey = PasskeyOut()


def answer_in(given):
    if "credential" in given:
        return given["credential"]
    if "rawId" in given:
        return {key: given[key] for key in BARE if key in given}
    if "response" in given:
        return given["response"]
    raise Invalid("credential: This field is required.", details={"credential": ["This field is required."]})


class PasskeySignIn(BetterAuthViewSet):
    """Document council.txt, "Authenticate with Passkey"."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(gives=RequestOptionsOut)
    def generate(self, request):
        options, slip = passkeys.sign_in_options()
        return put(Response(options), PASSKEY, slip, passkeys.CHALLENGE_SECONDS)

    @documented(takes=AnybodyIn, gives=RequestOptionsOut)
    def generate_by_post(self, request):
        """As Better Auth's clients up to 1.3 ask."""
        self.given(AnybodyIn)
        return self.generate(request)

    @documented(takes=AnswerIn, gives=SessionAnswer)
    def verify(self, request):
        """Opens the cookie's session, verified: a passkey is two factors."""
        answer = answer_in(self.given(AnswerIn))
        signed_in = passkeys.sign_in_with_passkey(answer=answer, slip=request.COOKIES.get(PASSKEY))
        open_cookie_session(request, signed_in)
        body = {"session": session_out(request._request.session_row), "user": user_out(signed_in.user)}
        return drop(request, Response(body), PASSKEY)


class Passkeys(BetterAuthViewSet):
    """Document council.txt, "Register Passkey", and Better Auth's list of one's own."""

    key_scope = NO_KEYS
    throttle_classes = (AuthThrottle,)

    @documented(query=ChoiceIn, gives=CreationOptionsOut)
    def generate(self, request):
        """403 `SESSION_NOT_FRESH` where the sign-in is older than ten minutes; see POST."""
        return self.begin(request, **self.given(ChoiceIn))

    @documented(takes=ProofIn, gives=CreationOptionsOut)
    def generate_by_post(self, request):
        """Ours: the same with the password or a code, for a session that is not fresh."""
        return self.begin(request, **self.given(ProofIn))

    @staticmethod
    def begin(request, authenticatorAttachment=None, **proof):
        options, slip = passkeys.registration_options(
            user=request.user, session=request.auth, attachment=authenticatorAttachment, **proof
        )
        return put(Response(options), PASSKEY, slip, passkeys.CHALLENGE_SECONDS)

    @documented(takes=RegistrationIn, gives=PasskeyOut)
    def verify(self, request):
        given = self.given(RegistrationIn)
        passkey = passkeys.register(
            user=request.user,
            session=request.auth,
            answer=answer_in(given),
            slip=request.COOKIES.get(PASSKEY),
            name=given.get("name") or "",
        )
        return drop(request, Response(passkey_out(passkey)), PASSKEY)

    @documented(gives=PasskeyOut(many=True))
    def list(self, request):
        return Response([passkey_out(passkey) for passkey in passkeys.passkeys_of(request.user)])

    @documented(takes=RemoveIn, gives=RemovedOut)
    def remove(self, request):
        given = self.given(RemoveIn)
        passkeys.remove_passkey(user=request.user, session=request.auth, passkey_id=given.pop("id"), **given)
        return Response({"status": True})

    @documented(takes=RenameIn, gives=RenamedOut)
    def rename(self, request):
        given = self.given(RenameIn)
        passkey = passkeys.rename_passkey(user=request.user, passkey_id=given["id"], name=given["name"])
        return Response({"passkey": passkey_out(passkey)})
