"""What the store's settings need beside themselves; said by `manage.py check` and at every start."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def facturx_is_installed(**_: Any) -> list[CheckMessage]:
    if not settings.INVOICE_FACTURX or find_spec("drafthorse"):
        return []
    hint = "Start with `INVOICE_FACTURX=1 make run`, which installs it."
    return [Error("INVOICE_FACTURX is on, and the extra `facturx` is not installed.", hint=hint, id="marketplace.E001")]
