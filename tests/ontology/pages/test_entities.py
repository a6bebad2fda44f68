"""What the owner of an entity does on its pages: make, change, archive, delete, tag and connect, and what nobody else may."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import Connection, Entity, Event, Tag
from ontology.pages.entity_forms import NO_CHOICE, NO_JSON, NO_NAME, NO_NUMBER, NOTHING, TWICE
from ontology.verbs.connections import create_connection
from ontology.verbs.entities import create_entity
from ontology.verbs.memory import know, link
from ontology.verbs.tags import create_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def token(user):
    return create_entity(
        type="token", name="Tide", properties={"price": 2, "blockchain": "Sui", "colour": "blue"}, by=user
    )


def sent(*rows, had=(), **more):
    """What the editor sends: `rows` are (name, kind, value)."""
    names, kinds, values = zip(*rows, strict=True) if rows else ((), (), ())
    form = {"name": "Tide", "status": "active"} | more
    return {**form, "had": list(had), "row-name": names, "row-kind": kinds, "row-value": values}


class TestMake:
    def test_asks_for_a_type_first(self, browser):
        answer = browser.get("/graph/new/")
        assert [family["name"] for family in answer.context["families"]][:2] == ["Core", "Business agents"]
        assert sum(len(family["types"]) for family in answer.context["families"]) == 50

    def test_makes_what_was_said(self, browser, user):
        rows = (
            ("colour", "text", "sea\r\ngreen"), ("weight", "number", "2.5"), ("isOpen", "choice", "yes"),
            ("parts", "json", '["reed", {"n": 1}]'), ("", "text", ""),
        )  # fmt: skip
        typed = {"known-price": "12", "known-blockchain": "Sui", "known-totalSupply": ""}
        answer = browser.post("/graph/new/?type=token", sent(*rows, **typed, status="draft"))

        made = Entity.objects.get(type="token")
        assert (answer.status_code, answer["Location"]) == (302, f"/graph/{made.pk}/")
        assert (made.name, made.status, made.owner) == ("Tide", "draft", user)
        assert made.properties == {
            "price": 12, "blockchain": "Sui", "colour": "sea\ngreen", "weight": 2.5, "isOpen": True,
            "parts": ["reed", {"n": 1}],
        }  # fmt: skip

    def test_takes_lists_one_a_line(self, browser):
        browser.post(
            "/graph/new/?type=ai_clone", sent(**{"known-niche": " sea \r\n\r\nharbour", "known-email": "a@b.c"})
        )
        assert Entity.objects.get(type="ai_clone").properties == {"niche": ["sea", "harbour"], "email": "a@b.c"}

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            (("", "text", "blue"), NO_NAME),
            (("n", "number", "much"), NO_NUMBER),
            (("n", "number", "true"), NO_NUMBER),
            (("n", "number", "NaN"), NO_NUMBER),
            (("n", "number", ""), NO_NUMBER),
            (("n", "choice", "maybe"), NO_CHOICE),
            (("n", "json", "{"), NO_JSON),
            (("n", "json", "[" * 3000 + "]" * 3000), NO_JSON),
            (("n", "json", "null"), NOTHING),
            (("n", "json", '"\\u0000"'), "A value holds no control characters."),
            (("n", "text", "\0"), "A value holds no control characters."),
            (("\0", "text", "x"), "A name holds no control characters."),
            (("n" * 201, "text", "x"), "A name has at most 200 letters."),
            (("n", "text", "x" * 60_001), "A value has at most 60,000 letters."),
        ],
    )
    def test_refuses_with_a_sentence_and_keeps_what_was_typed(self, browser, row, sentence):
        answer = browser.post("/graph/new/?type=lead", sent(("kept", "text", "as it was"), row))
        assert (answer.status_code, Entity.objects.filter(type="lead").count()) == (422, 0)
        shown = answer.context["form"].rows
        assert [(each["name"], each["errors"]) for each in shown] == [("kept", []), (row[0], [sentence])]
        assert [each["value"] for each in shown] == ["as it was", row[2]]
        assert answer.context["form"]["name"].value() == "Tide"

    def test_refuses_the_same_name_twice(self, browser):
        answer = browser.post("/graph/new/?type=token", sent(("price", "text", "1"), **{"known-price": "2"}))
        assert [row["errors"] for row in answer.context["form"].rows] == [[TWICE]]

    def test_refuses_a_wrong_number_of_a_known_field(self, browser):
        answer = browser.post("/graph/new/?type=token", sent(**{"known-price": "a lot"}))
        assert answer.context["form"].errors == {"known-price": [NO_NUMBER]}

    def test_refuses_more_than_fits(self, browser):
        rows = [(str(n), "text", "x" * 30_000) for n in range(3)]
        answer = browser.post("/graph/new/?type=lead", sent(*rows))
        assert answer.context["form"].non_field_errors() == [
            "The properties together are more than 64 KiB. Take some away."
        ]

    def test_rows_come_and_go_without_losing_anything(self, browser):
        typed = sent(("a", "text", "1"), ("b", "json", "{"), name="")
        more = browser.post("/graph/new/?type=lead", typed | {"act": "add"})
        assert (more.status_code, [row["name"] for row in more.context["form"].rows]) == (200, ["a", "b", ""])
        fewer = browser.post("/graph/new/?type=lead", typed | {"take": "0"})
        assert [(row["name"], row["value"], row["errors"]) for row in fewer.context["form"].rows] == [("b", "{", [])]
        assert (fewer.context["form"].errors, Entity.objects.filter(type="lead").count()) == ({}, 0)

    @pytest.mark.parametrize("take", ["9", "-1", "x", "²"])
    def test_a_row_that_is_not_there_is_not_taken(self, browser, take):
        assert browser.post("/graph/new/?type=lead", sent(("a", "number", "x")) | {"take": take}).status_code == 422


class TestEdit:
    def test_shows_what_is_there(self, browser, token):
        form = browser.get(f"/graph/{token.pk}/edit/").context["form"]
        assert {field.name: field.value() for field in form.known_fields()} == {
            "known-contractAddress": None,
            "known-blockchain": "Sui",
            "known-totalSupply": None,
            "known-price": "2",
        }
        assert [(row["name"], row["kind"], row["value"]) for row in form.rows] == [("colour", "text", "blue")]
        assert form.had == ["blockchain", "price", "colour"]

    def test_changes_adds_and_takes_away(self, browser, token):
        had = ("blockchain", "price", "colour")
        answer = browser.post(
            f"/graph/{token.pk}/edit/", sent(("size", "number", "3"), had=had, name="Ebb", **{"known-price": "2"})
        )
        token.refresh_from_db()
        assert (answer.status_code, token.name, token.properties) == (302, "Ebb", {"price": 2, "size": 3})

    def test_keeps_what_others_added_meanwhile(self, browser, token):
        Entity.objects.filter(pk=token.pk).update(properties={**token.properties, "later": 1})
        browser.post(f"/graph/{token.pk}/edit/", sent(("colour", "text", "red"), had=("colour", "price", "blockchain")))
        token.refresh_from_db()
        assert token.properties == {"colour": "red", "later": 1}

    def test_saving_as_it_was_changes_no_value(self, browser, user):
        odd = {"list": [1, {"a": None}], "yes": True, "text": "\n two\nlines ", "empty": "", "n": 1.0, "price": "dear"}
        made = create_entity(type="lead", name="Odd", properties=odd, by=user)
        Entity.objects.filter(pk=made.pk).update(type="token")
        form = browser.get(f"/graph/{made.pk}/edit/").context["form"]
        rows = [(row["name"], row["kind"], row["value"]) for row in form.rows]
        answer = browser.post(f"/graph/{made.pk}/edit/", sent(*rows, had=form.had))
        made.refresh_from_db()
        assert (answer.status_code, made.properties) == (302, odd)

    def test_of_the_own_entity_only_what_the_profile_does_not_keep(self, browser, user):
        form = browser.get(f"/graph/{user.pk}/edit/").context["form"]
        assert (form.plain_fields(), [row["name"] for row in form.rows]) == ([], [])
        browser.post(f"/graph/{user.pk}/edit/", sent(("pets", "number", "2")))
        refused = browser.post(f"/graph/{user.pk}/edit/", sent(("bio", "text", "mine")))
        here = Entity.objects.get(pk=user.pk)
        assert (refused.status_code, here.name) == (422, "Ada Lovelace")
        assert (here.properties["pets"], "bio" in here.properties) == (2, False)

    def test_says_where_a_kept_one_is_changed(self, browser, user):
        kept = create_entity(type="digital_product", name="Bowl", by=user)
        know(id=kept.pk, type=kept.type, name="Bowl", owner_id=user.pk)
        for page in ("edit", "remove"):
            answer = browser.get(f"/graph/{kept.pk}/{page}/")
            assert (answer.status_code, answer.context["home"].url) == (200, f"/market/{kept.pk}/")
        browser.post(f"/graph/{kept.pk}/remove/")
        browser.post(f"/graph/{kept.pk}/archive/")
        assert Entity.objects.values_list("status", "deleted_at").get(pk=kept.pk) == ("active", None)


class TestArchiveAndRemove:
    def test_archives_and_puts_back(self, browser, token):
        browser.post(f"/graph/{token.pk}/archive/", {"act": "archive"})
        assert Entity.objects.get(pk=token.pk).status == "archived"
        browser.post(f"/graph/{token.pk}/archive/", {"act": "restore"})
        assert Entity.objects.get(pk=token.pk).status == "active"

    def test_asks_and_deletes(self, browser, token):
        assert browser.get(f"/graph/{token.pk}/remove/").status_code == 200
        assert browser.post(f"/graph/{token.pk}/remove/")["Location"] == "/graph/"
        assert browser.get(f"/graph/{token.pk}/").status_code == 404
        assert Event.objects.filter(target=token.pk, metadata={"action": "deleted"}).count() == 1

    def test_asks_before_it_archives(self, browser, token):
        page = browser.get(f"/graph/{token.pk}/archive/")
        assert (page.status_code, Entity.objects.get(pk=token.pk).status) == (200, "active")
        assert "you can put it back at any time" in page.content.decode()
        here = browser.get(f"/graph/{token.pk}/").content.decode()
        assert '<dialog class="dialog" id="archive"' in here
        assert f'<noscript><a class="menu-item" href="/graph/{token.pk}/archive/">' in here


class TestTags:
    def test_are_asked_for_before_they_go(self, browser, token, user):
        tag = create_tag(entity_id=token.pk, key="<b>", value="ambient", by=user)
        here = browser.get(f"/graph/{token.pk}/").content.decode()
        assert f'<dialog class="dialog" id="untag-{tag.pk}"' in here
        page = browser.get(f"/graph/{token.pk}/tags/{tag.pk}/remove/")
        assert (page.status_code, Tag.objects.count()) == (200, 1)
        assert "&lt;b&gt;: ambient" in page.content.decode()
        other = create_entity(type="lead", name="Another", by=user)
        assert browser.get(f"/graph/{other.pk}/tags/{tag.pk}/remove/").status_code == 404

    def test_are_added_and_taken_off(self, browser, token):
        answer = browser.post(f"/graph/{token.pk}/tags/", {"key": " genre ", "value": "ambient"})
        assert answer["Location"] == f"/graph/{token.pk}/#tags"
        tag = Tag.objects.get()
        assert (tag.entity_id, tag.key, tag.value) == (token.pk, "genre", "ambient")
        browser.post(f"/graph/{token.pk}/tags/{tag.pk}/remove/")
        assert not Tag.objects.exists()
        assert browser.post(f"/graph/{token.pk}/tags/{tag.pk}/remove/").status_code == 404

    @pytest.mark.parametrize("typed", [{}, {"key": "a"}, {"key": "a" * 65, "value": "b"}, {"key": "a\0", "value": "b"}])
    def test_are_refused_and_what_was_typed_stays(self, browser, token, typed):
        answer = browser.post(f"/graph/{token.pk}/tags/", typed)
        assert (answer.status_code, Tag.objects.count()) == (422, 0)
        assert answer.context["tag_form"]["key"].value() == typed.get("key")


class TestConnect:
    def test_finds_and_connects_once(self, browser, user, token, stranger):
        tide = create_entity(type="podcast", name="Harbour talk", by=stranger)
        create_entity(type="podcast", name="Harbour draft", status="draft", by=stranger)
        find = {"relation": "part_of", "q": "harb"}
        found = browser.get(f"/graph/{token.pk}/connect/", find).context["items"]
        assert [(row["name"], row["is_there"]) for row in found] == [("Harbour talk", False)]

        answer = browser.post(f"/graph/{token.pk}/connect/", {**find, "to": tide.pk})

        made = Connection.objects.get(relationship_type="part_of")
        assert (answer["Location"], made.from_entity_id, made.to_entity_id) == (
            f"/graph/{token.pk}/", token.pk, tide.pk,
        )  # fmt: skip
        [row] = browser.get(f"/graph/{token.pk}/connect/", find).context["items"]
        assert row["is_there"] is True
        [group] = [group for group in browser.get(f"/graph/{token.pk}/").context["groups"] if group["outward"]]
        assert (group["words"], [row["name"] for row in group["rows"]]) == ("Is part of", ["Harbour talk"])

        remove = f"/graph/{token.pk}/connections/{made.pk}/remove/"
        here = browser.get(f"/graph/{token.pk}/").content.decode()
        assert f'<dialog class="dialog" id="disconnect-{made.pk}"' in here
        asking = browser.get(remove)
        assert (asking.status_code, "is part of" in asking.content.decode().lower()) == (200, True)
        assert Connection.objects.filter(pk=made.pk, deleted_at=None).exists()
        assert browser.get(f"/graph/{user.pk}/connections/{made.pk}/remove/").status_code == 404
        browser.post(remove)
        assert not Connection.objects.filter(pk=made.pk, deleted_at=None).exists()

    @pytest.mark.parametrize("more", [{"relation": "no such"}, {"relation": "owns", "to": "x"}, {"relation": "owns"}])
    def test_refuses_what_is_not_there(self, browser, token, more):
        answer = browser.post(f"/graph/{token.pk}/connect/", more)
        assert (answer.status_code, bool(answer.context["form"].errors)) == (422, True)

    def test_never_reaches_what_one_may_not_see(self, browser, token, stranger):
        hidden = create_entity(type="podcast", name="Draft", status="draft", by=stranger)
        answer = browser.post(f"/graph/{token.pk}/connect/", {"relation": "part_of", "to": hidden.pk})
        assert (answer.status_code, Connection.objects.filter(to_entity=hidden, from_entity=token).count()) == (422, 0)

    def test_a_kept_connection_stays(self, browser, user, token):
        kept = link(from_id=user.pk, to_id=token.pk, type="following")
        browser.post(f"/graph/{user.pk}/connections/{kept.pk}/remove/")
        assert Connection.objects.filter(pk=kept.pk, deleted_at=None).exists()


PAGES = ("edit", "remove", "connect")
ASKED = ("archive", "edit", "remove")
ACTS = ("edit", "remove", "connect", "archive", "tags")


class TestOthers:
    def test_see_nothing_of_a_private_one(self, browser, stranger):
        hidden = create_entity(type="podcast", name="Draft", status="draft", by=stranger)
        codes = {browser.get(f"/graph/{hidden.pk}/{page}/").status_code for page in (*PAGES, "around")}
        codes |= {browser.post(f"/graph/{hidden.pk}/{act}/").status_code for act in ACTS}
        assert codes == {404}

    def test_change_nothing_of_a_public_one(self, browser, stranger):
        theirs = create_entity(type="podcast", name="Talk", by=stranger)
        tag = create_tag(entity_id=theirs.pk, key="a", value="b", by=stranger)
        codes = {browser.get(f"/graph/{theirs.pk}/{page}/").status_code for page in (*PAGES, *ASKED)}
        codes |= {browser.get(f"/graph/{theirs.pk}/tags/{tag.pk}/remove/").status_code}
        codes |= {browser.post(f"/graph/{theirs.pk}/{act}/", {"key": "x", "value": "y"}).status_code for act in ACTS}
        codes |= {browser.post(f"/graph/{theirs.pk}/tags/{tag.pk}/remove/").status_code}
        assert codes == {403}
        assert (Tag.objects.count(), Entity.objects.get(pk=theirs.pk).deleted_at) == (1, None)
        page = browser.get(f"/graph/{theirs.pk}/")
        assert [page.context[name] for name in ("may_change", "may_edit", "may_remove")] == [False, False, False]
        assert b"/edit/" not in page.content

    def test_staff_may(self, staff, stranger):
        theirs = create_entity(type="podcast", name="Talk", status="draft", by=stranger)
        client = Client()
        client.force_login(staff)
        client.post(f"/graph/{theirs.pk}/edit/", sent(name="Better talk", status="active"))
        assert Entity.objects.get(pk=theirs.pk).name == "Better talk"

    @pytest.mark.parametrize("page", ["new", "edit"])
    def test_nobody_is_asked_to_sign_in(self, token, page):
        path = "/graph/new/" if page == "new" else f"/graph/{token.pk}/edit/"
        assert Client().get(path)["Location"].startswith("/account/login/")


class TestQueries:
    def test_an_entity_with_three_of_everything_asks_no_more_than_with_one(self, browser, user, token):
        browser.get(f"/graph/{token.pk}/")
        counts = []
        for names in (["A"], ["B", "C"]):
            for name in names:
                other = create_entity(type="lead", name=name, properties={name: [name]}, by=user)
                create_connection(
                    from_entity_id=token.pk, to_entity_id=other.pk, relationship_type="references", by=user
                )
                create_tag(entity_id=token.pk, key="a", value=name, by=user)
            with CaptureQueriesContext(connection) as queries:
                browser.get(f"/graph/{token.pk}/")
            counts.append(len(queries))
        assert counts[0] == counts[1]
