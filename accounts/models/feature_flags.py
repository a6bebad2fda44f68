from django.conf import settings
from django.db import models
from django.db.models import Q

LONGEST_FLAG = 64
FLAG_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class FeatureFlag(models.Model):
    """A switch for a part of the house, by name: who asks for one that is not here finds it off.

    Ours: `for_staff` switches it on for those who work here alone, so that they can look at it before everybody does.
    """

    name = models.CharField(max_length=LONGEST_FLAG, primary_key=True)
    description = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=False)
    for_staff = models.BooleanField("on for staff", default=False, help_text="also while it is off for all others")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.CheckConstraint(condition=Q(name__regex=FLAG_NAME), name="feature_flag_name"),)

    def __str__(self) -> str:
        return self.name
