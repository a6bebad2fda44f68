from django.conf import settings
from django.db import models


class Maintenance(models.Model):
    """The one row that says whether the house is closed for work."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    enabled = models.BooleanField(default=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "maintenance"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="maintenance_one_row"),)

    def __str__(self) -> str:
        return "closed for maintenance" if self.enabled else "open"
