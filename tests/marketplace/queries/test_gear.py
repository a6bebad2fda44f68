import datetime as dt

import pytest

from marketplace.queries.gear import costs_by_year
from marketplace.verbs.gear import create_gear
from marketplace.verbs.gear_repairs import record_repair

pytestmark = pytest.mark.django_db


def repair(gear, day, cents, **given):
    record_repair(gear_id=gear.pk, repair_date=day, description="x", cost_cents=cents, by=gear.owner, **given)


class TestCostsByYear:
    def test_are_nothing_where_nothing_cost_anything(self, user):
        gear = create_gear(name="Found", by=user)
        repair(gear, dt.date(2026, 1, 1), 0)
        assert costs_by_year(user) == []

    def test_part_years_and_currencies_and_never_add_two_currencies(self, user, stranger):
        viola = create_gear(
            name="Viola", purchase_date=dt.date(2024, 12, 31), purchase_price_cents=100_000, by=user
        )  # fmt: skip
        create_gear(name="No day", purchase_price_cents=7, by=user)
        koto = create_gear(
            name="Koto", purchase_date=dt.date(2026, 1, 1), purchase_price_cents=9000, currency="JPY", by=user
        )
        repair(viola, dt.date(2024, 12, 31), 500)
        repair(viola, dt.date(2026, 1, 1), 8500)
        repair(viola, dt.date(2026, 5, 1), 1, currency="JPY")
        repair(koto, dt.date(2026, 5, 2), 2)
        repair(create_gear(name="Theirs", by=stranger), dt.date(2026, 1, 1), 999)

        euros = [
            {"year": 2024, "bought": 100_000, "repaired": 500, "total": 100_500},
            {"year": 2025, "bought": 0, "repaired": 0, "total": 0},
            {"year": 2026, "bought": 0, "repaired": 8500, "total": 8500},
        ]
        assert costs_by_year(user) == [
            {"currency": "EUR", "total": 109_000, "years": euros},
            {
                "currency": "JPY",
                "total": 9003,
                "years": [{"year": 2026, "bought": 9000, "repaired": 3, "total": 9003}],
            },
        ]
        assert costs_by_year(user, gear=koto) == [
            {
                "currency": "JPY",
                "total": 9002,
                "years": [{"year": 2026, "bought": 9000, "repaired": 2, "total": 9002}],
            }
        ]
        assert costs_by_year(stranger, gear=koto) == []

    def test_leave_empty_years_out_of_a_long_life(self, user):
        gear = create_gear(
            name="Old", purchase_date=dt.date(1900, 1, 1), purchase_price_cents=1, by=user
        )  # fmt: skip
        repair(gear, dt.date(2100, 1, 1), 2)
        assert [row["year"] for row in costs_by_year(user)[0]["years"]] == [1900, 2100]
