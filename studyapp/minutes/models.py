"""The record of a meeting: draft → submitted → (returned) → signed versions."""

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import MembershipRole, Unit, UnitKind, UnitQuerySet, memberships_of
from studyapp.branches.queries import LEADS
from studyapp.meetings.models import Kind, Meeting


class RecordState(models.TextChoices):
    """State of the record; 已签字 means that its newest version is signed."""

    DRAFT = "draft", "会后整理"
    SUBMITTED = "submitted", "待签字"
    RETURNED = "returned", "已退回"
    SIGNED = "signed", "已签字"


def _led_by(user: User) -> UnitQuerySet:
    """Units whose records ``user`` keeps and reviews: as secretary, deputy or group leader."""
    return Unit.objects.under(
        m.unit
        for m in memberships_of(user)
        if m.role in LEADS or (m.role == MembershipRole.LEADER and m.unit.kind == UnitKind.GROUP)
    )


def _below(user: User) -> UnitQuerySet:
    """Units of the organs that ``user`` acts for, and all below."""
    return Unit.objects.under(
        m.unit for m in memberships_of(user) if m.role == MembershipRole.ORGAN
    )


class RecordQuerySet(models.QuerySet["Record"]):
    """Questions over records."""

    def visible_to(self, user: User) -> "RecordQuerySet":
        """Own branch: recorder, chair and leaders always, members from submission on.

        Organ staff above: signed records only, and nothing of a 组织生活会. Administrators: none.
        """
        visible = Meeting.objects.visible_to(user)
        named = models.Q(meeting__chair=user) | models.Q(meeting__recorder=user)
        own = models.Q(meeting__in=visible) & (
            named | models.Q(meeting__unit__in=_led_by(user)) | ~models.Q(state=RecordState.DRAFT)
        )
        signed = models.Exists(SignedVersion.objects.filter(record=models.OuterRef("pk")))
        above = (
            models.Q(meeting__unit__in=_below(user)) & signed & ~models.Q(meeting__kind=Kind.LIFE)
        )
        return self.filter(own | above)


class Record(models.Model):
    """会议记录 of one meeting. Its words are parts; signing freezes them into a version."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="record")
    state = models.CharField(max_length=20, choices=RecordState, default=RecordState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What was submitted, canonical: signing confirms exactly these words.
    content = models.TextField("送签内容", blank=True)
    amend_reason = models.CharField("更正原因", max_length=300, blank=True)
    # Written up later than three working days after the meeting: why, and when it was.
    late_reason = models.CharField("补录原因", max_length=300, blank=True)
    late_at = models.DateTimeField(null=True, blank=True, editable=False)
    issue_number = models.PositiveIntegerField("纪要期号", null=True, blank=True)
    issuer = models.CharField("签发人", max_length=50, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    distribution = models.CharField("分送范围", max_length=300, blank=True)
    attachments = models.TextField("附件清单", blank=True, max_length=2000)

    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["-meeting__planned_start", "-pk"]
        verbose_name = "会议记录"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | models.Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="record_submitted_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting} 会议记录"

    def roles_for(self, user: User) -> frozenset[Role]:
        """The same as for the meeting."""
        return self.meeting.roles_for(user)

    @property
    def is_void(self) -> bool:
        """Whether it stands signed and its newest version was declared void."""
        if self.state != RecordState.SIGNED:
            return False
        known: bool | None = getattr(self, "has_void", None)  # told by :func:`queries.listed`
        if known is None:
            newest = self.versions.order_by("-number").first()
            known = newest is not None and newest.is_void
        return known

    @property
    def open_for_editing(self) -> bool:
        """Nothing waits for signatures and nothing is signed as it stands."""
        return self.state in {RecordState.DRAFT, RecordState.RETURNED}

    @property
    def state_label(self) -> str:
        """The state on screen; a signed record that is being corrected was not 退回."""
        if self.amend_reason and self.state == RecordState.RETURNED:
            return "更正中"
        return RecordState(self.state).label


class Part(models.Model):
    """One part of the record as it will be printed, beside what it was assembled from.

    ``source`` is the text that assembly copied; when the source changes later, the difference is
    shown and the recorder decides. Nothing is slipped in.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="parts")
    key = models.CharField(max_length=50)
    heading = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    source = models.TextField(blank=True)
    edited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["record", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "key"], name="one_part_a_key"),
        ]

    def __str__(self) -> str:
        return self.heading or self.key

    @property
    def text_key(self) -> str:
        """Name of its words among the saved texts; it outlives the row."""
        return f"record-{self.record_id}-{self.key}"


class Opinion(models.Model):
    """An opinion with which a record was returned, or a reviewer's word."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="opinions")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField("意见", max_length=2000)
    revision = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["record", "-at"]

    def __str__(self) -> str:
        return self.text[:30]


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Questions over objections."""

    def unanswered(self) -> "ObjectionQuerySet":
        """Objections that stand and wait for an answer."""
        return self.filter(answer="", withdrawn_at__isnull=True)


