import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, FeatureFlag
from accounts.queries import feature_flags
from accounts.queries.feature_flags import forget_flags, is_enabled
from accounts.verbs.feature_flags import remove_flag, set_flag
from config.errors import Forbidden, Invalid, NotFound
from ontology.models import Change
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def told():
    return list(Change.objects.filter(kind="FeatureFlagChanged").order_by("pk").values_list("payload", flat=True))


class TestSetFlag:
    def test_makes_one_and_tells_of_it(self, staff):
        flag = set_flag(name="new_player", enabled=True, description="  The  player ", by=staff)

        assert FeatureFlag.objects.values_list("name", "enabled", "for_staff", "description", "changed_by").get() == (
            "new_player",
            True,
            False,
            "The player",
            staff.pk,
        )
        assert told() == [{"name": flag.name, "what": "made", "enabled": True, "for_staff": False}]
        assert AuditEntry.objects.values_list("action", "resource", "user").get() == (
            "feature flag made: on",
            "new_player",
            staff.pk,
        )

    def test_keeps_what_is_not_given(self, staff):
        set_flag(name="x", enabled=True, description="Why", for_staff=True, by=staff)
        set_flag(name="x", enabled=False, by=staff)

        assert FeatureFlag.objects.values_list("enabled", "for_staff", "description").get() == (False, True, "Why")
        assert [each["what"] for each in told()] == ["made", "switched"]

    def test_says_nothing_where_nothing_changes(self, staff):
        for _ in range(3):
            set_flag(name="x", enabled=True, by=staff)
        assert [each["what"] for each in told()] == ["made"]

    @pytest.mark.parametrize("name", ["", "a b", "-x", "a/b", "ä", "x" * 65, "x\n", "a\0"])
    def test_refuses_names_that_are_none(self, staff, name):
        with pytest.raises(Invalid) as refused:
            set_flag(name=name, enabled=True, by=staff)
        assert refused.value.details.keys() == {"name"}
        assert not FeatureFlag.objects.exists()

    @pytest.mark.parametrize("name", ["x", "NEW_PLAYER", "chat.rooms-2", "x" * 64, "2fa"])
    def test_takes_names_that_are_some(self, staff, name):
        assert set_flag(name=name, enabled=True, by=staff).name == name

    def test_refuses_a_description_that_is_too_long(self, staff):
        with pytest.raises(Invalid):
            set_flag(name="x", enabled=True, description="x" * 201, by=staff)

    def test_has_an_end(self, staff, monkeypatch):
        monkeypatch.setattr("accounts.verbs.feature_flags.MOST_FLAGS", 1)
        set_flag(name="x", enabled=True, by=staff)
        with pytest.raises(Invalid) as refused:
            set_flag(name="y", enabled=True, by=staff)
        assert refused.value.code == "too_many_flags"

    @pytest.mark.parametrize("role", ["", "support"])
    def test_is_for_administrators(self, role):
        with pytest.raises(Forbidden):
            set_flag(name="x", enabled=True, by=UserFactory(role=role, is_staff=bool(role)))


class TestRemoveFlag:
    def test_takes_it_away(self, staff):
        set_flag(name="x", enabled=True, by=staff)
        remove_flag(name="x", by=staff)
        assert not FeatureFlag.objects.exists()
        assert told()[-1] == {"name": "x", "what": "removed", "enabled": False, "for_staff": False}

    def test_says_that_there_is_none(self, staff, user):
        with pytest.raises(NotFound):
            remove_flag(name="x", by=staff)
        with pytest.raises(Forbidden):
            remove_flag(name="x", by=user)


class TestIsEnabled:
    def test_is_off_where_nobody_made_it(self, user):
        assert [is_enabled("x"), is_enabled("x", user)] == [False, False]

    @pytest.mark.parametrize(
        ("enabled", "for_staff", "nobody", "someone", "colleague"),
        [
            (True, False, True, True, True),
            (True, True, True, True, True),
            (False, True, False, False, True),
            (False, False, False, False, False),
        ],
    )
    def test_may_be_for_staff_alone(self, staff, user, enabled, for_staff, nobody, someone, colleague):
        set_flag(name="x", enabled=enabled, for_staff=for_staff, by=staff)
        forget_flags()
        assert (is_enabled("x"), is_enabled("x", user), is_enabled("x", staff)) == (nobody, someone, colleague)

    def test_asks_once_for_all_flags_and_looks_again_after_some_seconds(self, staff, monkeypatch):
        moment = [1000.0]
        monkeypatch.setattr(feature_flags.time, "monotonic", lambda: moment[0])
        forget_flags()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert [is_enabled("x"), is_enabled("y"), is_enabled("x")] == [False, False, False]
        assert len(asked) == 1

        set_flag(name="x", enabled=True, by=staff)  # in a transaction that has not ended: nobody hears of it yet
        moment[0] += feature_flags.LOOK_AGAIN_SECONDS - 0.1
        assert is_enabled("x") is False
        moment[0] += 0.1
        assert is_enabled("x") is True

    def test_is_known_at_once_where_it_was_switched(self, staff, django_capture_on_commit_callbacks):
        assert is_enabled("x") is False
        with django_capture_on_commit_callbacks(execute=True):
            set_flag(name="x", enabled=True, by=staff)
        assert is_enabled("x") is True
