"""Who may come to an endpoint at all; what they may do there is the verb's rule. Support is staff without being an administrator."""

from rest_framework.permissions import BasePermission


class IsAdministrator(BasePermission):
    def has_permission(self, request, view):
        return request.user.is_authenticated and request.user.is_admin