class Objection(models.Model):
    """A word against a passage of the record, by somebody who attended; kept with its answer.

    ``passage`` is the text as it stood: the part may get other words later.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="objections")
    key = models.CharField(max_length=50)
    heading = models.CharField(max_length=300, blank=True)
    passage = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=50)
    text = models.TextField("意见", max_length=2000)
    revision = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    answer = models.TextField("答复", blank=True, max_length=2000)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        ordering = ["record", "at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | ~models.Q(answer="")
                & models.Q(answered_by__isnull=False, answered_at__isnull=False),
                name="objection_answered_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:30]


class Capacity(models.TextChoices):
    """In what capacity somebody confirmed."""

    RECORDER = "recorder", "记录人"
    CHAIR = "chair", "主持人"
    REVIEWER = "reviewer", "审阅"


class Confirmation(models.Model):
    """签字确认 with re-entered password, for exactly one revision (no 可靠电子签名).

    A frozen row like the version that it leads to.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="confirmations")
    revision = models.PositiveIntegerField()
    capacity = models.CharField(max_length=10, choices=Capacity)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=50)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["record", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "revision", "capacity"], name="one_confirmation_a_capacity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_capacity_display()}"


class SignedVersion(models.Model):
    """A signed version: a frozen row. A database trigger refuses every change.

    ``revision`` is the one that was confirmed: its confirmations are the signatures, copied in
    canonical form. ``objections`` are those that nobody had settled when it was signed
    (minutes.unsettled, ADR 0016); they are no part of what was confirmed.

    Versions of one branch form a chain: ``link`` hashes the link before, content and signatures,
    ``seal`` is its HMAC with the key named ``key_id``, ``code`` what is printed to check a paper.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="versions")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="signed_versions")
    sequence = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    schema = models.PositiveIntegerField(default=1)
    content = models.TextField()
    objections = models.TextField(default="[]")
    signatures = models.TextField()
    sha256 = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
    key_id = models.CharField(max_length=20)
    code = models.CharField("校验码", max_length=19, unique=True)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["record", "-number"]
        verbose_name = "签字版本"
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="one_signed_version"),
            models.UniqueConstraint(fields=["unit", "sequence"], name="one_place_in_the_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.record} v{self.number}"

    @property
    def is_void(self) -> bool:
        """Whether the branch declared that it does not count."""
        return hasattr(self, "voided")

    @property
    def is_superseded(self) -> bool:
        """Whether a later version of its record was signed."""
        return self.record.versions.filter(number__gt=self.number).exists()


class Voided(models.Model):
    """作废: the branch declares that a signed version does not count. A frozen row.

    For a meeting that was not held, or was none; words that are wrong are corrected instead.
    """

    version = models.OneToOneField(SignedVersion, on_delete=models.PROTECT, related_name="voided")
    reason = models.CharField("作废原因", max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=50)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "作废"

    def __str__(self) -> str:
        return self.reason[:30]


class SentBackQuerySet(models.QuerySet["SentBack"]):
    """Questions over what the organ above returned."""

    def unsettled(self) -> "SentBackQuerySet":
        """Those without a later version or an explanation, of versions that still count."""
        later = SignedVersion.objects.filter(
            record=models.OuterRef("version__record"), number__gt=models.OuterRef("version__number")
        )
        return self.filter(~models.Exists(later), explanation="", version__voided__isnull=True)

    def shown_to(self, user: User) -> "SentBackQuerySet":
        """To who keeps, chairs or reviews the record, and to the organs above."""
        found = models.Q(version__record__meeting__chair=user)
        found |= models.Q(version__record__meeting__recorder=user)
        found |= models.Q(version__record__meeting__unit__in=_led_by(user))
        found |= models.Q(version__record__meeting__unit__in=_below(user))
        return self.filter(found)


class SentBack(models.Model):
    """退回更正: the organ above says what is wrong with a signed version.

    The branch answers with a later version, or once with an explanation; the opinion stays as it
    was written.
    """

    version = models.ForeignKey(SignedVersion, on_delete=models.PROTECT, related_name="sent_back")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=50)
    by_unit = models.CharField(max_length=200)
    opinion = models.TextField("退回意见", max_length=2000)
    at = models.DateTimeField(default=timezone.now)
    explanation = models.TextField("说明", blank=True, max_length=2000)
    explained_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    explained_at = models.DateTimeField(null=True, blank=True)

    objects = SentBackQuerySet.as_manager()

    class Meta:
        ordering = ["version", "-at", "-pk"]
        verbose_name = "退回更正"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    explanation="", explained_by__isnull=True, explained_at__isnull=True
                )
                | ~models.Q(explanation="")
                & models.Q(explained_by__isnull=False, explained_at__isnull=False),
                name="explained_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.opinion[:30]


class Scan(models.Model):
    """Scan of the hand-signed paper (the original in most offices)."""

    version = models.ForeignKey(SignedVersion, on_delete=models.PROTECT, related_name="scans")
    file = models.FileField(upload_to="scans/", max_length=200)
    file_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["version", "added_at"]

    def __str__(self) -> str:
        return self.file_name
