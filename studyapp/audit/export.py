"""Entries on their way out: JSON lines that check themselves, a zip around them, CSV."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from studyapp.audit.actions import record, terminal
from studyapp.audit.chain import material
from studyapp.audit.models import Entry, Operation
from studyapp.audit.police import as_police
from studyapp.audit.queries import Filter
from studyapp.documents.wordml import zip_entry
from studyapp.documents.xlsx import csv_lines
from studyapp.errors import Refused

SCHEMA = "studyapp-audit-1"
VERIFIER = Path(__file__).parent / "export_verify.py"
_CHUNK = 2000
_BLOCK = 1 << 16  # bytes gathered before they are sent
_ABOUT = """审计记录.jsonl：每行一条，前13项为公安审计字段，entry 和 digest 供核验。
核验：装有 Python 3.6 以上的电脑上，在这个文件夹里执行 python3 verify.py。
有锚点文件时：python3 verify.py 审计记录.jsonl 锚点文件。
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries that are handed out: fixed when it is made, whatever is logged meanwhile.

    ``whole`` means without a hole between the first and the last one.
    """

    entries: QuerySet[Entry]
    words: str
    whole: bool
    count: int
    first: Entry
    last: Entry


def select(wanted: Filter) -> Selection:
    """Return what the filter finds now. `Refused` when that is nothing.

    Days alone mean everything between the first and the last entry of these days, in the order of
    the chain: a clock that was set back cannot tear a hole.
    """
    ends = wanted.apply().aggregate(low=Min("seq"), high=Max("seq"))
    if ends["low"] is None:
        raise Refused("没有符合条件的记录，没有导出。放宽条件再来。")
    between = Entry.objects.filter(seq__gte=ends["low"], seq__lte=ends["high"])
    entries = between if wanted.is_whole else wanted.apply().filter(seq__lte=ends["high"])
    return selection(entries, words=wanted.words, whole=wanted.is_whole)


def selection(entries: QuerySet[Entry], *, words: str, whole: bool) -> Selection:
    """Return these entries, which are some, in their order."""
    ordered = entries.order_by("seq")
    first, last = ordered[0], entries.order_by("-seq")[0]
    return Selection(ordered, words, whole, entries.count(), first, last)


def json_lines(chosen: Selection, *, by: str, at: datetime) -> Iterator[bytes]:
    """Yield a head, a line for each entry, and an end with the SHA-256 of all before it."""
    offset = timezone.localtime(at).utcoffset()
    head = {
        "schema": SCHEMA,
        "made_at": at.isoformat(timespec="seconds"),
        "made_by": by,
        "filter": chosen.words,
        "whole": chosen.whole,
        "reg_id": settings.REG_ID,
        "utc_offset_minutes": int(offset.total_seconds() // 60) if offset else 0,
        "count": chosen.count,
        "first": {"seq": chosen.first.seq, "previous": chosen.first.previous},
        "last": {"seq": chosen.last.seq, "digest": chosen.last.digest},
    }
    whole = hashlib.sha256()
    line = _line(head)
    whole.update(line)
    yield line
    for entry in _each(chosen):
        fields = as_police(entry, settings.REG_ID)
        line = _line({**fields, "entry": material(entry), "digest": entry.digest})
        whole.update(line)
        yield line
    yield _line({"end": True, "sha256": whole.hexdigest()})


def _each(chosen: Selection) -> Iterator[Entry]:
    """Yield the entries chunk by chunk: a slow reader holds no transaction open meanwhile."""
    done = 0
    while rows := list(chosen.entries.filter(seq__gt=done)[:_CHUNK]):
        yield from rows
        done = rows[-1].seq


def _line(row: dict[str, Any]) -> bytes:
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode()


class _Outlet:
    """A file that keeps what was written until it is taken; it cannot go back."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """What was written can still be taken."""

    def take(self) -> bytes:
        taken, self.parts = b"".join(self.parts), []
        return taken


def zipped(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a zip of the lines and of the program that checks them, as it grows."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zip_entry("verify.py"), VERIFIER.read_bytes())
        archive.writestr(zip_entry("说明.txt"), _ABOUT.encode())
        with archive.open(zip_entry("审计记录.jsonl"), "w", force_zip64=True) as file:
            for line in lines:
                file.write(line)
                if sum(map(len, outlet.parts)) > _BLOCK:
                    yield outlet.take()
    yield outlet.take()


def table(chosen: Selection) -> Iterator[bytes]:
    """Yield the fields for the police as CSV; one line for each entry, whatever a name holds."""
    rows = (as_police(entry, settings.REG_ID) for entry in _each(chosen))
    head = list(as_police(chosen.first, settings.REG_ID))
    return csv_lines(head, ([" ".join(cell.split()) for cell in row.values()] for row in rows))


def handed_out(blocks: Iterator[bytes], *, by: Any, target: str, **facts: Any) -> Iterator[bytes]:
    """Yield the blocks; after the last one, or when the reader went away, log what left.

    That some of the log leaves is logged before its first byte; the hash is known afterwards.
    """
    record("导出审计记录", operation=Operation.READ, by=by, target=target, **facts)
    return _Counted(blocks, by, target)


class _Counted(Iterator[bytes]):
    """Blocks on their way out, counted as they are taken, and logged when that ends.

    No generator: one that was never asked for its first block runs no line of its end either. The
    server calls `close` whatever happened, also for a reader who was gone before the first byte.
    """

    def __init__(self, blocks: Iterator[bytes], by: Any, target: str) -> None:
        self._blocks, self._by, self._target = blocks, by, target
        self._address = terminal.get()
        self._found, self._size, self._last = hashlib.sha256(), 0, b""
        self._over = False

    def __next__(self) -> bytes:
        # That the next one is asked for tells that the last one was taken.
        self._found.update(self._last)
        self._size += len(self._last)
        self._last = b""
        try:
            self._last = next(self._blocks)
        except StopIteration:
            self._end(done=True)
            raise
        return self._last

    def close(self) -> None:
        """Log an end that came before the last block was taken."""
        self._end(done=False)

    def _end(self, *, done: bool) -> None:
        if self._over:
            return
        self._over = True
        # The request is over by now, and its address with it.
        token = terminal.set(self._address)
        record(
            "导出审计记录完成",
            operation=Operation.READ,
            by=self._by,
            target=self._target,
            succeeded=done,
            error_code="" if done else "broken_off",
            sha256=self._found.hexdigest(),
            size=self._size,
        )
        terminal.reset(token)
