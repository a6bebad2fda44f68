from django.conf import settings
from django.db import models

from config.ids import new_id


class SellerAccount(models.Model):
    """A seller at the payout provider. `transfers_active` is what the provider said when it was last asked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seller_account")
    provider_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    transfers_active = models.BooleanField(default=False)
    default_currency = models.CharField(max_length=3, default="EUR")
    vat_id = models.CharField(max_length=20, blank=True, help_text="named on invoices beside what they sold")
    requirements_due = models.JSONField(
        default=list, blank=True, help_text="what the provider still asks of the seller, in its words"
    )
    balance = models.JSONField(default=dict, blank=True, help_text="as last read: {currency: {available, pending}}")
    balance_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(transfers_active=False) | models.Q(provider_id__isnull=False),
                name="seller_active_has_account",
            ),
        )

    def __str__(self) -> str:
        return f"payouts of {self.user}"
