"""Making, naming, sharing and removing a project. Source: council.txt, "Projects"."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts.models import User
from config.errors import Forbidden, Invalid, NotFound
from config.ids import parse_id
from conversations.models import Conversation
from council.models import Project, ProjectMember
from council.models.projects import LONGEST_DESCRIPTION, LONGEST_NAME
from ontology.models import ConnectionType, EntityType, EventType
from ontology.verbs.memory import forget, know, link, log, unlink

MOST_MEMBERS = 50
MOST_PROJECTS = 1_000


@transaction.atomic
def create_project(
    *, name: str, description: str = "", is_shared: bool = False, member_ids: Iterable[Any] = (), by: User
) -> Project:
    """A new project of `by`; whom it is shared with reads it while it is shared."""
    if Project.objects.filter(created_by=by).count() >= MOST_PROJECTS:
        raise Invalid(f"One account holds at most {MOST_PROJECTS:,} projects")
    project = Project.objects.create(
        name=checked_name(name), description=checked_description(description), is_shared=is_shared, created_by=by
    )
    remember(project)
    link(from_id=by.pk, to_id=project.pk, type=ConnectionType.OWNS, is_private=True)
    log_change(project, "project_created", by=by)
    set_members(project, member_ids)
    return project


@transaction.atomic
def update_project(
    *,
    project_id: object,
    name: str | None = None,
    description: str | None = None,
    is_shared: bool | None = None,
    member_ids: Iterable[Any] | None = None,
    by: User,
) -> Project:
    """Change what is given; the owner alone may."""
    project = owned(project_id, by=by)
    if name is not None:
        project.name = checked_name(name)
    if description is not None:
        project.description = checked_description(description)
    if is_shared is not None:
        project.is_shared = is_shared
    project.save()
    if member_ids is not None:
        set_members(project, member_ids)
    remember(project)
    log_change(project, "project_updated", by=by)
    return project


@transaction.atomic
def delete_project(*, project_id: object, by: User) -> None:
    """Remove the project; its conversations stay with the people who asked."""
    project = owned(project_id, by=by)
    Conversation.objects.filter(project_id=project.pk).update(project_id=None)
    log_change(project, "project_deleted", by=by)
    forget(id=project.pk)
    project.delete()


def owned(project_id: object, *, by: User) -> Project:
    """The project, its row locked, where `by` owns it; NotFound for strangers, Forbidden for members."""
    key = parse_id(project_id)
    project = Project.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=key).first() if key else None
    if project is None:
        raise NotFound("Project not found")
    if project.created_by_id != by.pk:
        raise Forbidden("Only the owner may change this project")
    return project


def set_members(project: Project, member_ids: Iterable[Any]) -> None:
    """Share with exactly these people; the owner needs no place of their own."""
    wanted = {parse_id(given) for given in member_ids} - {project.created_by_id}
    if len(wanted) > MOST_MEMBERS:
        raise Invalid(f"A project has at most {MOST_MEMBERS} members")
    people = User.objects.filter(pk__in=[key for key in wanted if key is not None], is_active=True)
    known = set(people.values_list("pk", flat=True))
    if known != wanted:
        raise Invalid("Someone you share this project with does not exist")
    present = set(project.memberships.values_list("user_id", flat=True))
    for user_id in present - known:
        unlink(from_id=user_id, to_id=project.pk, type=ConnectionType.MEMBER_OF)
    project.memberships.filter(user_id__in=present - known).delete()
    for user_id in sorted(known - present):
        ProjectMember.objects.create(project=project, user_id=user_id)
        link(from_id=user_id, to_id=project.pk, type=ConnectionType.MEMBER_OF, is_private=True)


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Name is required")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Name has at most {LONGEST_NAME} characters")
    return name


def checked_description(description: str) -> str:
    if len(description) > LONGEST_DESCRIPTION:
        raise Invalid(f"Description has at most {LONGEST_DESCRIPTION:,} characters")
    return description


def remember(project: Project) -> None:
    """The graph has no type for a project; it is a private community of the people who share it."""
    know(
        id=project.pk,
        type=EntityType.COMMUNITY,
        name=project.name,
        owner_id=project.created_by_id,
        properties={"kind": "project", "isShared": project.is_shared},
        is_private=True,
    )


def log_change(project: Project, what: str, *, by: User) -> None:
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=by.pk,
        target_id=project.pk,
        metadata={"what": what, "name": project.name},
        is_private=True,
    )
