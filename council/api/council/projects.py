from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.council import CouncilViewSet
from config.dialects.fields import Text, YesNo
from config.dialects.schema import documented
from config.errors import NotFound
from config.ids import parse_id
from config.paging import keyset, page_of
from council.api.council.shapes import ConversationOut, DoneOut, conversation_out, page_response, project_out
from council.models import Project
from council.queries.deliberations import conversations_of_project
from council.verbs.projects import create_project, delete_project, update_project

MOST = 100


class PageIn(serializers.Serializer):
    cursor = serializers.CharField(required=False, max_length=200)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=MOST)


class ProjectIn(serializers.Serializer):
    name = Text(allow_blank=True, required=False)
    description = Text(allow_blank=True, allow_null=True, required=False, trim_whitespace=False)
    isShared = YesNo(required=False)
    memberIds = serializers.ListField(
        child=Text(max_length=64), required=False, max_length=50, help_text="ours: who reads it while it is shared"
    )


class ProjectOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    createdBy = serializers.CharField()
    isShared = serializers.BooleanField()
    createdAt = serializers.IntegerField(help_text="seconds since 1970")
    updatedAt = serializers.IntegerField(help_text="seconds since 1970")


WORDS = {"name": "name", "description": "description", "isShared": "is_shared", "memberIds": "member_ids"}


class Projects(CouncilViewSet):
    """Document council.txt, "Projects"."""

    @documented(query=PageIn, gives=ProjectOut(many=True))
    def list(self, request):
        """Those of the caller and those shared with them, last changed first."""
        asked = self.given(PageIn)
        rows = Project.objects.visible_to(request.user)
        found = keyset(rows, cursor=asked.get("cursor"), limit=asked["limit"], by="updated_at")
        return page_response(page_of(found, limit=asked["limit"], by="updated_at"), project_out)

    @documented(takes=ProjectIn, gives=ProjectOut, status=201)
    def create(self, request):
        fields = {"name": "", **self.renamed()}
        return Response(project_out(create_project(by=request.user, **fields)), status=201)

    @documented(gives=ProjectOut)
    def retrieve(self, request, project_id):
        key = parse_id(project_id)
        project = Project.objects.visible_to(request.user).filter(pk=key).first() if key else None
        if project is None:
            raise NotFound("Project not found")
        return Response(project_out(project))

    @documented(takes=ProjectIn, gives=ProjectOut)
    def update(self, request, project_id):
        return Response(project_out(update_project(project_id=project_id, by=request.user, **self.renamed())))

    @documented(gives=DoneOut)
    def remove(self, request, project_id):
        delete_project(project_id=project_id, by=request.user)
        return Response({"success": True})

    @documented(query=PageIn, gives=ConversationOut(many=True))
    def conversations(self, request, project_id):
        """What was asked in the project, latest first."""
        asked = self.given(PageIn)
        rows = conversations_of_project(request.user, project_id)
        found = keyset(rows, cursor=asked.get("cursor"), limit=asked["limit"], by="last_message_at")
        return page_response(page_of(found, limit=asked["limit"], by="last_message_at"), conversation_out)

    def renamed(self) -> dict[str, Any]:
        """The body in the verbs' words; an absent description and one that is null are both empty."""
        return {WORDS[name]: "" if value is None else value for name, value in self.given(ProjectIn).items()}
