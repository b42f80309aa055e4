"""Speeches: the source as it came, its versions, themes and passages."""

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import MembershipRole, Unit, memberships_of, roles_in

UNVOUCHED = "来源未核实"


class SpeechQuerySet(models.QuerySet["Speech"]):
    """Questions over speeches."""

    def visible_to(self, user: User) -> "SpeechQuerySet":
        """Released texts of own units and of those above; unreleased ones for who prepares them.

        Administrators hold no membership and so see none.
        """
        above: set[int] = set()
        prepares: set[int] = set()
        for membership in memberships_of(user):
            above.update(membership.unit.ancestor_ids())
            if membership.role in {
                MembershipRole.SECRETARY,
                MembershipRole.DEPUTY,
                MembershipRole.ORGAN,
            }:
                prepares.add(membership.unit_id)
        sent_down = models.Q(unit_id__in=above, sent_at__isnull=False)
        own = models.Q(unit_id__in=[m.unit_id for m in memberships_of(user)])
        ready = own & models.Q(released_at__isnull=False)
        return self.filter(sent_down | ready | models.Q(unit_id__in=prepares))

    def in_use(self) -> "SpeechQuerySet":
        """Texts that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class Speech(models.Model):
    """学习材料: one text, in one or more versions.

    It is *released* to the unit that brought it in when its review is finished, and *sent down*
    (下发) to the whole subtree by organ staff. A text whose 来源 nobody vouches for (来源未核实)
    cannot be sent down (burden rule 10). It is never deleted: *withdrawn* (撤回), it keeps its
    address, its notes and its place in past meetings, but its words show to nobody but those who
    prepare it, and no new meeting can take it.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="speeches")
    title = models.CharField("标题", max_length=300)
    speaker = models.CharField("讲话人", max_length=100, blank=True)
    occasion = models.CharField("场合", max_length=200, blank=True)
    given_on = models.CharField("讲话日期", max_length=50, blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    document_number = models.CharField("文号", max_length=100, blank=True)
    vouched_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="来源核实人",
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField("撤回原因", max_length=300, blank=True)

    objects = SpeechQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "学习材料"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True, sent_by__isnull=True)
                | models.Q(
                    sent_at__isnull=False,
                    sent_by__isnull=False,
                    vouched_by__isnull=False,
                    released_at__isnull=False,
                ),
                name="speech_sent_only_when_vouched",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | models.Q(
                    ~models.Q(withdrawn_reason=""),
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                ),
                name="speech_withdrawn_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def roles_for(self, user: User) -> frozenset[Role]:
        """Roles in the unit that brought it in; readers below are members."""
        roles = set(roles_in(user, self.unit))
        if self.released_at:  # as whatever was sent down is
            for membership in memberships_of(user):
                if self.unit_id in membership.unit.ancestor_ids():
                    roles.add(Role.MEMBER)
        return frozenset(roles)

    @property
    def is_withdrawn(self) -> bool:
        """True: its words are not shown to readers."""
        return self.withdrawn_at is not None

    @property
    def doubt(self) -> str:
        """来源未核实, which stands wherever a paper names it; "" once somebody vouches for it."""
        return "" if self.is_vouched else UNVOUCHED

    @property
    def is_vouched(self) -> bool:
        """False: shown as 来源未核实."""
        return self.vouched_by_id is not None


class Version(models.Model):
    """One wording of a speech. The file that came in is kept byte for byte."""

    speech = models.ForeignKey(Speech, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source_text = models.TextField()
    file = models.FileField(upload_to="speeches/", blank=True, max_length=200)
    file_name = models.CharField(max_length=300, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    salutation = models.CharField(max_length=200, blank=True)
    warnings = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["speech", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["speech", "number"], name="one_number_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.speech} 第{self.number}稿"


class Zone(models.TextChoices):
    """Where in the speech a theme stands."""

    OPENING = "opening", "引言"
    THEME = "theme", "专题"
    CLOSING = "closing", "结语"


class ThemeQuerySet(models.QuerySet["Theme"]):
    """Questions over themes."""

    def visible_to(self, user: User) -> "ThemeQuerySet":
        """Themes of visible speeches."""
        return self.filter(speech__in=Speech.objects.visible_to(user))

    def in_use(self) -> "ThemeQuerySet":
        """Numbered themes of the present structure, in order."""
        return self.filter(zone=Zone.THEME, is_retired=False).order_by("number")


class Theme(models.Model):
    """专题. It outlives versions: notes hang on it, so it is retired, never deleted."""

    speech = models.ForeignKey(Speech, on_delete=models.CASCADE, related_name="themes")
    zone = models.CharField(max_length=10, choices=Zone, default=Zone.THEME)
    number = models.PositiveIntegerField(default=0)
    title = models.CharField("专题名称", max_length=200)
    question = models.CharField("研讨题", max_length=500, blank=True)
    is_retired = models.BooleanField(default=False)

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["speech", "number", "pk"]
        verbose_name = "专题"

    def __str__(self) -> str:
        return self.title

    def roles_for(self, user: User) -> frozenset[Role]:
        """The same as for the speech."""
        return self.speech.roles_for(user)


class PassageKind(models.TextChoices):
    """What a line of the source is."""

    TITLE = "title", "标题"
    META = "meta", "讲话信息"
    SALUTATION = "salutation", "称谓"
    HEADING = "heading", "小标题"
    BODY = "body", "正文"
    REMOVED = "removed", "已移除"


class Passage(models.Model):
    """A piece of the source, verbatim, in order; the review moves these, never their words."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    text = models.TextField()
    kind = models.CharField(max_length=12, choices=PassageKind, default=PassageKind.BODY)
    level = models.PositiveSmallIntegerField(default=0)
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="passages"
    )
    is_glued = models.BooleanField(default=False)
    is_unsure = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_passage_a_position"),
        ]

    def __str__(self) -> str:
        return self.text[:30]


class ReadingPosition(models.Model):
    """Where a reader stopped. Private: no other role, report or export reads it (rule 7)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    speech = models.ForeignKey(Speech, on_delete=models.CASCADE, related_name="+")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "speech"], name="one_position_a_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.theme_id}"


def passages_below(theme: Theme) -> list[Passage]:
    """Return what the newest version says under the heading of a theme, in one query."""
    if theme.speech.is_withdrawn:
        return []
    newest = Version.objects.filter(speech_id=theme.speech_id).order_by("-number").values("pk")
    found = Passage.objects.filter(version__in=newest[:1], theme=theme).order_by("position")
    return [p for p in found if not (p.kind == PassageKind.HEADING and p.level == 1)]
