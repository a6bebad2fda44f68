from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from config.storages import cloud_files

FOLDER = "knowledge"


def stored_at(instance: "KnowledgeFile", name: str) -> str:
    """Under a name of ours, beside the cloud files and not among them, where a sweep would take it for one of theirs."""
    return f"{FOLDER}/{instance.pk.hex}.{instance.file_type}"


class KnowledgeFileQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Their own; what somebody teaches their assistant is nobody else's, staff's neither."""
        return self.filter(user=user.pk) if user.is_authenticated else self.none()

    def due(self, moment: Any) -> Self:
        """Whose text is to be taken out and by nobody is."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(free, status=KnowledgeFile.Status.WAITING)


class KnowledgeFile(models.Model):
    """A document that somebody's assistant knows. Its text is taken out by a job; this row is the truth of it."""

    class Type(models.TextChoices):
        PDF = "pdf"
        DOCX = "docx"
        TXT = "txt"

    class Status(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="knowledge_files")
    file_name = models.CharField(max_length=255)
    file_size = models.PositiveBigIntegerField()
    file_type = models.CharField(max_length=4, choices=Type)
    file = models.FileField(upload_to=stored_at, storage=cloud_files, max_length=200)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=40, blank=True, help_text="why no text could be taken out")
    content = models.TextField(blank=True)
    page_count = models.PositiveIntegerField(null=True, blank=True)
    passage_count = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = KnowledgeFileQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("user", "-created_at", "-id"), name="knowledge_file_of_user"),
            models.Index(fields=("created_at",), condition=Q(status="waiting"), name="knowledge_file_due"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(file_type__in=("pdf", "docx", "txt")), name="knowledge_file_type_known"),
            models.CheckConstraint(
                condition=Q(status__in=("waiting", "ready", "failed")), name="knowledge_file_status_known"
            ),
        )

    def __str__(self) -> str:
        return self.file_name


class Passage(models.Model):
    """A piece of a file's text that an answer can be built on. Found by full text (its table is the migration's)."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(KnowledgeFile, on_delete=models.CASCADE, related_name="passages")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    page = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField()
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of the text: the same twice in one account is one passage"
    )

    class Meta:
        ordering = ("file", "position")
        constraints = (
            models.UniqueConstraint(fields=("file", "position"), name="passage_position_once"),
            models.UniqueConstraint(fields=("user", "digest"), name="passage_text_once"),
        )

    def __str__(self) -> str:
        return f"{self.position} of {self.file_id}"
