"""Every column of every model is classified (config/personal_data.py): a new one fails here until somebody has thought of it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.utils.timezone import now

from accounts.models import Session
from config.personal_data import REGISTER, Person, chapters, declare, in_leaving_order, table, tables

MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


class TestTheMap:
    def test_names_every_model(self):
        assert sorted(REGISTER) == sorted(MODELS)

    @pytest.mark.parametrize("label", sorted(MODELS))
    def test_classifies_every_column_once(self, label):
        assert REGISTER[label].faults() == []

    @pytest.mark.django_db
    @pytest.mark.parametrize("label", sorted(each.label for each in in_leaving_order()))
    def test_finds_a_persons_rows(self, label, user):

        rows = REGISTER[label].rows(Person(id=user.pk, email=user.email, until=now()))

        assert len(list(rows)) == rows.count()

    def test_exports_no_hash_no_key_and_no_seed(self):
        words = ("hash", "secret", "password", "token", "public_key", "session_data", "handle")
        told = [f"{each.label}.{column}" for each in tables() for column in each.exported]
        counts = ["council.AdvisorReply.prompt_tokens", "council.AdvisorReply.completion_tokens"]

        assert [name for name in told if any(word in name.rpartition(".")[2] for word in words)] == counts

    def test_lets_upper_apps_leave_first(self):
        order = [each.app for each in in_leaving_order()]

        assert list(dict.fromkeys(order)) == ["council", "conversations", "marketplace", "accounts", "ontology"]

    def test_says_a_reason_for_all_that_stays(self):
        reasons = [why for each in tables() for why in (each.stays, *each.kept.values()) if why]

        assert len(reasons) > 10
        assert all(why.endswith(".") and len(why.split()) > 5 for why in reasons)

    def test_has_no_chapter_without_an_owner(self):
        assert all(each.of or each.found for each in chapters())


class TestADeclaration:
    def test_is_refused_twice(self):
        with pytest.raises(ValueError, match=r"accounts.Session is declared twice"):
            declare("accounts", table(Session))

    def test_tells_what_is_missing_and_what_is_not_there(self):
        wrong = table(Group, not_personal="id nonsense")

        assert wrong.faults() == ["auth.Group.name is not classified", "auth.Group.nonsense does not exist"]

    @pytest.mark.parametrize(
        ("given", "faults"),
        [
            ({"exported": "id", "not_personal": "id name"}, ["auth.Group.id is both exported and not personal"]),
            (
                {"withheld": "id name", "stays": "for a good reason"},
                ["auth.Group stays, so that its secrets must be anonymised"],
            ),
            (
                {"not_personal": "id", "stays": "for a good reason", "kept": {"name": "why"}},
                ["auth.Group.name is kept without a reason"],
            ),
            (
                {"not_personal": "id", "anonymised": {"name": ""}},
                ["auth.Group is erased, so that no column of it is anonymised or kept"],
            ),
        ],
    )
    def test_does_not_contradict_itself(self, given, faults):
        assert table(Group, of="user", **given).faults() == faults

    def test_exports_only_what_belongs_to_somebody(self):
        assert table(Group, exported="id name").faults() == [
            "auth.Group has exported columns and nobody they belong to"
        ]

    def test_says_the_rule_of_a_column(self):
        session = REGISTER["accounts.Session"]
        user = REGISTER["accounts.User"]
        order = REGISTER["marketplace.Order"]

        assert session.rule_of("ip") == "exported; erased with its row"
        assert session.rule_of("token_hash") == "a secret, never exported; erased with its row"
        assert user.rule_of("email") == "exported; anonymised: erased-<id>@erased.invalid"
        assert user.rule_of("bio") == "exported; anonymised: emptied"
        assert order.rule_of("total_cents") == f"exported; kept: {order.stays}"
        assert order.rule_of("holds_stock") == "not personal"
