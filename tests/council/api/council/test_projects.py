"""Projects: five documented endpoints and the list of conversations."""

import pytest

from conversations.models import Conversation
from council.models import Project
from council.verbs.sittings import deliberate
from ontology.models import Connection, Entity, Event
from tests.clients import Caller
from tests.factories.council import DeliberationFactory, ProjectFactory
from tests.fakes.language_model import ScriptedModel

pytestmark = pytest.mark.django_db
UNKNOWN = "01930000-0000-7000-8000-000000000009"


def spelt(project):
    return {
        "id": str(project.pk),
        "name": project.name,
        "description": project.description,
        "createdBy": str(project.created_by_id),
        "isShared": project.is_shared,
        "createdAt": int(project.created_at.timestamp()),
        "updatedAt": int(project.updated_at.timestamp()),
    }


class TestCreate:
    def test_makes_a_project_and_remembers_it_in_the_graph(self, caller, user):
        response = caller.post(
            "/api/projects", {"name": " Home  Purchase ", "description": "Buy or rent", "isShared": True}
        )

        project = Project.objects.get()
        assert (response.status_code, response.json()) == (201, spelt(project))
        assert (project.name, project.description, project.is_shared, project.created_by) == (
            "Home Purchase",
            "Buy or rent",
            True,
            user,
        )
        entity = Entity.objects.get(pk=project.pk)
        assert (entity.type, entity.name, entity.owner, entity.is_private) == ("community", "Home Purchase", user, True)
        assert Connection.objects.filter(from_entity=user.pk, to_entity=project.pk, relationship_type="owns").exists()
        assert Event.objects.filter(target=project.pk, actor=user.pk, is_private=True).count() == 1

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({}, "Name is required"),
            ({"name": "  "}, "Name is required"),
            ({"name": "x" * 201}, "Name has at most 200 characters"),
            ({"name": 5}, "name: Not a valid string."),
            ({"name": "A", "description": "x" * 5_001}, "Description has at most 5,000 characters"),
            ({"name": "A", "isShared": "yes"}, "isShared: Must be a valid boolean."),
            ({"name": "A", "memberIds": [UNKNOWN]}, "Someone you share this project with does not exist"),
            ([], "The body must be an object"),
        ],
    )
    def test_refuses_bad_input(self, caller, body, error):
        response = caller.post("/api/projects", body)

        assert (response.status_code, response.json()) == (400, {"error": error})
        assert not Project.objects.exists()


class TestList:
    def test_gives_own_and_shared_ones_newest_first_and_no_others(self, caller, user, stranger):
        own = ProjectFactory(by=user)
        shared = ProjectFactory(by=stranger, is_shared=True, member_ids=[str(user.pk)])
        ProjectFactory(by=stranger, is_shared=False, member_ids=[str(user.pk)])
        ProjectFactory(by=stranger, is_shared=True)

        response = caller.get("/api/projects")

        assert (response.status_code, response.json()) == (200, [spelt(shared), spelt(own)])

    def test_offers_a_further_page(self, caller, user):
        projects = [ProjectFactory(by=user) for _ in range(3)]

        first = caller.get("/api/projects", limit=2)
        second = caller.get("/api/projects", limit=2, cursor=first.headers["X-Next-Cursor"])

        assert [row["id"] for row in (*first.json(), *second.json())] == [str(p.pk) for p in reversed(projects)]
        assert "X-Next-Cursor" not in second.headers

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": "x"}, {"cursor": "???"}])
    def test_refuses_a_bad_window(self, caller, query):
        assert caller.get("/api/projects", **query).status_code == 400

    def test_counts_the_same_queries_for_one_and_three(self, caller, user, django_assert_max_num_queries):
        ProjectFactory(by=user)
        caller.get("/api/projects")
        with django_assert_max_num_queries(3):
            caller.get("/api/projects")
        ProjectFactory(by=user)
        ProjectFactory(by=user)
        with django_assert_max_num_queries(3):
            assert len(caller.get("/api/projects").json()) == 3


class TestRetrieve:
    def test_gives_it(self, caller, user):
        project = ProjectFactory(by=user)

        assert caller.get(f"/api/projects/{project.pk}").json() == spelt(project)


