"""Meetings: agenda, sittings, attendance, remarks, votes and decisions."""

from datetime import datetime

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import Political, User
from studyapp.branches.models import MembershipRole, Unit, UnitKind, memberships_of, roles_in
from studyapp.speeches.models import Speech, Theme


class Kind(models.TextChoices):
    """The lawful name of a meeting, as printed."""

    STUDY = "study", "集中学习"
    ASSEMBLY = "assembly", "支部党员大会"
    COMMITTEE = "committee", "支委会"
    GROUP = "group", "党小组会"
    LECTURE = "lecture", "党课"
    THEME_DAY = "theme_day", "主题党日"
    LIFE = "life", "组织生活会"
    APPRAISAL = "appraisal", "民主评议党员"


class State(models.TextChoices):
    """Stored state of a meeting; what comes after 已散会 is derived from the record."""

    PREPARING = "preparing", "筹备中"
    CHECK_IN = "check_in", "签到中"
    OPEN = "open", "进行中"
    ENDED = "ended", "已散会"
    CANCELLED = "cancelled", "已取消"


class Gathering(models.Model):
    """Several meetings held together; they share one attendance, each has its own record."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="gatherings")
    held_on = models.DateField("日期")

    def __str__(self) -> str:
        return f"{self.unit} {self.held_on}"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Questions over meetings."""

    def visible_to(self, user: User) -> "MeetingQuerySet":
        """Meetings of own units; secretaries and deputies see their groups' too.

        Organ staff read signed records below (minutes), not meetings.
        """
        units: set[int] = set()
        leads: list[Unit] = []
        for membership in memberships_of(user):
            if membership.role == MembershipRole.ORGAN:
                continue
            units.add(membership.unit_id)
            if (
                membership.role in {MembershipRole.SECRETARY, MembershipRole.DEPUTY}
                and membership.unit.kind == UnitKind.BRANCH
            ):
                leads.append(membership.unit)
        below = Unit.objects.under(leads).filter(kind=UnitKind.GROUP)
        return self.filter(
            models.Q(unit_id__in=units)
            | models.Q(unit__in=below)
            | models.Q(
                pk__in=Attendance.objects.filter(user=user).values("meeting_id"), unit_id__in=units
            )
        )


