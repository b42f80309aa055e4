"""Is the log what was written? What is wrong with it is told apart by kind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from studyapp.audit import triggers
from studyapp.audit.actions import SEALED
from studyapp.audit.anchors import Anchor
from studyapp.audit.chain import digest
from studyapp.audit.models import Entry, Segment
from studyapp.audit.queries import newest_segment

_LISTED = 100  # findings told in words; the others are counted


class Kind(IntEnum):
    """What is wrong, from bad to worse; the number is the exit code of `verify_audit`."""

    TRIGGER = 2
    """Nothing stops the next change: a trigger is gone or does nothing."""
    GAP = 3
    """Rows inside the log are gone."""
    TRUNCATED = 4
    """The end of the log is gone."""
    ALTERED = 5
    """A row was changed, or another one stands in its place."""
    ANCHOR = 6
    """The chain fits, but is not the one that was noted: it was made again from there on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``seq`` is the row that it is about, 0 for the log as a whole."""

    kind: Kind
    seq: int
    sentence: str


@dataclass(slots=True)
class Report:
    """What a check found: ``rows`` from ``first`` to ``last`` were read, all of them or none.

    ``agreeing`` anchors were compared. Those inside of ``sealed`` parts were not, nor the
    ``unread`` ones of rows before ``first``.
    """

    findings: list[Finding] = field(default_factory=list)
    numbers: Counter[Kind] = field(default_factory=Counter)
    rows: int = 0
    first: int = 0
    last: int = 0
    digest: str = ""
    agreeing: int = 0
    sealed: int = 0
    unread: int = 0

    @property
    def worst(self) -> Kind | None:
        """The worst kind that was found; None when all is well."""
        return max(self.numbers, default=None)

    @property
    def total(self) -> int:
        """How many things are wrong, also those past the ones that are listed."""
        return sum(self.numbers.values())

    def add(self, kind: Kind, seq: int, sentence: str) -> None:
        """Count a finding; the first ones are kept in words."""
        self.numbers[kind] += 1
        if len(self.findings) < _LISTED:
            self.findings.append(Finding(kind, seq, sentence))


def check(anchors: Sequence[Anchor] = (), *, newest: int | None = None) -> Report:
    """Check triggers, rows, chain and ``anchors`` (what was noted elsewhere), in bounded memory.

    Rows cut off at the end leave a shorter chain that fits, and a chain that was made again fits
    too: both are found by anchors alone. ``newest`` bounds the check to so many rows.
    """
    report = Report()
    if missing := triggers.missing():
        names = "、".join(missing)
        said = f"防篡改触发器缺失或失效：{names}。执行 manage.py migrate 重建，并查明原因。"
        report.add(Kind.TRIGGER, 0, said)
    noted = _by_number(anchors)
    _sealed(report, noted)
    _read(report, noted, newest)
    _left(report, noted)
    if not report.rows and not anchors:
        report.add(Kind.TRUNCATED, 0, "一条记录也没有：登录都会记录，可能被清空。")
    return report


_Noted = dict[int, list[Anchor]]
"""Anchors that were not yet compared, by number: several where they contradict each other."""


def _by_number(anchors: Sequence[Anchor]) -> _Noted:
    noted: _Noted = {}
    for anchor in {(anchor.seq, anchor.digest): anchor for anchor in anchors}.values():
        noted.setdefault(anchor.seq, []).append(anchor)
    return noted


def _compare(report: Report, noted: _Noted, seq: int, digest: str, said: str) -> None:
    """Compare what was noted of a row with its digest; ``said`` is for one that differs."""
    for anchor in noted.pop(seq, ()):
        if anchor.digest == digest:
            report.agreeing += 1
        else:
            report.add(Kind.ANCHOR, seq, said.format(seq=seq, day=anchor.day))


def _left(report: Report, noted: _Noted) -> None:
    """Tell of the anchors whose rows are not there, or were not read."""
    segment = newest_segment()
    kept = segment.last_seq if segment else 0
    for seq, anchors in sorted(noted.items()):
        if len(anchors) > 1:
            said = f"第 {seq} 条有{len(anchors)}个互相矛盾的锚点：不会都是这份审计记录的。"
            report.add(Kind.ANCHOR, seq, said)
        if seq > report.last:
            said = f"锚点记到第 {seq} 条，现在只到第 {report.last} 条：末尾的记录没有了。"
            report.add(Kind.TRUNCATED, seq, said)
        elif seq <= kept:
            report.sealed += len(anchors)
        elif seq < report.first:
            report.unread += len(anchors)


def _read(report: Report, noted: _Noted, newest: int | None) -> None:
    """Read the rows in their order and compare each with itself, the one before and its anchor."""
    expected, previous = _beginning(newest)
    report.first = expected
    for entry in Entry.objects.filter(seq__gte=expected).order_by("seq").iterator(500):
        if entry.seq != expected:
            said = f"第 {expected} 条到第 {entry.seq - 1} 条缺失。"
            report.add(Kind.GAP, expected, said)
        elif entry.previous != previous:
            report.add(Kind.ALTERED, entry.seq, f"第 {entry.seq} 条与上一条不相连。")
        if digest(entry) != entry.digest:
            report.add(Kind.ALTERED, entry.seq, f"第 {entry.seq} 条被改动。")
        said = "第 {seq} 条和锚点（{day}）记下的不一致：从这以前被整个改写过。"
        _compare(report, noted, entry.seq, entry.digest, said)
        report.rows += 1
        previous, expected = entry.digest, entry.seq + 1
    report.last, report.digest = expected - 1, previous


def _beginning(newest: int | None) -> tuple[int, str]:
    """Return the number that the check begins with, and the digest that it has to follow."""
    if newest is not None:
        rows = Entry.objects.order_by("-seq").values_list("seq", "digest")
        if before := rows[newest : newest + 1]:
            [(seq, found)] = before
            return seq + 1, found
    segment = newest_segment()
    return (segment.last_seq + 1, segment.last_digest) if segment else (1, "")


def _sealed(report: Report, noted: _Noted) -> None:
    """Compare the segments that were taken away with what the log and anchors say of them.

    Of the rows inside a segment only its file tells: `export_verify` compares that with anchors.
    """
    segment = newest_segment()
    if segment is None:
        return
    told = Entry.objects.filter(name=SEALED, seq__gt=segment.last_seq).values_list("condition")
    facts = [(said.get("digest"), said.get("sha256")) for (said,) in told]
    if (segment.last_digest, segment.sha256) not in facts:
        said = f"第 {segment} 条已取走，审计记录里没有这次封存。"
        report.add(Kind.GAP, segment.last_seq, said)
    for seq, last in Segment.objects.values_list("last_seq", "last_digest"):
        said = "封存的末条（第 {seq} 条）和锚点（{day}）记下的不一致。"
        _compare(report, noted, seq, last, said)
