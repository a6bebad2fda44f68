"""Settings, privacy and data: a choice, a copy with its progress, and leaving with time to call it off."""

import uuid

import pytest

from accounts.models import DataExport, Departure, PrivacyChoice
from accounts.verbs.exports import assemble_export, request_export

pytestmark = pytest.mark.django_db

PAGE = "/settings/privacy/"


class TestChoice:
    def test_is_kept_and_taken_back(self, ada, user):
        ada.post(f"{PAGE}choice/", {"do_not_sell": "on"})
        assert PrivacyChoice.objects.get(user=user).do_not_sell is True
        assert 'name="do_not_sell" checked' in ada.get(PAGE).content.decode()
        ada.post(f"{PAGE}choice/")
        assert PrivacyChoice.objects.get(user=user).do_not_sell is False

    def test_hears_the_browser(self, ada):
        assert "Global Privacy Control" in ada.get(PAGE, headers={"Sec-GPC": "1"}).content.decode()


class TestCopy:
    def test_is_asked_for_and_says_how_far_it_is(self, ada, user):
        ada.post(f"{PAGE}exports/ask/")
        DataExport.objects.update(status="running", done=3, total=12)
        part = ada.get(f"{PAGE}exports/").content.decode()
        assert '<progress aria-label="Your copy is being made" value="3" max="12">' in part
        assert 'hx-trigger="every 2s"' in part
        assert "<html" not in part
        assert "Ask for a copy" not in ada.get(PAGE).content.decode()

    def test_is_fetched_by_a_link_after_a_proof(self, ada, user, long_ago):
        export = request_export(user=user)
        assert assemble_export(export_id=export.pk)
        part = ada.get(f"{PAGE}exports/").content.decode()
        assert ("every 2s" in part, f'href="{PAGE}exports/{export.pk}/"' in part) == (False, True)
        link = ada.get(f"{PAGE}exports/{export.pk}/")["Location"]
        assert "/exports/" in link
        long_ago()
        answer = ada.get(f"{PAGE}exports/{export.pk}/")
        assert answer["Location"] == f"/account/confirm/?next=%2Fsettings%2Fprivacy%2Fexports%2F{export.pk}%2F"

    def test_of_others_is_hidden(self, ada, stranger):
        export = request_export(user=stranger)
        for address in (export.pk, uuid.uuid4()):
            assert ada.get(f"{PAGE}exports/{address}/").status_code == 404

    def test_says_where_one_is_gone(self, ada, user):
        export = request_export(user=user)
        DataExport.objects.update(status="expired")
        page = ada.get(f"{PAGE}exports/{export.pk}/", follow=True)
        assert "That copy is there no more. Ask for a new one." in page.content.decode()
        assert "Expired" in page.content.decode()


class TestLeaving:
    def test_is_explained_asked_for_and_called_off(self, ada, user):
        assert "tax law has us keep them for ten years" in ada.get(f"{PAGE}leave/").content.decode()
        ada.post(f"{PAGE}leave/")
        departure = Departure.objects.get(user=user)
        assert "This account is leaving" in ada.get(PAGE).content.decode()
        assert ada.get(f"{PAGE}leave/")["Location"] == PAGE
        ada.post(f"{PAGE}stay/")
        departure.refresh_from_db()
        assert departure.cancelled_at is not None

    def test_needs_a_proof(self, ada, long_ago):
        long_ago()
        answer = ada.post(f"{PAGE}leave/")
        assert answer["Location"] == "/account/confirm/?next=%2Fsettings%2Fprivacy%2F"
        assert not Departure.objects.exists()

    def test_says_where_there_is_nothing_to_call_off(self, ada):
        page = ada.post(f"{PAGE}stay/", follow=True)
        assert "There is no deletion that could be called off" in page.content.decode()

    def test_says_why_the_last_super_admin_stays(self, settings_of, staff):
        page = settings_of(staff).post(f"{PAGE}leave/", follow=True)
        assert page.status_code == 200
        assert not Departure.objects.exists()
