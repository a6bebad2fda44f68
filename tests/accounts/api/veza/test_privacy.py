"""Document veza.txt, POST /users/me/export and "CCPA / Sec-GPC"; decisions.md §5 for the lists."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import DataExport, PrivacyChoice
from accounts.verbs.exports import assemble_export
from config.personal_data import chapters
from tests.clients import Caller

pytestmark = pytest.mark.django_db

EXPORT, EXPORTS = "/api/v1/users/me/export", "/api/v1/users/me/exports"
PRIVACY, OPT_OUT = "/api/v1/users/me/privacy", "/api/v1/users/me/privacy/opt-out"
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


class TestExport:
    def test_is_accepted_and_runs_later(self, user):
        with time_machine.travel(MOMENT, tick=False):
            answer = Caller.signed_in_as(user).post(EXPORT)

        export = DataExport.objects.get()
        assert (answer.status_code, answer.json()) == (
            202,
            {
                "success": True,
                "data": {
                    "id": str(export.pk),
                    "status": "queued",
                    "progress": {"done": 0, "total": len(chapters())},
                    "size_bytes": 0,
                    "sha256": "",
                    "created_at": "2026-03-04T05:06:07.000Z",
                    "finished_at": None,
                    "expires_at": None,
                    "download_url": None,
                },
            },
        )

    def test_asked_twice_is_one(self, caller):
        first, again = caller.post(EXPORT), caller.post(EXPORT)

        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json() == again.json()

    def test_is_listed_with_its_link(self, user, stranger):
        with time_machine.travel(MOMENT, tick=False):
            caller = Caller.signed_in_as(user)
            caller.post(EXPORT)
            assemble_export(export_id=DataExport.objects.get().pk)
            Caller.signed_in_as(stranger).post(EXPORT)
            (listed,) = caller.get(EXPORTS).json()["data"]["exports"]
            fetched = Client().get(listed["download_url"].removeprefix("http://localhost:8000"))
        export = DataExport.objects.get(user=user)

        assert listed == {
            "id": str(export.pk),
            "status": "ready",
            "progress": {"done": len(chapters()), "total": len(chapters())},
            "size_bytes": export.size_bytes,
            "sha256": export.sha256,
            "created_at": "2026-03-04T05:06:07.000Z",
            "finished_at": "2026-03-04T05:06:07.000Z",
            "expires_at": "2026-03-11T05:06:07.000Z",
            "download_url": listed["download_url"],
        }
        assert listed["download_url"].startswith("http://localhost:8000/exports/")
        assert (fetched.status_code, len(fetched.getvalue())) == (200, export.size_bytes)

    def test_lists_in_a_constant_number_of_queries(self, user, django_assert_num_queries):
        caller = Caller.signed_in_as(user)
        DataExport.objects.create(user=user, status="failed")
        caller.get(EXPORTS)  # whether the house is closed is asked once in a while
        with django_assert_num_queries(2):
            caller.get(EXPORTS)
        DataExport.objects.create(user=user, status="failed")
        DataExport.objects.create(user=user, status="expired")
        with django_assert_num_queries(2):
            assert len(caller.get(EXPORTS).json()["data"]["exports"]) == 3


class TestPrivacy:
    def test_nothing_chosen_objects_to_nothing(self, caller):
        assert caller.get(PRIVACY).json()["data"] == {
            "do_not_sell": False,
            "changed_at": None,
            "global_privacy_control": False,
            "applies": False,
        }

    def test_opting_out_is_kept(self, user):
        with time_machine.travel(MOMENT, tick=False):
            caller = Caller.signed_in_as(user)
            answer = caller.post(OPT_OUT, {"do_not_sell": True})
            asked = caller.get(PRIVACY)

        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "data": {
                    "do_not_sell": True,
                    "changed_at": "2026-03-04T05:06:07.000Z",
                    "global_privacy_control": False,
                    "applies": True,
                },
            },
        )
        assert asked.json() == answer.json()

    def test_may_be_taken_back(self, user, caller):
        caller.post(OPT_OUT, {"do_not_sell": True})
        caller.post(OPT_OUT, {"do_not_sell": False})

        assert PrivacyChoice.objects.values("user", "do_not_sell").get() == {"user": user.pk, "do_not_sell": False}

    @pytest.mark.parametrize("body", [{}, {"do_not_sell": "yes"}, {"do_not_sell": 1}, {"do_not_sell": None}, []])
    def test_refuses_what_is_no_yes_or_no(self, caller, body):
        answer = caller.post(OPT_OUT, body)

        assert (answer.status_code, answer.json()["success"]) == (400, False)
        assert not PrivacyChoice.objects.exists()

    def test_the_signal_counts_likewise(self, user):
        answer = Caller.signed_in_as(user).client.get(PRIVACY, headers={"Sec-GPC": "1"})

        assert answer.headers["GPC"] == "1"
        assert (answer.json()["data"]["global_privacy_control"], answer.json()["data"]["applies"]) == (True, True)


class TestDoors:
    @pytest.mark.parametrize(
        ("method", "path"), [("post", EXPORT), ("get", EXPORTS), ("get", PRIVACY), ("post", OPT_OUT)]
    )
    def test_ask_who_it_is(self, anonymous, method, path):
        assert getattr(anonymous, method)(path).status_code == 401

    def test_take_no_other_method(self, caller):
        assert [caller.get(EXPORT).status_code, caller.post(EXPORTS).status_code] == [405, 405]
