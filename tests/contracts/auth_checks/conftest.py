import datetime as dt

import pytest
import time_machine


@pytest.fixture(autouse=True)
def clock():
    """Time stands still, and goes on only where a test says so."""
    with time_machine.travel(dt.datetime(2026, 11, 22, 12, 0, 5, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller
