"""Is the log what was written? What is wrong with it is told apart by kind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from studyapp.audit import triggers
from studyapp.audit.actions import SEALED
from studyapp.audit.anchors import Anchor
from studyapp.audit.chain import digest
from studyapp.audit.models import Entry
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
    """What a check found: ``rows`` from ``first`` to ``last`` were read, all of them or none."""

    findings: list[Finding] = field(default_factory=list)
    numbers: Counter[Kind] = field(default_factory=Counter)
    rows: int = 0
    first: int = 0
    last: int = 0
    digest: str = ""

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
    noted = {anchor.seq: anchor for anchor in anchors}
    _sealed(report, noted)
    _read(report, noted, newest)
    for anchor in sorted(noted.values(), key=lambda anchor: anchor.seq):
        if anchor.seq > report.last:
            said = f"锚点记到第 {anchor.seq} 条，现在只到第 {report.last} 条：末尾的记录没有了。"
            report.add(Kind.TRUNCATED, anchor.seq, said)
    if not report.rows and not noted:
        report.add(Kind.TRUNCATED, 0, "一条记录也没有：登录都会记录，可能被清空。")
    return report


def _read(report: Report, noted: dict[int, Anchor], newest: int | None) -> None:
    """Read the rows in their order and compare each with itself, the one before and its anchor."""
    expected, previous = _beginning(newest)
    report.first = expected
    for entry in Entry.objects.filter(seq__gte=expected).order_by("seq").iterator(2000):
        if entry.seq != expected:
            said = f"第 {expected} 条到第 {entry.seq - 1} 条缺失。"
            report.add(Kind.GAP, expected, said)
        elif entry.previous != previous:
            report.add(Kind.ALTERED, entry.seq, f"第 {entry.seq} 条与上一条不相连。")
        if digest(entry) != entry.digest:
            report.add(Kind.ALTERED, entry.seq, f"第 {entry.seq} 条被改动。")
        anchor = noted.get(entry.seq)
        if anchor and anchor.digest != entry.digest:
            said = f"第 {entry.seq} 条和锚点（{anchor.day}）记下的不一致：从这以前被整个改写过。"
            report.add(Kind.ANCHOR, entry.seq, said)
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


def _sealed(report: Report, noted: dict[int, Anchor]) -> None:
    """Compare the newest segment that was taken away with what the log and an anchor say of it."""
    segment = newest_segment()
    if segment is None:
        return
    told = Entry.objects.filter(name=SEALED, seq__gt=segment.last_seq).values_list("condition")
    facts = [(said.get("digest"), said.get("sha256")) for (said,) in told]
    if (segment.last_digest, segment.sha256) not in facts:
        said = f"第 {segment} 条已取走，审计记录里没有这次封存。"
        report.add(Kind.GAP, segment.last_seq, said)
    anchor = noted.get(segment.last_seq)
    if anchor and anchor.digest != segment.last_digest:
        said = f"封存的末条（第 {segment.last_seq} 条）和锚点（{anchor.day}）记下的不一致。"
        report.add(Kind.ANCHOR, segment.last_seq, said)
