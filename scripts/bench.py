"""Pages against a raw page in the same process: medians in milliseconds, and the ratio.

The raw page reads sixty rows by sqlite3 and joins f-strings. Times drift between machines, the
ratio is what counts.
"""

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RUNS = 25
PAGES = ("/", "/speeches/1/", "/meetings/7/", "/meetings/7/sheet/", "/minutes/1/", "/notes/")


def median(call: Callable[[], object]) -> float:
    """Return the median of several runs in milliseconds, after one to warm up."""
    call()
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def raw(database: Path) -> str:
    """The floor: sixty rows into a page without any frame."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT seq, name, target FROM audit_entry LIMIT 60").fetchall()
    return "<ul>" + "".join(f"<li>{a} {b} {c}</li>" for a, b, c in rows) + "</ul>"


def main() -> int:
    """Fill a demo, then time each page."""
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        os.environ |= {
            "STUDYAPP_DATA": folder,
            "DATABASE_URL": "",
            "STUDYAPP_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "studyapp.settings",
        }
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
        import django
        from django.core.management import call_command
        from django.test import Client

        django.setup()
        call_command("prepare", demo=True, verbosity=0)
        client = Client()
        client.post("/login/", {"username": "recorder", "password": "Demo-Study-2026"})
        floor = median(lambda: raw(Path(folder) / "study.sqlite3"))
        print(f"{'raw':24}{floor:8.2f} ms")
        for page in PAGES:
            if client.get(page).status_code != 200:
                raise SystemExit(f"{page} did not answer 200")
            took = median(lambda page=page: client.get(page))  # type: ignore[misc]
            print(f"{page:24}{took:8.2f} ms {took / floor:7.1f} x raw")
    return 0


if __name__ == "__main__":
    sys.exit(main())
