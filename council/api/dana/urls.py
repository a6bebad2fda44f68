"""Document dana.txt: what administrators see of accounts over all apps."""

from django.urls import path

from council.api.dana.dashboard import Dashboard
from council.api.dana.users import Users

urlpatterns = [
    path("api/admin/dashboard", Dashboard.as_view({"get": "retrieve"})),
    path("api/admin/users", Users.as_view({"get": "list"})),
    path("api/admin/users/<str:user_id>", Users.as_view({"get": "retrieve"})),
]
