"""The tree of Party organisations and who stands where in it."""

from collections.abc import Iterable

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User


class UnitKind(models.TextChoices):
    """Level in the tree; each is optional."""

    BUREAU = "bureau", "市局党委"
    ORGAN = "organ", "机关党委"
    GENERAL = "general", "党总支"
    BRANCH = "branch", "党支部"
    GROUP = "group", "党小组"


RETENTION = [("永久", "永久"), ("30年", "30年"), ("10年", "10年")]
"""Classes of retention (国家档案局令第8号, 第10号)."""
_STACKED = {UnitKind.BUREAU, UnitKind.ORGAN}


def misplaced(kind: str, above: str | None) -> str:
    """Return why a unit of ``kind`` may not stand under one of kind ``above``; "" when it may.

    Levels may be left out, never turned round; ``above`` is None for the top. Committees of equal
    level may stand under each other (a sub-bureau's under the bureau's); a group needs a branch.
    """
    if kind == UnitKind.GROUP and above != UnitKind.BRANCH:
        return "党小组要放在党支部下面，换一个上级组织。"
    if above is None:
        return ""
    levels = list(UnitKind)
    own, upper = levels.index(UnitKind(kind)), levels.index(UnitKind(above))
    if own > upper or (own == upper and kind in _STACKED):
        return ""
    return (
        f"{UnitKind(kind).label}不能放在{UnitKind(above).label}下面，换一个上级组织，或改正类型。"
    )


class UnitQuerySet(models.QuerySet["Unit"]):
    """Questions over units."""

    def active(self) -> "UnitQuerySet":
        """Units in use."""
        return self.filter(is_active=True)

    def under(self, units: "Iterable[Unit]") -> "UnitQuerySet":
        """``units`` and all below them; none for none."""
        found = models.Q(pk__in=[])
        for unit in units:
            found |= models.Q(path__startswith=unit.path)
        return self.filter(found)

    def visible_to(self, user: User) -> "UnitQuerySet":
        """Own units, their groups, and for organ staff everything below; all for 系统 and 安全."""
        if user.offices & {Role.SYSTEM, Role.SECURITY}:
            return self
        memberships = memberships_of(user)
        reaches_down = [
            m.unit
            for m in memberships
            if m.role == MembershipRole.ORGAN or m.unit.kind == UnitKind.BRANCH
        ]
        return self.under(reaches_down) | self.filter(pk__in=[m.unit_id for m in memberships])


class Unit(models.Model):
    """A Party organisation. ``path`` is ``/id/id/`` from the root, for subtree questions."""

    name = models.CharField("简称", max_length=100)
    full_name = models.CharField("全称", max_length=200)
    kind = models.CharField("类型", max_length=20, choices=UnitKind)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级组织",
    )
    path = models.CharField(max_length=200, db_index=True, editable=False, default="")
    order = models.PositiveIntegerField("排序", default=100)
    theme_day = models.PositiveSmallIntegerField("主题党日（每月几日）", null=True, blank=True)
    retention = models.CharField(
        "会议记录保管期限",
        max_length=10,
        default="30年",
        choices=RETENTION,
    )
    is_active = models.BooleanField("在用", default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = "党组织"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(theme_day__isnull=True) | models.Q(theme_day__range=(1, 28)),
                name="unit_theme_day_in_month",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="group") | models.Q(parent__isnull=False),
                name="group_stands_under_a_branch",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                name="unit_is_not_above_itself",
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=models.Q(is_active=True),
                name="one_name_among_siblings",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(is_active=True, parent__isnull=True),
                name="one_name_at_the_top",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def committee_name(self) -> str:
        """Full name of the branch committee, used for 支委会 only (product.md)."""
        return self.full_name if self.full_name.endswith("委员会") else f"{self.full_name}委员会"

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/") - 2

    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to this unit itself."""
        return [int(part) for part in self.path.split("/") if part]

    def roles_for(self, user: User) -> frozenset[Role]:
        """Return how ``user`` stands to this unit."""
        return roles_in(user, self) | (user.offices & {Role.SYSTEM, Role.SECURITY})


MEMBERSHIP_ROLE = {
    "member": Role.MEMBER,
    "leader": Role.LEADER,
    "committee": Role.COMMITTEE,
    "deputy": Role.DEPUTY,
    "secretary": Role.SECRETARY,
    "organ": Role.ORGAN,
}


class MembershipRole(models.TextChoices):
    """Role of a person in a unit."""

    MEMBER = "member", "成员"
    LEADER = "leader", "党小组长"
    COMMITTEE = "committee", "支委"
    DEPUTY = "deputy", "副书记"
    SECRETARY = "secretary", "书记"
    ORGAN = "organ", "机关工作人员"


_COMMITTEE = ("member", "committee", "deputy", "secretary")
ROLES_IN: dict[str, tuple[str, ...]] = {
    UnitKind.BUREAU: (*_COMMITTEE, "organ"),
    UnitKind.ORGAN: (*_COMMITTEE, "organ"),
    UnitKind.GENERAL: (*_COMMITTEE, "organ"),
    UnitKind.BRANCH: _COMMITTEE,
    UnitKind.GROUP: ("member", "leader"),
}
"""Which roles a unit of each kind has."""
PARTY_ROLES = frozenset({"leader", "committee", "deputy", "secretary"})
"""Roles that only a member of the Party holds: its own elected posts."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Questions over memberships."""

    def current(self) -> "MembershipQuerySet":
        """Memberships that have not ended, of units and people in use."""
        return self.filter(ended_on__isnull=True, unit__is_active=True, user__is_active=True)


