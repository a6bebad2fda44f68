"""Users, sessions and passkeys as Better Auth writes them. Its client turns ISO moments with milliseconds and Z into dates."""

import base64

from rest_framework import serializers

from config.dialects.fields import iso_z


class UserOut(serializers.Serializer):
    id = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    emailVerified = serializers.BooleanField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class TokenOut(serializers.Serializer):
    token = serializers.CharField(allow_null=True, help_text="Always null: the cookie alone carries the session")
    user = UserOut()


class SessionOut(serializers.Serializer):
    id = serializers.CharField()
    userId = serializers.CharField()
    expiresAt = serializers.DateTimeField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    ipAddress = serializers.CharField(allow_null=True)
    userAgent = serializers.CharField()


class SessionAnswer(serializers.Serializer):
    session = SessionOut()
    user = UserOut()


class PasskeyOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    userId = serializers.CharField()
    credentialID = serializers.CharField(help_text="base64url")
    publicKey = serializers.CharField(help_text="COSE, in base64")
    counter = serializers.IntegerField()
    deviceType = serializers.ChoiceField(["singleDevice", "multiDevice"])
    backedUp = serializers.BooleanField()
    transports = serializers.CharField(help_text="separated by commas")
    aaguid = serializers.CharField()
    createdAt = serializers.DateTimeField()


def user_out(user):
    verified = user.emailaddress_set.filter(email=user.email, verified=True).exists()
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.display_name,
        "image": user.image.url if user.image else None,
        "emailVerified": verified,
        "createdAt": iso_z(user.created_at),
        "updatedAt": iso_z(user.updated_at),
    }


def session_out(session):
    return {
        "id": session.pk,
        "userId": session.user_id,
        "expiresAt": iso_z(session.expires_at),
        "createdAt": iso_z(session.created_at),
        "updatedAt": iso_z(session.last_seen_at),
        "ipAddress": session.ip,
        "userAgent": session.user_agent,
    }


def passkey_out(passkey):
    return {
        "id": passkey.uuid,
        "name": passkey.name,
        "userId": passkey.user_id,
        "credentialID": passkey.credential_id,
        "publicKey": base64.b64encode(bytes(passkey.public_key)).decode(),
        "counter": passkey.sign_count,
        "deviceType": passkey.device_type,
        "backedUp": passkey.backed_up,
        "transports": ",".join(passkey.transports),
        "aaguid": passkey.aaguid,
        "createdAt": iso_z(passkey.created_at),
    }
