import datetime as dt
import hashlib
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now

from config.ids import new_id

SESSION_LIFE = dt.timedelta(days=30)
IDLE_LIFE = dt.timedelta(days=7)
MOST_SESSIONS = 50
SEEN_EVERY = dt.timedelta(minutes=1)
FRESH = dt.timedelta(minutes=10)


def digest(secret: str) -> str:
    """What the database keeps of a value of 256 random bits: enough to find it, nothing to use."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> Self:
        moment = now()
        in_use = Q(style__in=self.model.PROMISED) | Q(last_seen_at__gt=moment - IDLE_LIFE)
        return self.filter(in_use, revoked_at=None, expires_at__gt=moment)

    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk)

    def revoke(self, reason: str) -> int:
        return self.filter(revoked_at=None).update(revoked_at=now(), revoke_reason=reason)

    def resolve(self, **by: Any) -> "Session | None":
        """The only way any dialect turns a credential into a user.

        `auth_hash` was taken from the password when the session was opened; whoever changes that, by whatever path,
        ends every session with it.
        """
        # One bare look-up by a unique key, and the rest asked of the row: this runs in every request.
        for row in self.filter(**by).select_related("user").order_by()[:1]:
            known = constant_time_compare(row.auth_hash, row.user.get_session_auth_hash())
            return row if known and row.is_live and row.user.is_active else None
        return None


class Session(models.Model):
    """One signed-in client. Its credentials (cookie, opaque token, JWT, refresh token) all point here."""

    class Style(models.TextChoices):
        WEB = "web", "pages"
        ONE = "one", "ONE"
        VEZA = "veza", "Veza"
        DANA = "dana", "Dana"
        COUNCIL = "council", "Council"

    # Their documents promise a life in days ("valid for 30 days", `remember_me`), used or not: no idle limit for these.
    PROMISED = (Style.ONE, Style.DANA)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    style = models.CharField(max_length=8, choices=Style)
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 -- unique where given
    auth_hash = models.CharField(max_length=128, editable=False)
    otp_device = models.CharField(max_length=255, blank=True)
    proven_at = models.DateTimeField(default=now, help_text="when its person last showed a password, code or passkey")
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=32, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ("-last_seen_at", "-id")
        indexes = (
            models.Index(
                fields=("user", "-last_seen_at"), condition=models.Q(revoked_at=None), name="session_live_of_user"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_style_display()} since {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_live(self) -> bool:
        """What `live()` asks of the database, asked of this row."""
        moment = now()
        in_use = self.style in self.PROMISED or self.last_seen_at > moment - IDLE_LIFE
        return in_use and self.revoked_at is None and self.expires_at > moment

    @property
    def is_fresh(self) -> bool:
        """Whether its person proved who they are just now: what account security asks for (ASVS 7.5.1)."""
        return now() - self.proven_at < FRESH

    def touch(self) -> None:
        """Note that it was used, at most once a minute."""
        if now() - self.last_seen_at > SEEN_EVERY:
            Session.objects.filter(pk=self.pk).update(last_seen_at=now())


class RefreshToken(models.Model):
    """A single-use token that renews a session's access token. Spent rows stay: their second use is a theft."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"refresh token of {self.session_id}"
