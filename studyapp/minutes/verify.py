"""What does not fit among the signed versions: the rows, the chain, the seals, what hangs on them.

Each finding is a sentence that tells apart what happened: changed, cut out, without its key. What
is computed is in :mod:`studyapp.minutes.chain` and :mod:`studyapp.minutes.content`; nothing is
mended here.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q

from studyapp.audit import triggers
from studyapp.audit.models import Entry
from studyapp.audit.queries import sealed_until
from studyapp.branches.models import Unit
from studyapp.minutes import chain
from studyapp.minutes.actions.signing import CONFIRMED, SCANNED, SIGNED, VOIDED
from studyapp.minutes.content import canonical, digest
from studyapp.minutes.models import Confirmation, Record, RecordState, Scan, SignedVersion, Voided
from studyapp.papers.models import IssuedFile

_CHUNK = 500
_ISSUED = "导出"  # how the log's names of papers that were handed out begin
_TABLES = (
    "minutes_signedversion",
    "minutes_confirmation",
    "minutes_scan",
    "minutes_voided",
    "papers_issuedfile",
)


@dataclass(slots=True)
class Report:
    """What was looked at, and the end of each chain: link and place of its newest version."""

    versions: int = 0
    scans: int = 0
    files: int = 0
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Told:
    """What the log says of records and files, read once: it is long, and no index finds a record.

    ``confirmed`` has names by record and revision, ``signed`` record and version, ``voided`` check
    codes, ``scanned`` and ``issued`` hashes of files. Up to ``sealed`` the log says nothing any
    more: what happened then stands in the files that it was sealed into.
    """

    sealed: datetime | None = field(default_factory=sealed_until)
    confirmed: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    signed: set[tuple[int, int]] = field(default_factory=set)
    voided: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    issued: set[str] = field(default_factory=set)

    @classmethod
    def read(cls) -> "Told":
        """Read the log from its beginning."""
        told = cls()
        acts = Q(name__in=[CONFIRMED, SIGNED, VOIDED, SCANNED]) | Q(name__startswith=_ISSUED)
        entries = Entry.objects.filter(acts, succeeded=True).order_by("seq")
        rows = entries.values_list("name", "user_name", "condition")
        for name, person, condition in rows.iterator(chunk_size=_CHUNK):
            told.take(name, person, condition)
        return told

    def covers(self, at: datetime) -> bool:
        """Tell whether the log still says what happened then."""
        return self.sealed is None or at > self.sealed

    def take(self, name: str, person: str, condition: dict[str, Any]) -> None:
        """Note what one entry says."""
        said = condition.get
        if name == CONFIRMED:
            key = (said("record", 0), said("revision", 0))
            self.confirmed.setdefault(key, set()).add(person)
        elif name == SIGNED:
            self.signed.add((said("record", 0), said("version", 0)))
        elif name == VOIDED:
            self.voided.add(said("code", ""))
        else:
            (self.scanned if name == SCANNED else self.issued).add(said("sha256", ""))


def find(report: Report, unit: Unit | None = None, *, scans: bool = True) -> Iterator[str]:
    """Yield what is wrong, chain by chain; ``report`` is filled meanwhile.

    With ``unit`` only its own chain; without ``scans`` files of scans are left alone. Versions cut
    off at the end are told by the log, the records and the files that name them; a chain that was
    noted elsewhere is compared by its head.
    """
    if names := [name for name in triggers.missing() if name.startswith(_TABLES)]:
        yield f"防篡改触发器缺失：{'、'.join(names)}。执行 manage.py migrate 重建，并查明原因"
    told = Told.read()
    yield from _chains(report, unit, told)
    yield from _records(unit)
    yield from _logged(unit)
    yield from _voided(unit, told)
    if scans:
        yield from _scans(report, unit, told)
    yield from _issued(report, unit, told)


def _of(unit: Unit | None, path: str) -> Q:
    return Q(**{path: unit}) if unit else Q()


def _chains(report: Report, unit: Unit | None, told: Told) -> Iterator[str]:
    rows = SignedVersion.objects.filter(_of(unit, "unit")).order_by("unit_id", "sequence")
    confirmed = Prefetch("record__confirmations", Confirmation.objects.all())
    rows = rows.select_related("unit", "record__meeting").prefetch_related(confirmed)
    for version in rows.iterator(chunk_size=_CHUNK):
        place, link = report.heads.get(version.unit_id, (0, ""))
        which = f"记录{version.record_id}第{version.number}版"
        where = f"{version.unit.name} 第{version.sequence}号（{which}）"
        report.versions += 1
        report.heads[version.unit_id] = (version.sequence, version.link)
        if version.sequence != place + 1:
            yield f"{version.unit.name} 第{place + 1}号到第{version.sequence - 1}号缺失"
        elif version.previous != link:
            yield f"{where}：与上一号不相连"
        for problem in _version(version, told):
            yield f"{where}：{problem}"


def _version(version: SignedVersion, told: Told) -> Iterator[str]:
    """Yield what is wrong with one row in itself."""
    if digest(version.content) != version.sha256:
        yield "内容与签字时的 SHA-256 不一致"
    yield from _content(version)
    if version.record.meeting.unit_id != version.unit_id:
        yield "记录不属于这个支部"
    revision = version.revision
    given = [c for c in version.record.confirmations.all() if c.revision == revision]
    if chain.signatures(given) != version.signatures:
        yield f"签字与第{revision}次修订的签字确认不一致"
    confirmed = told.confirmed.get((version.record_id, revision), set())
    for name in sorted({c.by_name for c in given if told.covers(c.at)} - confirmed):
        yield f"审计记录里没有{name}的签字确认"
    signed = (version.record_id, version.number) in told.signed
    if not signed and told.covers(version.signed_at):
        yield "审计记录里没有这个版本的签字完成"
    link = chain.link_of(version)
    if link and link != version.link:
        yield "链值与各栏不一致，有栏目被改动"
    key = settings.RECORD_KEYS.get(version.key_id)
    if key is None:
        yield f"密钥 {version.key_id} 不在 record.keys 里，封印没法核验"
    elif chain.seal_of(version.link, key) != version.seal:
        yield "封印不对"
    with suppress(ValueError):  # a seal that is no number was told above
        if chain.code_of(version.seal) != version.code:
            yield "校验码与封印不一致"


def _content(version: SignedVersion) -> Iterator[str]:
    try:
        found = json.loads(version.content)
        schema, record = found["schema"], found["record"]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield "内容读不出来"
        return
    if canonical(found) != version.content:
        yield "内容不是规范格式"
    if schema != version.schema:
        yield f"内容格式（{schema}）与登记的（{version.schema}）不一致"
    elif not chain.is_known(version.schema):
        yield f"内容格式（{schema}）这个程序还不认识，没法核验"
    if record != version.record_id:
        yield f"内容是另一份记录的（{record}）"


def _records(unit: Unit | None) -> Iterator[str]:
    """Yield records that say something else than their versions."""
    rows = Record.objects.filter(_of(unit, "meeting__unit")).order_by("pk")
    signed = Q(state=RecordState.SIGNED) | Q(versions__isnull=False)
    versions = SignedVersion.objects.select_related("voided").order_by("number")
    found = rows.filter(signed).distinct().select_related("meeting")
    found = found.prefetch_related(Prefetch("versions", versions))
    for record in found.iterator(chunk_size=_CHUNK):
        for problem in _record(record, list(record.versions.all())):
            yield f"记录{record.pk}：{problem}"


def _record(record: Record, versions: list[SignedVersion]) -> Iterator[str]:
    numbers = [version.number for version in versions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"版本不连续：{'、'.join(map(str, numbers))}"
    signed = record.state == RecordState.SIGNED
    if not versions:
        yield "已签字，却没有签字版本"
        return
    if record.state == RecordState.DRAFT:
        yield "有签字版本，状态却是会后整理"
    newest = versions[-1]
    if signed and (record.content, record.revision) != (newest.content, newest.revision):
        yield f"与最新的签字版本（第{newest.number}版）不一致"
    if record.meeting.signed_at != (newest.signed_at if signed else None):
        yield "会议的签字时间与签字版本不一致"
    if record.meeting.void_at != (newest.voided.at if newest.is_void else None):
        yield "会议的作废时间与作废的声明不一致"


def _logged(unit: Unit | None) -> Iterator[str]:
    """Yield versions that the log tells of and that are not there, or not as they were."""
    entries = Entry.objects.filter(condition__has_key="link", name=SIGNED)
    if unit:
        entries = entries.filter(organization_id=str(unit.pk))
    for entry in entries.order_by("seq").iterator(chunk_size=_CHUNK):
        told = {key: entry.condition.get(key) for key in ("record", "version", "code", "link")}
        there = SignedVersion.objects.filter(
            record_id=told["record"], number=told["version"], code=told["code"], link=told["link"]
        )
        if not there.exists():
            yield (
                f"审计记录第{entry.seq}条记着记录{told['record']}第{told['version']}版"
                f"（{told['code']}）签了字，这个版本不在了，或者改过"
            )


def _voided(unit: Unit | None, told: Told) -> Iterator[str]:
    """Yield versions that were declared void as the log tells, and count again."""
    entries = Entry.objects.filter(name=VOIDED, succeeded=True)
    if unit:
        entries = entries.filter(organization_id=str(unit.pk))
    for entry in entries.order_by("seq").iterator(chunk_size=_CHUNK):
        code = entry.condition.get("code")
        if not Voided.objects.filter(version__code=code).exists():
            yield f"审计记录第{entry.seq}条记着 {code} 作废，作废的声明不在了"
    rows = Voided.objects.filter(_of(unit, "version__unit"))
    for code, at in rows.values_list("version__code", "at"):
        if code not in told.voided and told.covers(at):
            yield f"{code} 有作废的声明，审计记录里没有"


def _scans(report: Report, unit: Unit | None, told: Told) -> Iterator[str]:
    rows = Scan.objects.filter(_of(unit, "version__unit")).select_related("version")
    for scan in rows.order_by("pk").iterator(chunk_size=_CHUNK):
        report.scans += 1
        where = f"记录{scan.version.record_id}第{scan.version.number}版的扫描件“{scan.file_name}”"
        if scan.sha256 not in told.scanned and told.covers(scan.added_at):
            yield f"{where}：审计记录里没有上传"
        try:
            with scan.file.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield f"{where}：文件打不开"
            continue
        if found != scan.sha256:
            yield f"{where}：文件与上传时的 SHA-256 不一致"


def _issued(report: Report, unit: Unit | None, told: Told) -> Iterator[str]:
    """Yield files handed out with a code that no version has, or that the log knows nothing of."""
    rows = IssuedFile.objects.filter(_of(unit, "unit")).exclude(check_code="").order_by("pk")
    report.files = rows.count()
    known = SignedVersion.objects.values("code")
    for file in rows.exclude(check_code__in=known).iterator(chunk_size=_CHUNK):
        yield f"导出文件“{file.file_name}”（{file.subject}）的校验码 {file.check_code} 查不到"
    for file in rows.iterator(chunk_size=_CHUNK):
        if file.sha256 not in told.issued and told.covers(file.at):
            yield f"导出文件“{file.file_name}”（{file.subject}）在审计记录里没有"
