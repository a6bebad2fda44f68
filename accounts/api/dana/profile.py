from rest_framework import serializers
from rest_framework.response import Response

from accounts.verbs.profiles import update_profile
from config.dialects.dana import DanaViewSet
from config.dialects.fields import Text, YesNo, iso_z
from config.dialects.schema import documented


class ProfileIn(serializers.Serializer):
    company = Text(max_length=150, required=False, allow_blank=True)
    account_setup_complete = YesNo(required=False)


class ProfileOut(serializers.Serializer):
    email = serializers.EmailField()
    company = serializers.CharField()
    account_setup_complete = serializers.BooleanField()
    welcome_email_sent = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProfileAnswer(serializers.Serializer):
    profile = ProfileOut()


class UpdatedAnswer(ProfileAnswer):
    message = serializers.CharField()


def profile_out(user):
    return {
        "email": user.email,
        "company": user.company,
        "account_setup_complete": user.account_setup_complete,
        "welcome_email_sent": user.welcome_email_sent,
        "created_at": iso_z(user.created_at),
        "updated_at": iso_z(user.updated_at),
    }


class Profile(DanaViewSet):
    """Document dana.txt, "User Profile"."""

    @documented(gives=ProfileAnswer)
    def retrieve(self, request):
        return Response({"profile": profile_out(request.user)})

    @documented(takes=ProfileIn, gives=UpdatedAnswer)
    def update(self, request):
        """What is given changes, the rest stays."""
        user = update_profile(user=request.user, **self.given(ProfileIn))
        return Response({"message": "Profile updated successfully", "profile": profile_out(user)})