class Membership(models.Model):
    """A person works in a unit with a role. One of them may be the 组织关系 (``is_home``).

    Ended ones stay, with their dates, as the person's history.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(
        "角色", max_length=20, choices=MembershipRole, default=MembershipRole.MEMBER
    )
    duty = models.CharField("党内职务", max_length=50, blank=True)
    rank = models.PositiveIntegerField("排名", default=1000)
    is_home = models.BooleanField("组织关系在此", default=False)
    started_on = models.DateField("起", default=timezone.localdate)
    ended_on = models.DateField("止", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["unit", "rank", "pk"]
        verbose_name = "任职"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit"],
                condition=models.Q(ended_on__isnull=True),
                name="one_current_membership_a_unit",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(is_home=True, ended_on__isnull=True),
                name="one_home_branch_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True)
                | models.Q(ended_on__gte=models.F("started_on")),
                name="membership_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.unit}"

    @property
    def title(self) -> str:
        """What stands behind the name: the Party duty, the role, or the post."""
        if self.duty:
            return self.duty
        if self.role not in {MembershipRole.MEMBER, MembershipRole.ORGAN}:
            return self.get_role_display()
        return self.user.post


def memberships_of(user: User) -> list[Membership]:
    """Return the current memberships of ``user``, read once per request."""
    cached: list[Membership] | None = getattr(user, "_current_memberships", None)
    if cached is None:
        cached = list(
            Membership.objects.current()
            .filter(user_id=user.pk)
            .select_related("unit")
            .order_by("-is_home", "rank", "pk")
        )
        setattr(user, "_current_memberships", cached)  # noqa: B010 -- the request's own cache
    return cached


def roles_in(user: User, unit: Unit) -> frozenset[Role]:
    """Return the roles of ``user`` in ``unit``.

    Organ staff have their role in everything below too, and the people of a branch theirs in its
    groups. Nothing reaches upwards: a member of a group is a member of its branch only through an
    own membership there.
    """
    found: set[Role] = set()
    above = set(unit.ancestor_ids())
    for membership in memberships_of(user):
        role = MEMBERSHIP_ROLE[membership.role]
        if membership.unit_id == unit.pk:
            found.add(role)
        elif membership.unit_id in above:
            leads_group = unit.kind == UnitKind.GROUP and membership.unit.kind == UnitKind.BRANCH
            found |= {role} if role is Role.ORGAN or leads_group else set()
    return frozenset(found)


def home_unit(user: User) -> Unit | None:
    """Return the unit a person starts from: the 组织关系, else the first membership."""
    memberships = memberships_of(user)
    return memberships[0].unit if memberships else None
