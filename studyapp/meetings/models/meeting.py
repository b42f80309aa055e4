"""The meeting itself: kind, state, sittings and agenda."""

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
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
        return self.filter(models.Q(unit_id__in=units) | models.Q(unit__in=below))


class Meeting(models.Model):
    """学习会: one lawful meeting of one unit.

    ``signed_at`` is set when its record is signed for the first time: from then on its notes,
    remarks, votes and roll call no longer change. ``void_at`` is set while its newest signed
    version is declared void (作废): it was not held, or was none, and counts for nobody (ADR 0009).
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
    # Rises with every note, which changes no form: pages that stand open compare both together.
    news = models.PositiveBigIntegerField(default=0, editable=False)
    uses_code = models.BooleanField("用签到码签到", default=False)
    may_object = models.BooleanField("到会人员可以对记录提意见", default=False)
    # What the room sees on the projector; nothing chosen means what comes first.
    screen_item = models.ForeignKey(
        "AgendaItem", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    screen_theme = models.ForeignKey(
        Theme, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    screen_points = models.BooleanField("投屏显示大家的要点", default=False)
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    void_at = models.DateTimeField(null=True, blank=True, editable=False)

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


FRAME = "研究议题"
"""Title of the item of a 支委会 whose subject nobody has named yet."""


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
    def is_frame(self) -> bool:
        """Only a place for a subject: no paper prints it."""
        return self.kind == ItemKind.DISCUSSION and self.title == FRAME

    @property
    def words_key(self) -> str:
        """Name of what was said under it among the saved texts."""
        return f"words-{self.pk}"
