import secrets
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from config.ids import new_id


def webauthn_handle() -> bytes:
    """A passkey's user handle: neither the id nor the address (WebAuthn 14.6.1)."""
    return secrets.token_bytes(32)


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: Any) -> Self:
        """Everyone who is active may be seen by anyone signed in; staff see the others too."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(is_active=True)


class UserManager(BaseUserManager["User"]):
    """Creates bare rows. People come to be through `verbs.registration.sign_up`, which also writes their entity."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, role=User.Role.SUPER_ADMIN, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # django-otp has no types
    """An account, and at once the entity with the same id."""

    class Role(models.TextChoices):
        NONE = "", "none"
        SUPPORT = "support"
        ADMIN = "admin"
        SUPER_ADMIN = "super_admin"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True, help_text="always lower case")
    username = models.CharField(max_length=64, unique=True, null=True, blank=True)
    name = models.CharField(max_length=150, blank=True)
    company = models.CharField(max_length=150, blank=True)
    bio = models.TextField(max_length=2000, blank=True)
    image = models.ImageField(upload_to="avatars", blank=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.NONE, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    account_setup_complete = models.BooleanField(default=False)
    welcome_email_sent = models.BooleanField(default=False)
    webauthn_handle = models.BinaryField(max_length=32, default=webauthn_handle, editable=False)
    email_proven_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="ways in set up until then are not known to be those of who reads the address's mail",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("-created_at", "-id"), name="user_newest"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower"),
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What everybody may see; where nothing was given, never a part of the address."""
        return self.name or self.username or f"Member {str(self.pk)[-5:]}"

    @property
    def avatar_url(self) -> str:
        """Where the picture is; empty for who shows initials."""
        return self.image.url if self.image else ""

    @property
    def is_admin(self) -> bool:
        return self.is_superuser or self.role in (self.Role.ADMIN, self.Role.SUPER_ADMIN)

    @property
    def rank(self) -> int:
        """How high in the house, 0 for who is no staff."""
        return SUPER_RANK if self.is_superuser else RANKS.index(self.role) if self.is_staff else 0

    def outranks(self, other: "User") -> bool:
        """Whether it is for this one to decide about the other: super admins about everybody, others about lower ranks."""
        return self.rank == SUPER_RANK or self.rank > other.rank

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """By role: a super admin may all, an admin all but change roles and groups, support may look.

        Who is staff without a role has what Django's permissions give.
        """
        app, _, name = perm.partition(".")
        is_looking = name.startswith("view_")
        if not (self.is_active and self.is_staff and self.role) or self.is_superuser:
            return super().has_perm(perm, obj)
        is_power = app == "auth" or name.endswith("_staffmember")
        return is_looking or (self.role != self.Role.SUPPORT and not is_power)

    def has_module_perms(self, app_label: str) -> bool:
        return (self.is_active and self.is_staff and bool(self.role)) or super().has_module_perms(app_label)

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


RANKS = (User.Role.NONE, User.Role.SUPPORT, User.Role.ADMIN, User.Role.SUPER_ADMIN)
SUPER_RANK = RANKS.index(User.Role.SUPER_ADMIN)