class TestUpdate:
    def test_changes_what_is_given(self, caller, user):
        project = ProjectFactory(by=user, description="Old", is_shared=True)

        response = caller.put(f"/api/projects/{project.pk}", {"name": "New"})

        project.refresh_from_db()
        assert (response.status_code, response.json()) == (200, spelt(project))
        assert (project.name, project.description, project.is_shared) == ("New", "Old", True)
        assert Entity.objects.get(pk=project.pk).name == "New"

    def test_shares_with_exactly_the_named_people(self, caller, user, stranger, staff):
        project = ProjectFactory(by=user, member_ids=[str(stranger.pk)])

        caller.put(f"/api/projects/{project.pk}", {"memberIds": [str(staff.pk), str(user.pk)]})

        assert list(project.members.all()) == [staff]
        members = Connection.objects.filter(to_entity=project.pk, relationship_type="member_of", deleted_at=None)
        assert list(members.values_list("from_entity", flat=True)) == [staff.pk]

    def test_a_null_description_is_empty(self, caller, user):
        project = ProjectFactory(by=user, description="Old")

        assert caller.put(f"/api/projects/{project.pk}", {"description": None}).json()["description"] == ""


class TestRemove:
    def test_removes_it_and_leaves_the_conversations_to_who_asked(self, caller, user):
        project = ProjectFactory(by=user)
        deliberation = DeliberationFactory(by=user, project_id=str(project.pk))

        response = caller.delete(f"/api/projects/{project.pk}")

        assert (response.status_code, response.json()) == (200, {"success": True})
        assert not Project.objects.exists()
        assert Conversation.objects.get(pk=deliberation.conversation_id).project_id is None
        assert Entity.objects.get(pk=project.pk).deleted_at is not None


class TestConversations:
    def test_lists_them_latest_first(self, caller, user):
        project = ProjectFactory(by=user)
        older, newer = (
            DeliberationFactory(by=user, question=f"Question {n}?", project_id=str(project.pk)) for n in (1, 2)
        )
        DeliberationFactory(by=user)

        response = caller.get(f"/api/projects/{project.pk}/conversations")

        assert [(row["id"], row["title"], row["projectId"], row["mode"]) for row in response.json()] == [
            (str(newer.conversation_id), "Question 2?", str(project.pk), "brain-trust"),
            (str(older.conversation_id), "Question 1?", str(project.pk), "brain-trust"),
        ]

    def test_members_read_them(self, user, stranger):
        project = ProjectFactory(by=user, is_shared=True, member_ids=[str(stranger.pk)])
        deliberation = DeliberationFactory(by=user, project_id=str(project.pk))
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())

        rows = Caller.signed_in_as(stranger).get(f"/api/projects/{project.pk}/conversations").json()

        assert [row["id"] for row in rows] == [str(deliberation.conversation_id)]


class TestWhoMay:
    CALLS = [("get", ""), ("put", ""), ("delete", ""), ("get", "/conversations")]

    @pytest.mark.parametrize(("method", "tail"), CALLS)
    def test_strangers_and_the_anonymous_may_not(self, method, tail, user, stranger, anonymous):
        path = f"/api/projects/{ProjectFactory(by=user).pk}{tail}"

        hidden = getattr(Caller.signed_in_as(stranger), method)(path)
        refused = getattr(anonymous, method)(path)

        assert (hidden.status_code, hidden.json()) == (404, {"error": "Project not found"})
        assert (refused.status_code, refused.json()) == (401, {"error": "Unauthorized"})

    @pytest.mark.parametrize(("method", "tail"), CALLS)
    @pytest.mark.parametrize("unknown", [UNKNOWN, "proj_abc123"])
    def test_an_unknown_one_is_not_found(self, caller, method, tail, unknown):
        response = getattr(caller, method)(f"/api/projects/{unknown}{tail}")

        assert (response.status_code, response.json()) == (404, {"error": "Project not found"})

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_members_do_not_change_it(self, method, user, stranger):
        project = ProjectFactory(by=user, is_shared=True, member_ids=[str(stranger.pk)])

        response = getattr(Caller.signed_in_as(stranger), method)(f"/api/projects/{project.pk}", {"name": "Mine"})

        assert (response.status_code, response.json()) == (403, {"error": "Only the owner may change this project"})

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_the_list_needs_a_credential(self, anonymous, db, method):
        assert getattr(anonymous, method)("/api/projects").status_code == 401
