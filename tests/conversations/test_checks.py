"""What is wrong with the settings is said at the start."""

import pytest

from conversations.checks import networks_are_networks


@pytest.mark.parametrize("networks", [[], [""], ["10.0.0.0/8", " fd00::/8"]])
def test_networks_are_taken(settings, networks):
    settings.INTEGRATION_NETWORKS = networks
    assert networks_are_networks() == []


@pytest.mark.parametrize("network", ["db.internal", "10.0.0.1/8", "10.0.0.0/33"])
def test_what_is_no_network_is_told(settings, network):
    settings.INTEGRATION_NETWORKS = [network]
    assert [fault.id for fault in networks_are_networks()] == ["conversations.E001"]
