import hashlib

import orjson
from django.http import HttpResponseNotModified
from django.utils.http import parse_etags
from django.utils.timezone import now
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.paging import window
from conversations.models import Announcement
from conversations.models.announcements import LONGEST_ANNOUNCED_TITLE, LONGEST_ANNOUNCEMENT
from conversations.queries.announcements import active_announcements, announcements_for_staff
from conversations.verbs.announcements import announce, withdraw

PAGE = 100
SECONDS = 15
"""How long the active ones may be kept by a browser or a proxy."""


class PageIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=PAGE)
    offset = serializers.IntegerField(min_value=0, default=0)


class AnnouncementIn(serializers.Serializer):
    title = Text(max_length=LONGEST_ANNOUNCED_TITLE)
    content = Text(max_length=LONGEST_ANNOUNCEMENT)
    type = serializers.ChoiceField(Announcement.Tone.values, default="info")
    starts_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Now, where it is left out")
    ends_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Until it is deleted, where it is left out"
    )


class AnnouncementOut(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    content = serializers.CharField()
    type = serializers.ChoiceField(Announcement.Tone.values)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ActiveOut(serializers.Serializer):
    announcements = AnnouncementOut(many=True)


class KeptOut(AnnouncementOut):
    active = serializers.BooleanField(help_text="Whether it is shown now")
    created_by = serializers.CharField(allow_null=True)


class AllOut(serializers.Serializer):
    announcements = KeptOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class DeletedOut(serializers.Serializer):
    message = serializers.CharField()


def announcement_out(row):
    moments = {name: iso_z(getattr(row, name)) for name in ("starts_at", "ends_at", "created_at")}
    return {"id": row.pk, "title": row.title, "content": row.content, "type": row.type} | moments


def kept_out(row, moment):
    return announcement_out(row) | {"active": row.is_active_at(moment), "created_by": row.made_by_id}


class ActiveAnnouncements(VezaViewSet):
    """Document veza.txt, GET /announcements/active: for everybody, signed in or not."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @documented(gives=ActiveOut)
    def list(self, request):
        """The newest first. With the ETag of the last answer in If-None-Match, 304 where nothing has changed."""
        told = [announcement_out(row) for row in active_announcements()]
        etag = f'"{hashlib.sha256(orjson.dumps(told)).hexdigest()[:32]}"'
        known = parse_etags(request.headers.get("If-None-Match", ""))
        is_known = "*" in known or etag in [tag.removeprefix("W/") for tag in known]
        answer = HttpResponseNotModified() if is_known else Response({"announcements": told})
        answer.headers["ETag"] = etag
        answer.headers["Cache-Control"] = f"public, max-age={SECONDS}"
        return answer


class Announcements(VezaViewSet):
    """Document veza.txt, "Announcements", for administrators."""

    permission_classes = (IsAdministrator,)
    key_scope = "admin"

    @documented(query=PageIn, gives=AllOut)
    def list(self, request):
        """The newest first, those that are over or to come included."""
        page = window(request.query_params, default=PAGE)
        rows, total = announcements_for_staff(by=request.user, window=page)
        moment = now()
        answer = {"announcements": [kept_out(row, moment) for row in rows], "total": total}
        return Response(answer | {"limit": page.limit, "offset": page.offset})

    @documented(takes=AnnouncementIn, gives=KeptOut, status=201)
    def create(self, request):
        row = announce(by=request.user, **self.given(AnnouncementIn))
        return Response(kept_out(row, now()), status=201)

    @documented(gives=DeletedOut)
    def destroy(self, request, announcement_id):
        withdraw(announcement_id=announcement_id, by=request.user)
        return Response({"message": "Announcement deleted"})
