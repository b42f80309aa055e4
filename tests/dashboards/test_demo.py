"""The demo bureau is whole and lawful, and its people speak like people."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import Feedback, Political, Staff, User
from studyapp.audit.checking import check
from studyapp.branches.models import Membership, Unit, UnitKind
from studyapp.dashboards.demo.build import build
from studyapp.dashboards.demo.bureau import ACCOUNTS, PASSWORD
from studyapp.documents import pdf
from studyapp.documents.blocks import Document
from studyapp.meetings import papers as meeting_papers
from studyapp.meetings import vote_papers
from studyapp.meetings.models import (
    Attendance,
    Kind,
    Meeting,
    Note,
    Presence,
    Remark,
    State,
    Vote,
    VoteKind,
)
from studyapp.meetings.sign_in_sheets import is_filled
from studyapp.meetings.views.page import loaded
from studyapp.minutes.models import Record, RecordState, Scan, SignedVersion
from studyapp.minutes.queries import PAPERS, paper, reading
from studyapp.speeches.models import Speech, Theme
from tests.documents.layout import findings

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def demo(built_once: None) -> None:
    """Build the demo once for all tests here, around the transaction of each."""
    build(at=timezone.now())


def test_the_bureau_has_every_level_and_enough_people() -> None:
    kinds = Counter(Unit.objects.values_list("kind", flat=True))
    assert [kinds[kind] for kind in (UnitKind.BUREAU, UnitKind.ORGAN, UnitKind.GENERAL)] == [1] * 3
    assert kinds[UnitKind.BRANCH] >= 6
    assert kinds[UnitKind.GROUP] == 1
    people = User.objects.filter(office="")
    assert people.count() >= 80
    assert len(set(people.values_list("name", flat=True))) == people.count()
    assert len(set(people.values_list("post", flat=True))) > 30
    assert people.filter(staff=Staff.AUXILIARY, political=Political.FULL).count() >= 3
    assert people.filter(staff=Staff.AUXILIARY).exclude(political=Political.FULL).count() >= 3
    assert people.filter(political=Political.PROBATIONARY).count() >= 3


def test_every_party_member_belongs_to_one_branch() -> None:
    members = User.objects.filter(political__in=(Political.FULL, Political.PROBATIONARY))
    homes = Membership.objects.filter(is_home=True, unit__kind=UnitKind.BRANCH)
    at_home = Counter(homes.values_list("user_id", flat=True))
    assert {user.name: at_home[user.pk] for user in members if at_home[user.pk] != 1} == {}


def test_some_names_hold_rare_characters() -> None:
    letters = set("".join(User.objects.values_list("name", flat=True)))
    # Outside the block that every font has, and outside the first 65,536 characters.
    rare = {letter for letter in letters if not "\u4e00" <= letter <= "\u9fa5"}
    assert {"䶮", "㛃", "𬱖"} <= rare
    assert {unicodedata.category(letter) for letter in rare} == {"Lo"}


def test_meetings_are_there_in_every_kind_and_state() -> None:
    assert set(Meeting.objects.values_list("kind", flat=True)) == set(Kind)
    assert set(Meeting.objects.values_list("state", flat=True)) == set(State)
    assert set(Record.objects.values_list("state", flat=True)) == set(RecordState)
    assert Meeting.objects.filter(state=State.ENDED, record=None).count() == 1
    assert Meeting.objects.exclude(postponed_from=None).count() == 1
    assert Meeting.objects.exclude(late_entry_reason="").count() == 1
    assert Meeting.objects.exclude(gathering=None).count() == 2
    assert SignedVersion.objects.filter(number=2).count() == 1
    assert max(meeting.sittings.count() for meeting in Meeting.objects.all()) == 2


def test_rolls_and_votes_show_every_case() -> None:
    called = Attendance.objects.filter(meeting__state=State.ENDED)
    assert set(called.values_list("presence", flat=True)) == set(Presence) - {Presence.UNKNOWN}
    assert called.filter(is_observer=True, user=None).exclude(purpose="").count() >= 3
    assert {vote.kind for vote in Vote.objects.all()} == {
        VoteKind.CONFIRMATION,
        VoteKind.ELECTION,
        VoteKind.COMMITTEE,
    }
    assert Remark.objects.exclude(note=None).count() == 1


def test_nobody_says_the_same_twice() -> None:
    for texts in (
        Remark.objects.filter(note=None).values_list("text", flat=True),
        Note.objects.values_list("body", flat=True),
        Meeting.objects.exclude(summary="").values_list("summary", flat=True),
    ):
        assert [text for text, count in Counter(texts).items() if count > 1] == []
    assert Note.objects.posted().count() >= 12
    assert Remark.objects.count() >= 30


def test_both_texts_are_read_by_theme() -> None:
    speech, second = Speech.objects.order_by("pk")
    assert [theme.title for theme in Theme.objects.in_use().filter(speech=speech)] == [
        "把稳方向", "守住民心", "严在平时", "练强本领", "敢担责任", "改出实效",
    ]  # fmt: skip
    source = speech.versions.get().source_text
    assert sum("\u4e00" <= letter <= "\u9fff" for letter in source) > 3000
    assert (bool(speech.sent_at), bool(second.sent_at)) == (True, False)
    assert Theme.objects.in_use().filter(speech=second).count() == 3


def test_quotes_are_the_words_of_the_speech() -> None:
    quoted = Note.objects.exclude(quote="")
    source = Speech.objects.order_by("pk")[0].versions.get().source_text
    assert len(quoted) == 3
    assert [note.quote for note in quoted if note.quote not in source] == []


def test_a_scan_and_feedback_are_there() -> None:
    with Scan.objects.get().file.open() as scan:
        assert scan.read(5) == b"%PDF-"
    assert [bool(one.answer) for one in Feedback.objects.order_by("pk")] == [True, False]


def test_the_audit_log_is_whole() -> None:
    assert check().findings == []


def test_meetings_of_one_branch_do_not_overlap() -> None:
    by_unit: dict[int, list[Meeting]] = {}
    for meeting in Meeting.objects.order_by("planned_start"):
        by_unit.setdefault(meeting.unit_id, []).append(meeting)
    pairs = [pair for held in by_unit.values() for pair in pairwise(held)]
    assert [f"{a} / {b}" for a, b in pairs if b.planned_start < a.planned_end] == []


def test_everybody_signs_in_and_sees_a_start_page(client: Client) -> None:
    for username, _ in ACCOUNTS:
        signed = client.post("/login/", {"username": username, "password": PASSWORD})
        assert signed.status_code == 302
        page = client.get("/", follow=True)
        assert page.status_code == 200
        assert User.objects.get(username=username).name in page.content.decode()
        client.post("/logout/")


def papers_of(meeting: Meeting) -> Iterator[tuple[str, Document]]:
    """Yield what can be printed of a meeting, by name."""
    for kind in ("all", "filled") if is_filled(meeting) else ("all",):
        yield kind, meeting_papers.paper(meeting, kind)
    if votes := list(meeting.votes.all()):
        yield "votes", vote_papers.results(meeting, votes)
    record = Record.objects.filter(meeting=meeting).first()
    for kind in PAPERS if record else ():
        found = reading(record, worker=True)
        assert found is not None
        yield kind, paper(found, kind)


def test_a_clerk_with_a_ruler_finds_nothing_on_its_papers() -> None:
    found = {}
    for meeting in Meeting.objects.order_by("pk"):
        for kind, document in papers_of(loaded(meeting)):
            if wrong := findings(pdf.render(document), document):
                found[f"{meeting.pk} {kind}"] = wrong
    assert found == {}
