from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.veza.auth import UserOut, user_out
from accounts.verbs.profiles import update_profile
from accounts.verbs.two_factor import second_factor_enabled
from accounts.verbs.verification import is_email_verified
from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet


class MeIn(serializers.Serializer):
    username = Text(max_length=64, required=False, allow_blank=True, help_text="Empty removes it")
    name = Text(max_length=150, required=False)
    company = Text(max_length=150, required=False, allow_blank=True)
    bio = Text(max_length=2000, required=False, allow_blank=True)


class MeOut(UserOut):
    name = serializers.CharField()
    company = serializers.CharField()
    bio = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    role = serializers.CharField()
    email_verified = serializers.BooleanField()
    two_factor_enabled = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


def me_out(user):
    return {
        **user_out(user),
        "name": user.display_name,
        "company": user.company,
        "bio": user.bio,
        "image": user.image.url if user.image else None,
        "role": user.role or "user",
        "email_verified": is_email_verified(user),
        "two_factor_enabled": second_factor_enabled(user),
        "created_at": iso_z(user.created_at),
        "updated_at": iso_z(user.updated_at),
    }


class Me(VezaViewSet):
    """The current user (decisions.md §5)."""

    @documented(gives=MeOut)
    def retrieve(self, request):
        return Response(me_out(request.user))

    @documented(takes=MeIn, gives=MeOut)
    def update(self, request):
        """What is given changes, the rest stays. Address and password have their own ways."""
        return Response(me_out(update_profile(user=request.user, **self.given(MeIn))))
