"""归档: signed versions go into the archive of their year; the table of classes is changed.

Nothing leaves the archive, and no class of what is filed changes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from studyapp.accounts.models import User
from studyapp.archive.filing import Item, obstacle
from studyapp.archive.models import Filed, RetentionRule
from studyapp.archive.retention import retention_of
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.branches.models import RETENTION, Unit
from studyapp.errors import Refused
from studyapp.meetings.models import Kind
from studyapp.minutes.models import Record, SignedVersion


@transaction.atomic
def file_records(
    unit: Unit, chosen: Iterable[SignedVersion], *, by: User, at: datetime
) -> list[Filed]:
    """Put signed versions of one unit into the archive: all of them, or none with the reasons.

    Class and 件号 are settled here for good; the earliest meeting gets the first number.
    """
    keys = {version.pk for version in chosen}
    if not keys:
        raise Refused("还没有选记录。勾选要归档的，再点“归档”。")
    # Records before their unit: the order in which signing locks the two.
    records = Record.objects.filter(versions__in=keys).order_by("pk").values("pk")
    list(Record.objects.select_for_update(no_key=True).filter(pk__in=records).order_by("pk"))
    fresh = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    versions = list(
        SignedVersion.objects.filter(pk__in=keys, unit=fresh).select_related(
            "record__meeting", "voided"
        )
    )
    if len(versions) < len(keys):
        raise Refused("有的记录不是这个党组织的。刷新页面再选。")
    items = sorted((Item.of(v) for v in versions), key=lambda one: (one.day, one.version.pk))
    if problems := [f"“{one.title}”{why}。" for one in items if (why := _problem(one.version))]:
        raise Refused("没有归档：" + "".join(problems))
    table = retention_of(fresh)
    return [
        _file(one, fresh, table.period(one.version.record.meeting.kind), by=by, at=at)
        for one in items
    ]


def _problem(version: SignedVersion) -> str:
    if Filed.objects.filter(version=version).exists():
        return f"第{version.number}版已归档，不用再归"
    if version.is_superseded:
        return "签了新的版本，看过新版本再归档"
    return obstacle(version)


def _file(item: Item, unit: Unit, period: str, *, by: User, at: datetime) -> Filed:
    """Give a version its number. The caller holds the lock on the unit's row."""
    version, year = item.version, item.day.year
    before = Filed.objects.filter(unit=unit, year=year, period=period)
    last: int = before.aggregate(last=Max("number"))["last"] or 0
    row = Filed.objects.create(
        version=version,
        unit=unit,
        year=year,
        period=period,
        number=last + 1,
        by=by,
        by_name=by.name,
        at=at,
    )
    audit(
        "归档",
        operation=Operation.CREATE,
        by=by,
        target=item.title,
        unit=unit,
        record=version.record_id,
        version=version.number,
        year=year,
        period=period,
        piece=row.number,
    )
    return row


@transaction.atomic
def set_retention(unit: Unit, *, general: str, lines: Mapping[str, str], by: User) -> Unit:
    """Give the unit a table of its own: a period for every kind, and the general class.

    What is filed already keeps its class.
    """
    fresh = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    known = {period for period, _ in RETENTION}
    if set(lines) != set(Kind.values) or not {general, *lines.values()} <= known:
        raise Refused("每一类会议都要选一个保管期限：永久、30年或10年。")
    old = retention_of(fresh)
    changes: dict[str, Any] = {
        Kind(kind).label: f"{old.period(kind)}→{period}"
        for kind, period in lines.items()
        if old.period(kind) != period
    }
    if old.general != general:
        changes["一般"] = f"{old.general}→{general}"
    for kind, period in lines.items():
        RetentionRule.objects.update_or_create(unit=fresh, kind=kind, defaults={"period": period})
    fresh.retention = general
    fresh.save(update_fields=["retention"])
    audit("修改保管期限表", by=by, target=fresh.name, unit=fresh, **changes)
    return fresh


@transaction.atomic
def follow_superior(unit: Unit, *, by: User) -> Unit:
    """Give up the unit's own table: the nearest one above holds again for what is filed later."""
    fresh = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    own = RetentionRule.objects.filter(unit=fresh)
    above = RetentionRule.objects.filter(unit_id__in=fresh.ancestor_ids()[:-1])
    if not own.exists():
        raise Refused("这个党组织没有单独的保管期限表，不用改。")
    if not above.exists():
        raise Refused("上级没有保管期限表，这张表先用着。")
    own.delete()
    audit("改用上级的保管期限表", by=by, target=fresh.name, unit=fresh)
    return fresh
