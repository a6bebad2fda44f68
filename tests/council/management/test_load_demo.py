import io

import pytest
from django.core.management import call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


class TestLoadDemo:
    @pytest.mark.parametrize("name", ["HYPERSWITCH_API_KEY", "STRIPE_SECRET_KEY"])
    def test_trades_with_no_real_provider(self, settings, name):
        setattr(settings, name, "named")
        said = io.StringIO()
        call_command("load_demo", stdout=said)
        assert "left out where a payment provider is named" in said.getvalue()
        assert User.objects.count() == 0
