"""An account as the gateways know it."""

from django.conf import settings

from conversations.gateways.meta import AccountAddress
from conversations.models import PlatformAccount


def address_of(account: PlatformAccount) -> AccountAddress:
    """What nobody has connected is a sandbox only until the platform has a token of its own: nobody chose it for one."""
    is_sandbox = account.is_sandbox and not (account.is_unclaimed and settings.META_PAGE_TOKEN)
    return AccountAddress(account.platform, account.external_id, account.access_token, is_sandbox)
