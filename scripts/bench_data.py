"""What `make bench` measures on: the demo bureau with 60 notes on one theme and full lists."""

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTES = 60
MEETINGS = 50
CHARACTERS = 10_000
WORDS = "联系到自己的岗位，我想先把一件小事改好：接警之后十分钟内给群众一个回音。" * 6


@dataclass(frozen=True)
class Page:
    """An address and how many times the raw page it may cost, where that is set.

    ``reworded`` notes have other words before every request, so that nothing kept is of use.
    """

    what: str
    path: str
    most: float | None
    reworded: int = 0
    by_script: bool = False


@dataclass(frozen=True)
class Scene:
    """The filled database, as the measures need it."""

    session: str
    password: str
    theme: int
    pages: tuple[Page, ...]
    note_form: str
    note_fields: dict[str, str]
    text: str
    news: Page


def fill(data: Path, database: str = "") -> Scene:
    """Add to the demo data in ``data`` what the pages are to show; sign `member` in.

    ``database`` is the address of a PostgreSQL that holds the demo; SQLite without.
    """
    os.environ |= {
        "STUDYAPP_DATA": str(data),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "studyapp.settings",
    }
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.utils import timezone

    from studyapp.accounts.models import User
    from studyapp.branches.models import Membership
    from studyapp.dashboards.demo.bureau import PASSWORD
    from studyapp.meetings import news
    from studyapp.meetings.models import Meeting, Note
    from studyapp.meetings.queries import themes_of
    from studyapp.speeches.models import Passage

    member = User.objects.get(username="member")
    unit = Membership.objects.get(user=member, is_home=True).unit
    held = [
        (one, themes) for one in unit.meetings.filter(state="open") if (themes := themes_of(one))
    ]
    if not held:
        raise SystemExit("the demo holds no meeting on a text with themes")
    meeting, (theme, *_) = held[0]
    authors = list(User.objects.filter(memberships__unit=unit).distinct())
    now = timezone.now()
    Note.objects.bulk_create(
        Note(
            author=authors[number % len(authors)],
            unit=unit,
            theme=theme,
            meeting=meeting,
            body=f"{number}. {WORDS}",
            posted_at=now,
        )
        for number in range(NOTES)
    )
    Note.objects.bulk_create(
        Note(author=member, unit=unit, theme=theme, body=WORDS, posted_at=now)
        for _ in range(MEETINGS)
    )
    Meeting.objects.bulk_create(
        Meeting(
            unit=unit,
            title=f"集中学习（{number}）",
            planned_start=now + timedelta(days=number + 1),
            planned_end=now + timedelta(days=number + 1, hours=1),
            chair=meeting.chair,
            recorder=meeting.recorder,
            created_by=meeting.chair,
        )
        for number in range(MEETINGS)
    )
    words = "\n".join(
        Passage.objects.filter(version__speech=theme.speech).values_list("text", flat=True)
    )
    return Scene(
        session=_session(member),
        password=PASSWORD,
        theme=theme.pk,
        pages=_pages(meeting.pk, theme.speech_id, theme.pk, unit.pk),
        note_form=f"/notes/new/?meeting={meeting.pk}",
        note_fields={
            "body": WORDS,
            "kind": "reflection",
            "theme": str(theme.pk),
            "unit": str(unit.pk),
            "then": "post",
        },
        text=(words * (CHARACTERS // len(words) + 1))[:CHARACTERS],
        news=Page(
            "nothing new",
            f"{news.address(meeting, member, now)}?v={news.number(meeting)}",
            0.8,
        ),
    )


def reword(theme: int, number: int, turn: int) -> None:
    """Give the newest notes on a theme other words, of the same length."""
    from studyapp.meetings.models import Note

    found = Note.objects.filter(theme=theme, meeting__isnull=False).order_by("-posted_at", "-pk")
    newest = list(found.values_list("pk", flat=True)[:number])
    Note.objects.filter(pk__in=newest).update(body=f"{turn:06}{WORDS}")


def _session(user: object) -> str:
    from django.contrib.auth import get_user_model, login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    assert isinstance(user, get_user_model())  # noqa: S101 - for the type checker
    request = HttpRequest()
    request.session = SessionStore()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    login(request, user, backend="studyapp.accounts.backends.NameBackend")
    request.session.save()
    return str(request.session.session_key)


def _pages(meeting: int, speech: int, theme: int, unit: int) -> tuple[Page, ...]:
    return (
        Page("meeting, 60 notes", f"/meetings/{meeting}/?all=1", 4.5),
        Page("  every note is new", f"/meetings/{meeting}/?all=1", 8, reworded=NOTES),
        Page("  as it opens, 30 notes", f"/meetings/{meeting}/", 4.5),
        Page("  its parts after a new note", f"/meetings/{meeting}/live/", None, 1, by_script=True),
        Page("notes of a theme, 60", f"/themes/{theme}/notes/", 8),
        Page("list of meetings", "/meetings/", 6),
        Page("list of texts", "/speeches/", 6),
        Page("list of records", "/minutes/", 6),
        Page("own notes", "/notes/?show=posted", 6),
        Page("today", "/", None),
        Page("reading a text", f"/speeches/{speech}/", None),
        Page("branch", f"/branches/{unit}/", None),
        Page("health", "/healthz", None),
    )


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(process: int) -> list[int]:
    """Return the ids of the processes that ``process`` started (Linux)."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in listed.split()]


def work(process: int) -> float:
    """Return the seconds of processor time that the workers of a server have used so far.

    Counted by the kernel in nanoseconds for each thread: what else the machine does meanwhile
    makes a page slower, but not dearer.
    """
    threads = [
        thread for one in children(process) for thread in Path(f"/proc/{one}/task").iterdir()
    ]
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def memory(process: int) -> float:
    """Return the memory that a process holds alone, in MB: its share of common pages left out."""
    rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = {row.split(":")[0]: int(row.split()[1]) for row in rows[1:]}
    return (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


def peak() -> float:
    """Return the most memory that this process has held, in MB.

    Not what getrusage says: that begins with what the process held that started this one.
    """
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    print(json.dumps(asdict(fill(Path(sys.argv[1]), sys.argv[2]))))
