"""Routes for tests alone: in each dialect's own prefix a view set that fails in every way there is."""

from django.urls import include, path
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from config.dialects.convex import ConvexViewSet
from config.dialects.council import BetterAuthViewSet, CouncilViewSet
from config.dialects.dana import DanaViewSet
from config.dialects.fields import Text, Whole
from config.dialects.one import OneViewSet
from config.dialects.veza import VezaViewSet
from config.errors import NotFound
from config.ids import parse_id


class ThingIn(Serializer):
    name = Text(max_length=20)
    count = Whole(required=False)


class Probes:
    """`open` anyone may call, `own` the signed-in, `staff` staff; `broken` raises what nobody foresaw."""

    def open(self, request):
        return Response({"name": self.given(ThingIn)["name"]})

    def own(self, request, thing_id=None):
        if thing_id is not None and parse_id(thing_id) is None:
            raise NotFound("Thing not found")
        return Response({"who": str(request.user.pk)})

    def broken(self, request):
        raise RuntimeError("the secret of the inside is /etc/passwd")


def routes(viewset, prefix):
    name = viewset.__name__
    everybody = type(f"Open{name}", (Probes, viewset), {"permission_classes": (AllowAny,)})
    members = type(f"Own{name}", (Probes, viewset), {})
    staff = type(f"Staff{name}", (Probes, viewset), {"permission_classes": (IsAdminUser,)})
    return [
        path(f"{prefix}probe/open", everybody.as_view({"get": "open", "post": "open"})),
        path(f"{prefix}probe/own", members.as_view({"get": "own", "post": "own"})),
        path(f"{prefix}probe/own/<str:thing_id>", members.as_view({"get": "own"})),
        path(f"{prefix}probe/staff", staff.as_view({"get": "own"})),
        path(f"{prefix}probe/broken", everybody.as_view({"get": "broken"})),
    ]


def page_broken(request):
    raise RuntimeError("the secret of the inside is /etc/passwd")


PREFIXES = {
    "one": ("entities/", OneViewSet),
    "veza": ("api/v1/", VezaViewSet),
    "dana": ("api/tasks/", DanaViewSet),
    "council": ("api/projects/", CouncilViewSet),
    "better_auth": ("api/auth/", BetterAuthViewSet),
    "convex": ("api/query/", ConvexViewSet),
}

urlpatterns = [
    *(route for prefix, viewset in PREFIXES.values() for route in routes(viewset, prefix)),
    path("probe/broken/", page_broken),
    path("", include("config.urls")),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
