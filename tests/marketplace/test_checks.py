import pytest
from django.core.checks import run_checks


@pytest.mark.parametrize(
    ("stripe", "hyperswitch", "hints"),
    [
        ("", "", []),
        ("sk_named", "snd_named", []),
        ("sk_named", "", ["Set HYPERSWITCH_API_KEY. Until then no payout is sent."]),
        ("", "snd_named", ["Set STRIPE_SECRET_KEY. Until then no payout is sent."]),
    ],
)
def test_warns_where_money_comes_and_goes_by_providers_of_two_kinds(settings, stripe, hyperswitch, hints):
    settings.STRIPE_SECRET_KEY, settings.HYPERSWITCH_API_KEY = stripe, hyperswitch
    assert [fault.hint for fault in run_checks() if fault.id == "marketplace.W001"] == hints
