"""The examples of veza.txt for moderation, announcements and feature flags, replayed: status, envelope and keys."""

import pytest

from tests.clients import Caller
from tests.factories.social import track_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(staff):
    return Caller.signed_in_as(staff)


def data_of(response, status=200):
    assert response.status_code == status
    body = response.json()
    assert body.keys() == {"success", "data"}
    assert body["success"] is True
    return body["data"]


class TestModeration:
    """Document veza.txt, "Moderation (v0.803)"."""

    @pytest.mark.parametrize("action", ["resolve", "dismiss", "ban", "warn"])
    def test_from_the_report_to_its_end(self, caller, office, stranger, action):
        track = track_of(stranger)
        made = data_of(
            caller.post("/api/v1/reports", {"content_type": "track", "content_id": str(track.pk), "reason": "..."}), 201
        )
        for status, count in (("pending", 1), ("resolved", 0), ("dismissed", 0), ("all", 1)):
            listed = data_of(office.get("/api/v1/admin/reports", status=status, limit=20, offset=0))
            assert (len(listed["reports"]), listed["total"]) == (count, count)

        closed = data_of(office.post(f"/api/v1/admin/reports/{made['id']}/resolve", {"action": action}))
        assert (closed["id"], closed["status"]) == (made["id"], "dismissed" if action == "dismiss" else "resolved")

    @pytest.mark.parametrize("kind", ["user", "track", "comment"])
    def test_every_kind_of_the_document_is_one(self, caller, kind):
        unknown = {"content_type": kind, "content_id": "01a0a0a0-0000-7000-8000-000000000000", "reason": "..."}
        answer = caller.post("/api/v1/reports", unknown)
        assert (answer.status_code, answer.json().keys()) == (404, {"success", "error", "code"})


class TestAnnouncements:
    """Document veza.txt, "Announcements (v0.803)"."""

    @pytest.mark.parametrize("kind", ["info", "warning", "error"])
    def test_from_the_first_word_to_the_last(self, anonymous, office, kind):
        body = {"title": "...", "content": "...", "type": kind}
        made = data_of(office.post("/api/v1/admin/announcements", body), 201)
        assert {name: made[name] for name in body} == body
        assert [row["id"] for row in data_of(office.get("/api/v1/admin/announcements"))["announcements"]] == [
            made["id"]
        ]
        active = data_of(anonymous.get("/api/v1/announcements/active"))["announcements"]
        assert [{name: row[name] for name in ("id", *body)} for row in active] == [{"id": made["id"], **body}]
        data_of(office.delete(f"/api/v1/admin/announcements/{made['id']}"))
        assert data_of(office.get("/api/v1/admin/announcements"))["announcements"] == []


class TestFeatureFlags:
    """Document veza.txt, "Feature Flags (v0.803)"."""

    @pytest.mark.parametrize("enabled", [True, False])
    def test_toggle_and_list(self, office, enabled):
        switched = data_of(office.put("/api/v1/admin/feature-flags/beta_search", {"enabled": enabled}))
        assert (switched["name"], switched["enabled"]) == ("beta_search", enabled)
        assert data_of(office.get("/api/v1/admin/feature-flags"))["feature_flags"] == [switched]
