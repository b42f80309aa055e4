"""The demo's units, people and sign-ins."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from studyapp.accounts.models import Office, Political, Staff, User
from studyapp.branches.actions import create_unit
from studyapp.branches.models import Membership, MembershipRole, Unit, UnitKind
from studyapp.speeches.models import Speech

PASSWORD = "Demo-Study-2026"  # noqa: S105 -- the demo's password is public
ACCOUNTS = (
    ("secretary", "刑侦第一党支部书记，主持会议、审阅签字"),
    ("recorder", "刑侦第一党支部宣传委员，会议记录人"),
    ("member", "刑侦第一党支部党员，读材料、写体会"),
    ("visitor", "治安支队党支部党员，看不到刑侦支部的内容"),
    ("inspector", "机关党委工作人员，下发材料、看已签字的记录"),
    ("sysadmin", "系统管理员，管党组织和人员"),
    ("secadmin", "安全管理员，管角色和密码"),
    ("auditor", "审计管理员，只看日志"),
)
FOLDER = Path(__file__).parent
_FULL = "中共云州市公安局"
_BRANCHES = (
    ("刑侦第一党支部", "刑侦支队第一支部委员会", "刑侦支队党总支"),
    ("刑侦第二党支部", "刑侦支队第二支部委员会", "刑侦支队党总支"),
    ("治安支队党支部", "治安支队支部委员会", "机关党委"),
    ("交警支队党支部", "交警支队支部委员会", "机关党委"),
    ("城东派出所党支部", "城东派出所支部委员会", "机关党委"),
    ("城西派出所党支部", "城西派出所支部委员会", "机关党委"),
    ("政治部党支部", "政治部支部委员会", "机关党委"),
)


@dataclass
class Bureau:
    """What was made so far, by name."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    texts: list[Speech] = field(default_factory=list)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment ``days`` from today."""
        day = timezone.localdate() + timedelta(days=days)
        return datetime.combine(day, time(hour, minute), timezone.get_current_timezone())


def units(bureau: Bureau) -> None:
    top = create_unit(
        by=None,
        parent=None,
        name="市局党委",
        kind=UnitKind.BUREAU,
        full_name="中共云州市公安局委员会",
    )
    organ = create_unit(
        by=None, parent=top, name="机关党委", kind=UnitKind.ORGAN, full_name=f"{_FULL}机关委员会"
    )
    general = create_unit(
        by=None,
        parent=organ,
        name="刑侦支队党总支",
        kind=UnitKind.GENERAL,
        full_name=f"{_FULL}刑侦支队总支部委员会",
    )
    bureau.units = {"市局党委": top, "机关党委": organ, "刑侦支队党总支": general}
    for order, (name, full, parent) in enumerate(_BRANCHES, 1):
        bureau.units[name] = create_unit(
            by=None,
            parent=bureau.units[parent],
            name=name,
            kind=UnitKind.BRANCH,
            order=order,
            # The branch's own name stands on papers; the committee's is derived for 支委会.
            full_name=f"{_FULL}{full.removesuffix('委员会')}",
            theme_day=10,
        )
    bureau.units["第一党小组"] = create_unit(
        by=None,
        parent=bureau.units["刑侦第一党支部"],
        name="第一党小组",
        kind=UnitKind.GROUP,
        full_name=f"{_FULL}刑侦支队第一支部第一党小组",
    )


def people(bureau: Bureau) -> None:
    secret = make_password(PASSWORD)
    ranks: dict[str, int] = {}
    lines = (FOLDER / "people.txt").read_text(encoding="utf-8").splitlines()[1:]
    for number, line in enumerate(lines, 1):
        unit, name, post, political, staff, role, duty, username = line.split("\t")
        full = political == Political.FULL
        user = User.objects.create(
            username=username if username != "-" else f"u{number:03d}",
            name=name,
            post=post,
            political=political,
            staff=Staff(staff),
            password=secret,
            joined_on=date(2005 + number % 15, 7, 1) if full else None,
            confirmed_on=date(2006 + number % 15, 7, 1) if full else None,
        )
        ranks[unit] = ranks.get(unit, 0) + 1
        leads = role in {"secretary", "deputy", "committee", "organ"}
        Membership.objects.create(
            user=user,
            unit=bureau.units[unit],
            role=MembershipRole(role),
            duty=duty,
            rank=ranks[unit] if leads else 100,
            is_home=True,
        )
        bureau.people[name] = user
        if username != "-":
            bureau.people[username] = user
    group = bureau.units["第一党小组"]
    for name, role in (
        ("刘建军", "leader"),
        ("王海峰", "member"),
        ("马志强", "member"),
        ("欧阳晴", "member"),
        ("高鹏", "member"),
    ):
        Membership.objects.create(user=bureau.people[name], unit=group, role=role, rank=10)
    for username, name, office in (
        ("sysadmin", "系统管理员", Office.SYSTEM),
        ("secadmin", "安全管理员", Office.SECURITY),
        ("auditor", "审计管理员", Office.AUDIT),
    ):
        bureau.people[username] = User.objects.create(
            username=username, name=name, office=office, password=secret, staff=Staff.EMPLOYEE
        )
