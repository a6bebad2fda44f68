from django.conf import settings
from django.db import models

from config.ids import new_id
from marketplace.models.orders import Order


class IdempotencyRecord(models.Model):
    """What one user's Idempotency-Key stands for on one route (payments-design.md §3). Kept 24 hours.

    `locked_until` is set while a request works on it; `answer` once it succeeded. `order` is set in the transaction that
    makes the order, so whoever takes the key over after a crash or an outage goes on with that order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    locked_until = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("created_at",), name="idempotency_oldest"),)
        constraints = (models.UniqueConstraint(fields=("user", "route", "key"), name="idempotency_once"),)

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
