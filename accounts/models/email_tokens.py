from typing import Self

from django.conf import settings
from django.db import models
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now

from config.ids import new_id


class EmailTokenQuerySet(models.QuerySet["EmailToken"]):
    def open(self) -> Self:
        return self.filter(used_at=None, expires_at__gt=now(), user__is_active=True)


class EmailToken(models.Model):
    """A link in a mail: bound to its purpose and address, single use, void after a newer one or a new password."""

    class Purpose(models.TextChoices):
        VERIFY = "verify", "confirm an address"
        RESET = "reset", "choose a new password"
        MAGIC = "magic", "sign in"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=8, choices=Purpose)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="email_tokens")
    email = models.EmailField(help_text="the address it was sent to")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    auth_hash = models.CharField(max_length=128, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, help_text="spent, or void")

    objects = EmailTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "purpose"), condition=models.Q(used_at=None), name="email_token_open"),)

    def __str__(self) -> str:
        return f"{self.purpose} for {self.email}"

    def is_of_this_password(self) -> bool:
        return constant_time_compare(self.auth_hash, self.user.get_session_auth_hash())
