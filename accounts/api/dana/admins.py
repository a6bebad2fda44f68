from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from accounts.verbs.staff import ROLES, appoint, change_role, dismiss, find_member, staff_members
from config.dialects.base import NO_KEYS
from config.dialects.dana import DanaViewSet
from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented


class RoleIn(serializers.Serializer):
    role = serializers.ChoiceField(ROLES)


class AdminIn(RoleIn):
    user_id = Text(max_length=64)
    email = Text(max_length=254, required=False)
    username = Text(max_length=64, required=False)


class AdminOut(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField()
    email = serializers.EmailField()
    username = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    created_at = serializers.DateTimeField()


class ChangedAdminOut(AdminOut):
    updated_at = serializers.DateTimeField()


class AdminsAnswer(serializers.Serializer):
    admins = AdminOut(many=True)


class MessageAnswer(serializers.Serializer):
    message = serializers.CharField()


class CreatedAnswer(MessageAnswer):
    admin = AdminOut()


class ChangedAnswer(MessageAnswer):
    admin = ChangedAdminOut()


def admin_out(member):
    user = member.user
    return {
        "id": member.pk,
        "user_id": user.pk,
        "email": user.email,
        "username": user.username or "",
        "role": user.role,
        "created_at": iso_z(member.created_at),
    }


class Admins(DanaViewSet):
    """Document dana.txt, "Admin Users"."""

    permission_classes = (IsAdministrator,)

    @property
    def key_scope(self):  # type: ignore[override]  # two scopes at one address
        """A program may read who the administrators are; making one is for people alone."""
        return "admin" if self.request.method == "GET" else NO_KEYS

    @documented(gives=AdminsAnswer)
    def list(self, request):
        return Response({"admins": [admin_out(member) for member in staff_members(by=request.user)]})

    @documented(takes=AdminIn, gives=CreatedAnswer, status=201)
    def create(self, request):
        """`user_id` names the account; `email` and `username`, where given, must be that account's."""
        made = appoint(by=request.user, **self.given(AdminIn))
        return Response({"message": "Admin user created successfully", "admin": admin_out(made)}, status=201)

    @documented(gives=MessageAnswer)
    def destroy(self, request, admin_id):
        dismiss(user_id=find_member(member_id=admin_id, by=request.user).user_id, by=request.user)
        return Response({"message": "Admin user deleted successfully"})

    @documented(takes=RoleIn, gives=ChangedAnswer)
    def change(self, request, admin_id):
        member = find_member(member_id=admin_id, by=request.user)
        changed = change_role(user_id=member.user_id, by=request.user, **self.given(RoleIn))
        answer = admin_out(changed) | {"updated_at": iso_z(changed.updated_at)}
        return Response({"message": "Admin role updated successfully", "admin": answer})
