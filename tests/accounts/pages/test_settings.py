"""Settings: the frame that all pages share, the profile that follows into the graph, the picture, the sessions."""

import io
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import Session, User
from accounts.verbs.departures import request_departure
from ontology.models import Entity
from ontology.verbs.creators import become_creator
from tests.clients import Caller

pytestmark = pytest.mark.django_db

PAGES = (
    "/settings/",
    "/settings/privacy/",
    "/settings/security/",
    "/settings/two-factor/",
    "/settings/passkeys/",
    "/settings/connections/",
    "/settings/sessions/",
    "/settings/api-keys/",
    "/settings/history/",
    "/settings/subscription/",
)
PROFILE = {"name": "Ada King", "username": "ada.king", "company": "Engines", "bio": "Notes."}


@pytest.fixture
def browser(ada):
    return ada


def upload(content, name="face.png"):
    return {"picture": SimpleUploadedFile(name, content, content_type="image/png")}


def drawing(size=(800, 600), form="PNG", **options):
    file = io.BytesIO()
    Image.new("RGB", size, (180, 90, 40)).save(file, form, **options)
    return file.getvalue()


class TestFrame:
    def test_lists_every_page_and_marks_the_open_one(self, browser):
        for page in PAGES:
            beside = browser.get(page).content.decode().split('class="settings-nav"')[1].split("</nav>")[0]
            listed = re.findall(r'href="(/settings/[^"]*)"( aria-current="page")?>', beside)
            assert {address for address, _ in listed} == set(PAGES)
            assert [address for address, mark in listed if mark] == [page]

    def test_lets_nobody_in_who_is_not_signed_in(self):
        for page in PAGES:
            assert Client().get(page)["Location"] == f"/account/login/?next={page}"

    def test_says_on_every_page_that_the_account_is_leaving(self, browser, user):
        assert "This account will be deleted" not in browser.get("/settings/history/").content.decode()
        request_departure(user=user, by=user)
        for page in PAGES:
            assert "This account will be deleted" in browser.get(page).content.decode()


class TestProfile:
    def test_is_saved_and_known_to_the_graph(self, browser, user):
        answer = browser.post("/settings/", PROFILE)
        assert (answer.status_code, answer["Location"]) == (302, "/settings/")
        saved = User.objects.values("name", "username", "company", "bio").get(pk=user.pk)
        assert saved == PROFILE
        entity = Entity.objects.get(pk=user.pk)
        assert (entity.name, entity.properties) == ("Ada King", {"username": "ada.king", "bio": "Notes."})

    def test_gives_up_a_username(self, browser, user):
        browser.post("/settings/", {**PROFILE, "username": ""})
        assert User.objects.get(pk=user.pk).username is None
        assert Entity.objects.get(pk=user.pk).properties == {"bio": "Notes."}

    def test_keeps_what_was_typed_when_the_name_is_taken(self, browser, stranger):
        User.objects.filter(pk=stranger.pk).update(username="Taken")
        answer = browser.post("/settings/", {**PROFILE, "username": "taken"})
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"username": ["This username is taken"]}
        assert 'value="Ada King"' in answer.content.decode()

    def test_refuses_a_username_that_could_mislead(self, browser, user):
        answer = browser.post("/settings/", {**PROFILE, "username": "a b"})
        assert answer.status_code == 422
        assert User.objects.get(pk=user.pk).username == "ada"


class TestCreator:
    def test_is_undone_in_settings(self, browser, user):
        become_creator(user_id=user.pk)
        assert "Be an audience member again" in browser.get("/settings/").content.decode()
        browser.post("/settings/step-back/")
        assert Entity.objects.get(pk=user.pk).type == "audience_member"
        assert "Be an audience member again" not in browser.get("/settings/").content.decode()

    def test_is_refused_in_words_to_who_is_none(self, browser):
        page = browser.post("/settings/step-back/", follow=True)
        assert "You are an audience member already" in page.content.decode()


class TestPicture:
    def test_is_drawn_anew_and_shown(self, browser, user):
        answer = browser.post("/settings/avatar/", upload(drawing()))
        assert (answer.status_code, answer["Location"]) == (302, "/settings/")
        user.refresh_from_db()
        with Image.open(settings.MEDIA_ROOT / user.image.name) as kept:
            assert (kept.format, kept.size) == ("WEBP", (512, 512))
        assert f'src="{user.avatar_url}"' in browser.get("/settings/").content.decode()

    def test_is_removed(self, browser, user):
        browser.post("/settings/avatar/", upload(drawing()))
        browser.post("/settings/avatar/remove/")
        assert User.objects.get(pk=user.pk).image == ""

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"GIF89a and nothing more", "This is not a picture that can be read. Use JPEG, PNG, WebP or GIF."),
            (b"", "This file is empty."),
            (b"x" * (5 * 1024 * 1024 + 1), "The picture is larger than 5 MB."),
        ],
    )
    def test_is_refused_in_words(self, browser, user, content, sentence):
        answer = browser.post("/settings/avatar/", upload(content))
        assert answer.status_code == 422
        assert answer.context["picture"].errors == {"picture": [sentence]}
        assert User.objects.get(pk=user.pk).image == ""

    def test_is_asked_for_where_none_came(self, browser):
        answer = browser.post("/settings/avatar/")
        assert answer.context["picture"].errors == {"picture": ["Choose a picture first."]}


class TestSessions:
    def test_are_told_with_this_one_first(self, browser, user):
        Caller.signed_in_as(user)
        listed = browser.get("/settings/sessions/").context["sessions"]
        assert [(each["through"], each["is_this"]) for each in listed] == [("These pages", True), ("Veza API", False)]

    def test_ends_another_one(self, browser, user):
        elsewhere = Caller.signed_in_as(user)
        assert elsewhere.get("/api/v1/users/me").status_code == 200
        browser.post(f"/settings/sessions/{elsewhere.session.pk}/end/")
        assert elsewhere.get("/api/v1/users/me").status_code == 401
        assert browser.get("/settings/sessions/").status_code == 200

    def test_ends_all_others(self, browser, user):
        first, second = Caller.signed_in_as(user), Caller.signed_in_as(user)
        browser.post("/settings/sessions/end-others/")
        assert [caller.get("/api/v1/users/me").status_code for caller in (first, second)] == [401, 401]
        assert browser.get("/settings/sessions/").status_code == 200

    def test_ends_nobody_elses(self, browser, stranger):
        theirs = Caller.signed_in_as(stranger)
        browser.post(f"/settings/sessions/{theirs.session.pk}/end/")
        assert Session.objects.get(pk=theirs.session.pk).revoked_at is None

    def test_asks_for_a_post(self, browser):
        assert browser.get("/settings/sessions/end-others/").status_code == 405

    def test_costs_the_same_however_many_there_are(self, browser, user, django_assert_num_queries):
        browser.get("/settings/sessions/")
        Caller.signed_in_as(user)
        with CaptureQueriesContext(connection) as with_two:
            browser.get("/settings/sessions/")
        for _ in range(3):
            Caller.signed_in_as(user)
        with django_assert_num_queries(len(with_two)):
            browser.get("/settings/sessions/")
