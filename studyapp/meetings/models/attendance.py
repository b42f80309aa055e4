"""Who came: 到会情况, and leave asked for in advance."""

from django.db import models
from django.utils import timezone

from studyapp.accounts.models import PARTY, Political, User
from studyapp.meetings.models.meeting import Meeting, Sitting


class Presence(models.TextChoices):
    """到会情况 of one person."""

    UNKNOWN = "", "未点到"
    PRESENT = "present", "已到"
    LATE = "late", "迟到"
    LEFT = "left", "中途离会"
    LEAVE = "leave", "请假"
    ABSENT = "absent", "缺席"


AWAY = (Presence.LEAVE, Presence.ABSENT)
"""Who was not there at all: they may make the study up (补学)."""


class LeaveKind(models.TextChoices):
    """Category of leave; the paper prints only this, never health details."""

    DUTY = "值班", "值班"
    CALL = "出警", "出警"
    TRAVEL = "出差", "出差"
    SECONDED = "抽调", "抽调"
    TRAINING = "培训", "培训"
    SICK = "病假", "病假"
    HOLIDAY = "休假", "休假"
    OTHER = "其他", "其他"


class CheckIn(models.TextChoices):
    """How somebody checked in by the code on the screen."""

    SCAN = "scan", "扫码"
    TYPED = "typed", "输入签到码"


class Attendance(models.Model):
    """One person at one meeting (or one sitting of it).

    Name, political status and voting right are copied when the meeting is planned and refreshed
    until it ends, so that a later change of a person does not rewrite a held meeting.
    ``user`` is empty for guests (列席 from outside).
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    sitting = models.ForeignKey(
        Sitting, on_delete=models.SET_NULL, null=True, blank=True, related_name="attendances"
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    name = models.CharField("姓名", max_length=50)
    title = models.CharField("单位职务", max_length=150, blank=True)
    political = models.CharField(max_length=20, choices=Political, default=Political.NONE)
    rank = models.PositiveIntegerField(default=1000)
    has_vote = models.BooleanField(default=False)
    should_attend = models.BooleanField("应到", default=True)
    excused_reason = models.CharField("不计入应到的原因", max_length=200, blank=True)
    excused_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_observer = models.BooleanField("列席", default=False)
    purpose = models.CharField("列席事由", max_length=100, blank=True)
    presence = models.CharField(max_length=10, choices=Presence, blank=True, default="")
    arrived_at = models.TimeField("到会时间", null=True, blank=True)
    left_at = models.TimeField("离会时间", null=True, blank=True)
    leave_kind = models.CharField("请假类别", max_length=10, choices=LeaveKind, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    # Said by the person with the code of the room; the roll is what the recorder confirms.
    checked_in_at = models.DateTimeField("签到时间", null=True, blank=True)
    checked_in_by = models.CharField("签到方式", max_length=10, choices=CheckIn, blank=True)
    made_up_at = models.DateTimeField("补学时间", null=True, blank=True)

    class Meta:
        ordering = ["meeting", "is_observer", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "user"],
                condition=models.Q(user__isnull=False),
                name="one_attendance_a_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(presence=Presence.LEAVE) | ~models.Q(leave_kind=""),
                name="leave_has_a_category",
            ),
            models.CheckConstraint(
                condition=models.Q(should_attend=True)
                | models.Q(is_observer=True)
                | ~models.Q(excused_reason=""),
                name="excused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_observer=True, has_vote=True),
                name="observer_has_no_vote",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_in_at__isnull=True, checked_in_by="")
                | models.Q(checked_in_at__isnull=False) & ~models.Q(checked_in_by=""),
                name="checked_in_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(made_up_at__isnull=True) | models.Q(presence__in=[*AWAY]),
                name="made_up_by_who_was_away",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_party_member(self) -> bool:
        """Full or probationary member of the Party, when the meeting was held."""
        return self.political in PARTY

    @property
    def is_away(self) -> bool:
        """On leave or absent: who can make the study up afterwards."""
        return self.presence in AWAY

    @property
    def is_present(self) -> bool:
        """In the room for at least part of the meeting."""
        return self.presence in {Presence.PRESENT, Presence.LATE, Presence.LEFT}


class WrongCodes(models.Model):
    """How many wrong codes somebody typed since when: guessing has a limit, wherever from."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person} {self.number}"


class Answer(models.TextChoices):
    """What became of a request for leave."""

    OPEN = "", "等答复"
    ACCEPTED = "accepted", "已同意"
    DECLINED = "declined", "没有同意"
    WITHDRAWN = "withdrawn", "已撤回"


class LeaveRequest(models.Model):
    """请假 asked for in advance by the person; accepting it marks the roll."""

    attendance = models.ForeignKey(
        Attendance, on_delete=models.CASCADE, related_name="leave_requests"
    )
    kind = models.CharField("请假类别", max_length=10, choices=LeaveKind)
    reason = models.CharField("说明", max_length=200, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="")
    words = models.CharField("答复", max_length=200, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["attendance", "-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["attendance"],
                condition=models.Q(answer=""),
                name="one_open_request_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at__isnull=True)
                | ~models.Q(answer="") & models.Q(answered_at__isnull=False),
                name="leave_answered_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendance} {self.kind}"
