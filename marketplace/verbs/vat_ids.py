"""A seller's VAT id, which invoices name beside what they sold."""

import re

from django.db import transaction

from accounts.models import User
from config.errors import Invalid
from marketplace.models import Product, SellerAccount
from marketplace.verbs.addresses import VAT_ID

LONGEST = 20


@transaction.atomic
def set_vat_id(*, vat_id: str, by: User) -> SellerAccount:
    """Keep it, or with an empty one forget it; spaces, dots and hyphens are left out. Invoices that were issued stay as
    they are. Invalid where it does not begin with a country."""
    clean = re.sub(r"[ .-]", "", vat_id).upper() if isinstance(vat_id, str) else "?"
    if clean and (len(clean) > LONGEST or not VAT_ID.fullmatch(clean)):
        sentence = "Must begin with the two letters of its country, such as DE123456789."
        raise Invalid(sentence, details={"vat_id": [sentence]})
    sold_in = Product.objects.filter(seller=by).values_list("currency", flat=True).first() or "EUR"
    account, _ = SellerAccount.objects.get_or_create(user=by, defaults={"default_currency": sold_in})
    account.vat_id = clean
    account.save(update_fields=["vat_id", "updated_at"])
    return account