class Meeting(models.Model):
    """学习会: one lawful meeting of one unit.

    ``signed_at`` is set when its record is signed for the first time: from then on its notes,
    remarks, votes and roll call no longer change.
    """

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="meetings", verbose_name="党组织"
    )
    kind = models.CharField("会议类型", max_length=20, choices=Kind, default=Kind.STUDY)
    title = models.CharField("会议主题", max_length=200)
    ordinal = models.PositiveIntegerField("年度第几次", default=1)
    gathering = models.ForeignKey(
        Gathering, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings"
    )
    planned_start = models.DateTimeField("计划开始")
    planned_end = models.DateTimeField("计划结束")
    actual_start = models.DateTimeField("实际开始", null=True, blank=True)
    actual_end = models.DateTimeField("实际结束", null=True, blank=True)
    place = models.CharField("地点", max_length=100, blank=True)
    chair = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="chaired", verbose_name="主持人"
    )
    recorder = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="recorded", verbose_name="记录人"
    )
    lecturer = models.CharField("主讲人", max_length=100, blank=True)
    lecture_topic = models.CharField("课题", max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.PREPARING)
    cancel_reason = models.CharField("取消原因", max_length=300, blank=True)
    postponed_from = models.DateTimeField("原定时间", null=True, blank=True)
    postpone_reason = models.CharField("改期原因", max_length=300, blank=True)
    postponed_at = models.DateTimeField("改期时间", null=True, blank=True)
    summary = models.TextField("主持人小结", blank=True, max_length=20000)
    late_entry_reason = models.CharField("补录原因", max_length=300, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveBigIntegerField(default=1)
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_start", "-pk"]
        verbose_name = "学习会"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(planned_end__gt=models.F("planned_start")),
                name="meeting_planned_end_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(actual_end__isnull=True)
                | models.Q(actual_start__isnull=False, actual_end__gt=models.F("actual_start")),
                name="meeting_actual_end_after_start",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.CANCELLED) | ~models.Q(cancel_reason=""),
                name="meeting_cancelled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def roles_for(self, user: User) -> frozenset[Role]:
        """Roles in the unit, plus chair and recorder of this meeting while in the unit.

        A group leader leads only the own group's meetings: the role comes from the group's unit.
        """
        roles = set(roles_in(user, self.unit))
        if roles - {Role.ORGAN}:
            if self.chair_id == user.pk:
                roles.add(Role.CHAIR)
            if self.recorder_id == user.pk:
                roles.add(Role.RECORDER)
        if self.unit.kind != UnitKind.GROUP:
            roles.discard(Role.LEADER)
            if any(
                m.unit_id == self.unit_id and m.role == MembershipRole.LEADER
                for m in memberships_of(user)
            ):
                roles.add(Role.MEMBER)
        return frozenset(roles)

    @property
    def summary_key(self) -> str:
        """Name of the chair's summary among the saved texts."""
        return f"summary-{self.pk}"

    @property
    def remark_copy(self) -> str:
        """Name of the working copy of a remark that is being written down."""
        return f"said-{self.pk}"

    @property
    def is_party_meeting(self) -> bool:
        """Party meetings have 应到 by Party membership; others are 列席 (product.md)."""
        return self.kind in {Kind.ASSEMBLY, Kind.COMMITTEE, Kind.GROUP, Kind.LIFE, Kind.APPRAISAL}

    @property
    def decision_word(self) -> str:
        """决议 of a 党员大会, 议定事项 of the others (glossary)."""
        return "决议" if self.kind == Kind.ASSEMBLY else "议定事项"

    @property
    def paper_organisation(self) -> str:
        """Name of the organisation on paper; the committee's for 支委会 only."""
        return self.unit.committee_name if self.kind == Kind.COMMITTEE else self.unit.full_name


