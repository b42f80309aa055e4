"""What members write: notes, private until posted."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import MembershipRole, Unit, memberships_of, roles_in
from studyapp.meetings.models.meeting import Meeting
from studyapp.speeches.models import Speech, Theme

BIN_FOR = timedelta(days=30)
"""So long a deleted note can be brought back by its author."""


class NoteKind(models.TextChoices):
    """What a note is."""

    STUDY = "study", "学习笔记"
    REFLECTION = "reflection", "体会"
    REMARK = "remark", "发言要点"
    QUESTION = "question", "问题建议"
    INTENTION = "intention", "下步打算"


class NoteQuerySet(models.QuerySet["Note"]):
    """Questions over notes."""

    def visible_to(self, user: User) -> "NoteQuerySet":
        """Own notes, drafts included; posted notes of own units. No one else's drafts, ever."""
        units = {m.unit_id for m in memberships_of(user) if m.role != MembershipRole.ORGAN}
        return self.filter(deleted_at__isnull=True).filter(
            models.Q(author=user) & models.Q(author__office="")
            | models.Q(unit_id__in=units, posted_at__isnull=False)
        )

    def posted(self) -> "NoteQuerySet":
        """Notes that were 提交到支部 and not deleted."""
        return self.filter(posted_at__isnull=False, deleted_at__isnull=True)

    def in_bin(self, at: datetime) -> "NoteQuerySet":
        """Deleted notes that can still be brought back."""
        return self.filter(deleted_at__gt=at - BIN_FOR)

    def past_bin(self, at: datetime) -> "NoteQuerySet":
        """Deleted notes whose time is over."""
        return self.filter(deleted_at__lte=at - BIN_FOR)


class Note(models.Model):
    """学习笔记 or 体会 of one person: a private draft until posted to the branch."""

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notes")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notes")
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, null=True, blank=True, related_name="notes"
    )
    speech = models.ForeignKey(
        Speech, on_delete=models.PROTECT, null=True, blank=True, related_name="notes"
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="notes"
    )
    kind = models.CharField("类型", max_length=20, choices=NoteKind, default=NoteKind.REFLECTION)
    body = models.TextField("内容", max_length=20000)
    quote = models.CharField("引用", max_length=1000, blank=True)
    quote_before = models.CharField(max_length=60, blank=True)
    quote_after = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    posted_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    in_record = models.BooleanField("列入记录", default=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = "学习笔记"
        indexes = [models.Index(fields=["theme", "unit"]), models.Index(fields=["meeting"])]

    def __str__(self) -> str:
        return self.body[:30]

    def roles_for(self, user: User) -> frozenset[Role]:
        """The author; for a posted note the roles in its unit and in its meeting."""
        roles = {Role.AUTHOR} if self.author_id == user.pk else set()
        if self.posted_at:
            roles |= self.meeting.roles_for(user) if self.meeting else roles_in(user, self.unit)
        return frozenset(roles)

    @property
    def is_draft(self) -> bool:
        """Private: seen by the author only."""
        return self.posted_at is None

    @property
    def restorable_until(self) -> datetime | None:
        """When a deleted note leaves the bin."""
        return self.deleted_at + BIN_FOR if self.deleted_at else None


class NoteRevision(models.Model):
    """An earlier wording of a note; kept for ever, its number always rises."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    body = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["note", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["note", "number"], name="one_revision_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.note_id}.{self.number}"
