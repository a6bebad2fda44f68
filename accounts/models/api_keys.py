import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id

KEY_PREFIX = "veza_sk_"
SHOWN = 12
SEEN_EVERY = dt.timedelta(minutes=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now()), revoked_at=None, user__is_active=True)

    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk)

    def revoke(self) -> int:
        return self.filter(revoked_at=None).update(revoked_at=now())


class ApiKey(models.Model):
    """A long-lived credential for a program of its owner's. Only its hash is kept; the key is told once."""

    class Scope(models.TextChoices):
        READ = "read", "read what I may read"
        WRITE = "write", "make and change what I may"
        ADMIN = "admin", "use the administrators' endpoints"
        VOUCH = "oauth:assert", "vouch for who signs in (granted by staff)"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=SHOWN, help_text="how the key begins, to tell it from others")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "-created_at"), name="api_key_of_user"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def touch(self) -> None:
        """Note that it was used, at most once a minute."""
        if self.last_used_at is None or now() - self.last_used_at > SEEN_EVERY:
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=now())