class Sitting(models.Model):
    """场次 of a 集中学习 held in shifts."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="sittings")
    name = models.CharField("场次", max_length=50)
    start = models.DateTimeField("开始")
    end = models.DateTimeField("结束")
    place = models.CharField("地点", max_length=100, blank=True)

    class Meta:
        ordering = ["meeting", "start", "pk"]

    def __str__(self) -> str:
        return self.name


class ItemKind(models.TextChoices):
    """Kind of an agenda item, in the order of product.md."""

    ATTENDANCE = "attendance", "通报到会情况"
    STUDY = "study", "学习"
    DISCUSSION = "discussion", "交流发言"
    VOTE = "vote", "表决"
    OTHER = "other", "其他事项"
    SUMMARY = "summary", "主持人小结"
    ADJOURN = "adjourn", "散会"


class AgendaItem(models.Model):
    """One item of the agenda; a study item names its text and 领学人."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=ItemKind)
    title = models.CharField("议程", max_length=300)
    speech = models.ForeignKey(
        Speech, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items"
    )
    lead_reader = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="领学人",
    )
    extent = models.CharField(
        "范围", max_length=10, default="全文", choices=[("全文", "全文"), ("节选", "节选")]
    )
    words = models.TextField("记录", blank=True, max_length=20000)

    class Meta:
        ordering = ["meeting", "position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def words_key(self) -> str:
        """Name of what was said under it among the saved texts."""
        return f"words-{self.pk}"


class Presence(models.TextChoices):
    """到会情况 of one person."""

    UNKNOWN = "", "未点到"
    PRESENT = "present", "已到"
    LATE = "late", "迟到"
    LEFT = "left", "中途离会"
    LEAVE = "leave", "请假"
    ABSENT = "absent", "缺席"


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
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_present(self) -> bool:
        """In the room for at least part of the meeting."""
        return self.presence in {Presence.PRESENT, Presence.LATE, Presence.LEFT}


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


class Remark(models.Model):
    """发言: what somebody said in the meeting, written down by the recorder.

    ``note`` is set when the recorder took a member's own note into the record (列入记录): the text
    is a copy, later edits of the note are shown as a difference.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="remarks")
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    speaker = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    speaker_name = models.CharField("发言人", max_length=50)
    position = models.PositiveIntegerField()
    text = models.TextField("内容", max_length=20000)
    note = models.ForeignKey(
        Note, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField("本人核对", null=True, blank=True)
    objection = models.CharField("本人意见", max_length=500, blank=True)

    class Meta:
        ordering = ["meeting", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(checked_at__isnull=True) | models.Q(objection=""),
                name="remark_checked_or_objected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker_name}：{self.text[:20]}"

    @property
    def text_key(self) -> str:
        """Name of its words among the saved texts."""
        return f"remark-{self.pk}"

    def reword(self, text: str, *, by: User, at: datetime) -> None:
        """Take other words, unsaved; what the speaker said about the old ones falls away."""
        if text != self.text:
            self.checked_at = at if self.speaker_id == by.pk else None
            self.text, self.objection = text, ""


class VoteKind(models.TextChoices):
    """Kinds of votes, each with its own rule (meetings.voting)."""

    ORDINARY = "ordinary", "一般表决"
    ADMISSION = "admission", "接收预备党员"
    CONFIRMATION = "confirmation", "预备党员转正"
    ELECTION = "election", "选举"
    COMMITTEE = "committee", "支委会表决"


class Method(models.TextChoices):
    """How votes were cast."""

    HANDS = "hands", "举手"
    SECRET = "secret", "无记名投票"
    OPEN = "open", "记名投票"


class Vote(models.Model):
    """表决: counts only; who voted how is never stored."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="votes")
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, blank=True, related_name="votes"
    )
    kind = models.CharField("种类", max_length=20, choices=VoteKind, default=VoteKind.ORDINARY)
    method = models.CharField("方式", max_length=10, choices=Method, default=Method.HANDS)
    subject = models.CharField("表决事项", max_length=300)
    eligible = models.PositiveIntegerField("应到会有表决权人数")
    present = models.PositiveIntegerField("实到会有表决权人数")
    ayes = models.PositiveIntegerField("赞成", default=0)
    noes = models.PositiveIntegerField("反对", default=0)
    abstentions = models.PositiveIntegerField("弃权", default=0)
    written_ayes = models.PositiveIntegerField("会前书面赞成", default=0)
    written_noes = models.PositiveIntegerField("会前书面反对", default=0)
    ballots_out = models.PositiveIntegerField("发出票数", null=True, blank=True)
    ballots_back = models.PositiveIntegerField("收回票数", null=True, blank=True)
    tellers = models.CharField("监票人", max_length=100, blank=True)
    counters = models.CharField("计票人", max_length=100, blank=True)
    seats = models.PositiveIntegerField("应选人数", null=True, blank=True)
    position = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["meeting", "position", "pk"]

    def __str__(self) -> str:
        return self.subject


class Candidate(models.Model):
    """A candidate of an election with the votes received."""

    vote = models.ForeignKey(Vote, on_delete=models.CASCADE, related_name="candidates")
    name = models.CharField("候选人", max_length=50)
    ayes = models.PositiveIntegerField("得赞成票", default=0)
    position = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["vote", "position", "pk"]

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """决议/议定事项 with who does it and by when."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    position = models.PositiveIntegerField()
    text = models.TextField("内容", max_length=2000)
    responsible = models.CharField("责任人", max_length=100, blank=True)
    due_on = models.DateField("完成时限", null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position", "pk"]

    def __str__(self) -> str:
        return self.text[:30]
