"""Every page asks the database as often for three rows as for one.

The pages are those that links lead to, so a new page is measured without being named. Between the
two measures everything that any page lists has grown: people, units, texts, themes, meetings, the
roll and the sheet of the running one, notes, records, feedback, the log.
"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.actions import send_feedback
from studyapp.accounts.models import User
from studyapp.dashboards.demo.build import build
from studyapp.dashboards.demo.bureau import ACCOUNTS, Bureau
from studyapp.dashboards.demo.held import FIRST, fill, hold, plan, sign, submit
from studyapp.dashboards.demo.story import Words
from studyapp.meetings.actions import course, notes, outcomes, sheet
from studyapp.meetings.models import Kind, Meeting, State, VoteKind
from studyapp.minutes.models import Part, Record, RecordState
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, Zone
from tests.crawl import Answer, crawl, routes_to_open
from tests.factories import make_attendance, make_speech, make_unit, make_user

pytestmark = pytest.mark.django_db
# Opened by no link; neither lists anything.
UNLINKED = {
    "upkeep:healthz",
    "upkeep:readyz",
    "accounts:again",
    "accounts:code",
    "accounts:sign_in",
    "saving:held",
    "meetings:scan",
    "meetings:claim",
    "jobs:progress",
}
GROWN = (
    "新人3", "新支部3", "第3条意见", "本支部材料3", "下发材料3", "新专题3", "其他事项3", "新的发言3",
    "记下的话3", "新的决定3", "表决3", "新的体会3", "草稿3", "第3次学习", "将来第3次",
)  # fmt: skip


@pytest.fixture(scope="module")
def bureau(built_once: None) -> Bureau:
    """Build the demo once for all tests here, around the transaction of each."""
    return build(at=timezone.now())


def grow(bureau: Bureau, number: int) -> None:
    """Add one of everything that a page lists."""
    unit, organ = bureau.units[FIRST], bureau.units["机关党委"]
    secretary, member = bureau.people["secretary"], bureau.people["member"]
    newcomer = make_user(f"新人{number}", unit=unit)
    make_unit(f"新支部{number}", parent=organ)
    send_feedback(by=member, body=f"第{number}条意见", page="/")
    make_speech(unit, secretary, title=f"本支部材料{number}")
    make_speech(organ, bureau.people["inspector"], title=f"下发材料{number}", sent=True)
    _grow_text(bureau.texts[0], number)
    _grow_meeting(Meeting.objects.get(state=State.OPEN), newcomer, number)
    notes.write(by=secretary, unit=unit, body=f"草稿{number}", kind="study", at=timezone.now())
    # A record of each state that a list shows: signed, waiting, not written up.
    for days, steps in ((-60, 3), (-50, 2), (-40, 1)):
        meeting = plan(bureau, kind=Kind.STUDY, title=f"第{number}次学习", texts=(),
                       start=bureau.work(days - 7 * number, 10))  # fmt: skip
        hold(meeting)
        if steps > 1:
            fill(meeting, Words("王海峰：新的话。", "新的小结。"))
            record = submit(meeting)
        if steps > 2:
            sign(record)
    plan(bureau, kind=Kind.STUDY, title=f"将来第{number}次", start=bureau.work(30 + number, 10))
    returned = Record.objects.get(state=RecordState.RETURNED)
    Part.objects.create(record=returned, key=f"new-{number}", heading="新", text="新", position=99)


def _grow_text(speech: Speech, number: int) -> None:
    theme = Theme.objects.create(
        speech=speech, zone=Zone.THEME, number=10 + number, title=f"新专题{number}"
    )
    version = speech.versions.order_by("-number")[0]
    for step, (kind, level) in enumerate(((PassageKind.HEADING, 1), (PassageKind.BODY, 0))):
        Passage.objects.create(version=version, position=9000 + 2 * number + step, kind=kind,
                               text=f"新专题{number}", level=level, theme=theme)  # fmt: skip


def _grow_meeting(meeting: Meeting, newcomer: User, number: int) -> None:
    by, at = meeting.recorder, timezone.now()
    make_attendance(meeting, newcomer, presence="present")
    course.add_item(meeting, kind="other", title=f"其他事项{number}", by=by, at=at)
    sheet.add_remark(meeting, text=f"新的发言{number}", by=by, at=at, speaker=newcomer)
    mine = User.objects.get(username="member")
    sheet.add_remark(meeting, text=f"记下的话{number}", by=by, at=at, speaker=mine)
    outcomes.add_decision(meeting, text=f"新的决定{number}", by=by, at=at)
    outcomes.add_vote(meeting, by=by, at=at, kind=VoteKind.ORDINARY, subject=f"表决{number}",
                      eligible=5, present=5, ayes=5)  # fmt: skip
    theme = Theme.objects.get(speech__agenda_items__meeting=meeting, number=5)
    notes.write(by=newcomer, unit=meeting.unit, meeting=meeting, theme=theme, kind="reflection",
                body=f"新的体会{number}", post=True, at=at)  # fmt: skip


def client_of(username: str) -> Client:
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, backend="studyapp.accounts.backends.NameBackend")
    return client


def pages() -> dict[str, tuple[str, str]]:
    """Return one address of each route, with who opens it; best on what grows."""
    running = f"/meetings/{Meeting.objects.get(state=State.OPEN).pk}/"
    returned = f"/minutes/{Record.objects.get(state=RecordState.RETURNED).pk}/"
    found: dict[str, tuple[str, str]] = {}
    for username, _ in ACCOUNTS:
        client = client_of(username)

        def fetch(path: str, client: Client = client) -> Answer:
            answer = client.get(path, follow=True)
            kind = answer.headers.get("Content-Type", "")
            text = answer.content.decode() if kind.startswith("text/html") else ""
            if answer.streaming:
                answer.close()
            return Answer(answer.status_code, kind, text)

        for seen in crawl(fetch, each=1):
            grows = seen.path.startswith((running, returned))
            if seen.answer.status == 200 and (seen.route not in found or grows):
                found[seen.route] = (username, seen.path)
    return found


def counts(asked: dict[str, tuple[str, str]]) -> tuple[dict[str, int], str]:
    """Return how many queries each page takes once all that is kept is warm, and every word."""
    clients = {username: client_of(username) for username, _ in ACCOUNTS}
    found, words = {}, ""
    for route, (username, path) in asked.items():
        for _ in range(2):
            with CaptureQueriesContext(connection) as made:
                answer = clients[username].get(path, follow=True)
            if answer.headers["Content-Type"].startswith("text/html"):
                words += answer.content.decode()
            answer.close()
            found[f"{route} {path} as {username}"] = len(made)
    return found, words


def test_every_page_asks_as_often_for_three_rows_as_for_one(bureau: Bureau) -> None:
    grow(bureau, 1)
    asked = pages()
    one, _ = counts(asked)
    grow(bureau, 2)
    grow(bureau, 3)
    three, words = counts(asked)
    assert {page: (one[page], n) for page, n in three.items() if n > one[page]} == {}
    assert routes_to_open() - set(asked) == UNLINKED
    # What grew was really on the pages that were measured.
    assert [word for word in GROWN if word not in words] == []
