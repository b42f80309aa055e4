"""How fast the audit log is: appending, checking, looking; on SQLite and PostgreSQL.

Called by bench.py; each database is one process of its own (`bench_audit.py FOLDER [URL]`).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bench_data
import postgres

ROOT = Path(__file__).resolve().parent.parent
ROWS = 100_000
APPENDS = 500
ROUNDS = 15
Row = tuple[str, float, str, float | None]


def rows() -> Iterator[Row]:
    """Yield the lines of both databases, PostgreSQL where it is installed."""
    yield from _lines("log, SQLite", _measured(""))
    programs = postgres.programs()
    if programs is None:
        return
    safe = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with postgres.cluster(programs, **safe) as cluster:
        yield from _lines("log, PostgreSQL", _measured(cluster.url))


def _lines(where: str, found: dict[str, float]) -> Iterator[Row]:
    yield f"{where}: entries a second", found["appends"], "/s", None
    yield f"  check {ROWS:,} entries", found["check"], "s", 10
    yield "  memory at its highest", found["memory"], "MB", 150
    yield "  a page of it, newest", found["newest"], "ms", None
    yield "  a page of it, oldest", found["oldest"], "ms", None
    yield "  a page of it, rare filter", found["rare"], "ms", None


def _measured(url: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        command = [sys.executable, str(Path(__file__)), folder, url]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def measure(folder: str, url: str) -> dict[str, float]:
    """Fill an empty database with a long log and measure on it."""
    os.environ |= {
        "STUDYAPP_DATA": folder,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "studyapp.settings",
    }
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db.models import QuerySet

    from studyapp.audit.actions import record
    from studyapp.audit.checking import check
    from studyapp.audit.models import Entry
    from studyapp.audit.queries import Filter, window

    call_command("migrate", verbosity=0)
    _fill(ROWS - APPENDS)
    appending = _timed(lambda: [record("试", target="记录12", record=12) for _ in range(APPENDS)])
    checking = _timed(check)
    memory = bench_data.peak()
    rare = Filter(user="p7", outcome="no").apply()

    def page(found: QuerySet[Entry], before: int | None = None) -> float:
        def look() -> None:
            window(found, 50, before=before, after=None)

        return statistics.median(_timed(look) for _ in range(ROUNDS)) * 1000

    return {
        "appends": APPENDS / appending,
        "check": checking,
        "memory": memory,
        "newest": page(Filter().apply()),
        "oldest": page(Filter().apply(), before=60),
        "rare": page(rare),
    }


def _fill(count: int) -> None:
    """Append entries as `record` would, many at once."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils import timezone

    from studyapp.audit.chain import digest
    from studyapp.audit.models import Entry

    start, previous, made = timezone.now() - timedelta(days=300), "", []
    with transaction.atomic():
        for seq in range(1, count + 1):
            entry = Entry(
                seq=seq,
                previous=previous,
                at=start + timedelta(seconds=200 * seq),
                user_id=f"p{seq % 500}",
                user_name="王海峰",
                organization_id=str(seq % 50),
                organization="刑侦支队第一党支部",
                terminal="10.1.2.3",
                operation=seq % 6,
                name="保存发言",
                target=f"记录{seq % 3000}",
                condition={"record": seq % 3000, "revision": 3},
                succeeded=seq % 100 != 7,
            )
            previous = entry.digest = digest(entry)
            made.append(entry)
            if len(made) == 2000 or seq == count:
                Entry.objects.bulk_create(made)
                made.clear()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")))
