from typing import Any, Self

from django.db import models
from django_otp.models import Device, DeviceManager, TimestampMixin

from config.ids import new_id


class PasskeyQuerySet(models.QuerySet["Passkey"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk)


class Passkey(TimestampMixin, Device):
    """A WebAuthn credential. Used with user verification it is two factors at once, so it is a django-otp device.

    django-otp names devices by whole numbers; `uuid` is what the wire calls it.
    """

    uuid = models.UUIDField(unique=True, default=new_id, editable=False)
    credential_id = models.CharField(max_length=1400, unique=True, help_text="base64url")
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.PositiveBigIntegerField(default=0)
    transports = models.JSONField(default=list, blank=True)
    aaguid = models.CharField(max_length=36, blank=True)
    device_type = models.CharField(max_length=16, default="singleDevice")
    backed_up = models.BooleanField(default=False)

    objects = DeviceManager.from_queryset(PasskeyQuerySet)()

    class Meta:
        ordering = ("-created_at", "-id")
