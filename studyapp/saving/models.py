"""What people type, as it is typed: the newest wording, its revisions, who is writing.

Two kinds of texts are kept here. A *working copy* belongs to one person (a note not posted yet,
an edit not finished): nobody else ever sees it. A *shared text* (a part of the record, the chair's
summary) has no owner; its page decides who may read and write it. Texts are named by keys, not by
foreign keys: this floor does not know what notes or records are.
"""

import hashlib

from django.db import models
from django.utils import timezone

from studyapp.accounts.models import User

LONGEST_KEY = 100
LONGEST_TOKEN = 64


def digest(body: str) -> str:
    """Return the SHA-256 (hex) of exactly this text in UTF-8: what «已保存» stands for."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


class Text(models.Model):
    """One text: newest wording, number of its revision, and who is writing it now."""

    key = models.CharField(max_length=LONGEST_KEY)
    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="working_copies"
    )
    body = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    held_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    held_client = models.CharField(max_length=LONGEST_TOKEN, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(owner__isnull=True), name="one_shared_text_a_key"
            ),
            models.UniqueConstraint(
                fields=["key", "owner"],
                condition=models.Q(owner__isnull=False),
                name="one_working_copy_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} 第{self.revision}次"


class Reason(models.TextChoices):
    """Why a revision was kept."""

    TYPED = "typed", "输入"
    START = "start", "原有内容"
    LOSS = "loss", "有删减"
    CONFLICT = "conflict", "没能存上的内容"
    RESTORED = "restored", "恢复"
    HANDED_IN = "handed", "提交"


class Revision(models.Model):
    """A wording that a text had, or (CONFLICT) that somebody tried to store over a newer one.

    ``number`` rises for ever. Pure growth by one person within five minutes is one row whose
    number, time and words move on; everything else stays as it was.
    """

    text = models.ForeignKey(Text, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.TYPED)
    body = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    client = models.CharField(max_length=LONGEST_TOKEN, blank=True)
    began_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["text", "-number", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["text", "number"],
                condition=~models.Q(reason="conflict"),
                name="one_wording_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text_id}.{self.number}"


class Receipt(models.Model):
    """What a save was answered with, by its idempotency key: the same save again is no new one."""

    text = models.ForeignKey(Text, on_delete=models.CASCADE, related_name="receipts")
    token = models.CharField(max_length=LONGEST_TOKEN)
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text", "token"], name="one_receipt_a_token"),
        ]

    def __str__(self) -> str:
        return f"{self.text_id}:{self.token}"


class LocalKey(models.Model):
    """Key with which one person's browser encrypts what it keeps on the machine, for a day."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="local_key")
    secret = models.CharField(max_length=44)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.person_id)


class HeldPost(models.Model):
    """A form that arrived after its writer's sign-in had ended: held for that person for a day."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="held_posts")
    path = models.CharField(max_length=500)
    came_from = models.CharField(max_length=500, blank=True)
    fields = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.path
