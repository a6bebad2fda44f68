"""What the channels' and integrations' settings need beside themselves; said by `manage.py check` and at every start."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from config.addresses import allowed_networks


@register
def networks_are_networks(**_: Any) -> list[CheckMessage]:
    try:
        allowed_networks()
    except ValueError as error:
        hint = "Name networks such as 10.0.0.0/8, parted by commas."
        return [Error(f"INTEGRATION_NETWORKS holds no network: {error}.", hint=hint, id="conversations.E001")]
    return []
