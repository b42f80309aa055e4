"""The demo's units, people and sign-ins."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

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
_FRIDAY, _MORNING, _EVENING = 4, 8, 21
_LAST = 100  # rank of those whom only 姓氏笔画 puts in order
# Who leads or serves above a branch is an ordinary member of one: there lies the vote.
_HOMES = {
    "何建国": "政治部党支部",
    "蒋文静": "政治部党支部",
    "顾长河": "刑侦第一党支部",
    "沈毅": "刑侦第二党支部",
}
_GROUP = ("刘建军", "王海峰", "马志强", "欧阳晴", "高鹏")
_ORDINARY = ("民警", "辅警", "侦查员", "技术员", "查控员", "科员")
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
    """What was made so far, by name; ``now`` is the clock of the whole demo."""

    now: datetime
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    texts: list[Speech] = field(default_factory=list)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment ``days`` from today."""
        return moment(timezone.localdate(self.now) + timedelta(days=days), hour, minute)

    def work(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment on the working day next to ``days`` from today, away from today."""
        day = timezone.localdate(self.now) + timedelta(days=days)
        while day.weekday() > _FRIDAY:
            day += timedelta(days=1 if days > 0 else -1)
        return moment(day, hour, minute)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of a day where the bureau is."""
    return datetime.combine(day, time(hour, minute), timezone.get_current_timezone())


def at_night(start: datetime) -> bool:
    """Tell whether only people on duty would meet then."""
    return not _MORNING <= timezone.localtime(start).hour < _EVENING


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
        bureau.people[name] = bureau.people[user.username] = user
        ranks[unit] = ranks.get(unit, 0) + 1
        plain = role == "member" and post.endswith(_ORDINARY)
        rank = _LAST if plain else ranks[unit]
        _place(bureau, name, unit, role, duty=duty, rank=rank, is_home=name not in _HOMES)
    for name, unit in _HOMES.items():
        _place(bureau, name, unit, "member", rank=_LAST // 2, is_home=True)
    for name in _GROUP:
        _place(bureau, name, "第一党小组", "leader" if name == _GROUP[0] else "member", rank=10)
    _administrators(bureau, secret)


def _place(bureau: Bureau, name: str, unit: str, role: str, **more: Any) -> None:
    Membership.objects.create(
        user=bureau.people[name], unit=bureau.units[unit], role=MembershipRole(role), **more
    )


def _administrators(bureau: Bureau, secret: str) -> None:
    for username, name, office in (
        ("sysadmin", "系统管理员", Office.SYSTEM),
        ("secadmin", "安全管理员", Office.SECURITY),
        ("auditor", "审计管理员", Office.AUDIT),
    ):
        bureau.people[username] = User.objects.create(
            username=username, name=name, office=office, password=secret, staff=Staff.EMPLOYEE
        )
