"""The whole story, from an empty database to an amended record, as each person lives it.

Everything goes through HTTP and the forms as they stand on the pages: nothing is put into the
database by hand, and no field is sent that a page does not offer.
"""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.checking import check
from studyapp.audit.models import Entry
from studyapp.documents.blocks import fold
from studyapp.meetings.models import Meeting, Note
from studyapp.minutes.models import Record, SignedVersion
from studyapp.speeches.models import Speech, Theme
from tests.documents.papers import docx_text, pdf_text
from tests.journeys.person import PASSWORD, Person

BRANCH, OTHER = "刑侦第一党支部", "治安支队党支部"
SPEECH = """在全市公安工作推进会上的讲话
（2026年7月9日）

同志们：

今天的会很重要，我讲两点意见。

一、把稳方向。学习要读原文，读完要回到岗位上改一件事。

二、守住民心。一次告知要做实，进展告知要做实。

同志们，希望大家一件一件改好。

来源：推进会材料  点击：128
"""
HEAD = "党组织 党组织全称 类型 上级党组织 姓名 登录名 职务 政治面貌 人员类别 党内职务 排名 组织关系在此"
ROSTER = """
机关党委|中共云州市公安局机关委员会|机关党委|市局党委|何建国|inspector|副主任|正式党员|民警||1|
刑侦第一党支部|中共云州市公安局刑侦支队第一支部|党支部|机关党委|陈卫东|secretary|大队长|正式党员|民警||1|是
刑侦第一党支部||||孙丽华|recorder|内勤|正式党员|民警||2|是
刑侦第一党支部||||王海峰|member|侦查员|正式党员|民警||10|是
刑侦第一党支部||||吴䶮|wuyan|侦查员|正式党员|民警||10|是
刑侦第一党支部||||高鹏|gaopeng|侦查员|预备党员|民警||10|是
刑侦第一党支部||||郭振|guozhen|辅警|群众|辅警||20|
治安支队党支部|中共云州市公安局治安支队支部|党支部|机关党委|周敏|visitor|民警|正式党员|民警||10|是
""".strip()


def roster_file() -> bytes:
    """The roster as an office saves it: a comma-separated sheet in GB18030."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(HEAD.split())
    writer.writerows(line.split("|") for line in ROSTER.splitlines())
    return sheet.getvalue().encode("gb18030")


def begin(username: str, code: str) -> Person:
    """Sign in with a one-time password and choose an own one."""
    person = Person()
    person.open("/login/")
    person.send("", username=username, password=code)
    assert person.path == "/me/password/"
    person.send("", old=code, new=PASSWORD, again=PASSWORD)
    return person


def codes(words: str, usernames: list[str]) -> dict[str, str]:
    """Read the one-time passwords off the slips."""
    found = {}
    for username in usernames:
        match = re.search(rf"\b{username}\b.*?([A-Z][a-z]{{3}}(?:-[a-z]{{4}})*-\d{{3}})", words)
        assert match, (username, words)
        found[username] = match.group(1)
    return found


def set_up(capsys: pytest.CaptureFixture[str]) -> dict[str, Person]:
    """Three administrators make an installation of a roster; everybody gets to sign in."""
    call_command("setup", unit="市局党委", full_name="中共云州市公安局委员会")
    printed = codes(capsys.readouterr().out, ["sysadmin", "secadmin", "auditor"])
    people = {name: begin(name, code) for name, code in printed.items()}
    system = people["sysadmin"]
    system.open("/admin/roster/")
    preview = system.send("/roster/", file=("名册.csv", roster_file()))
    assert "吴䶮" in preview
    assert User.objects.count() == 3
    system.send("/roster/import/")
    slips = system.send("/people/slips/")
    names = [line.split("|")[5] for line in ROSTER.splitlines()]
    people |= {name: begin(name, code) for name, code in codes(slips, names).items()}
    grant(people["secadmin"], "secretary", "secretary", "党支部书记")
    grant(people["secadmin"], "recorder", "committee", "宣传委员")
    grant(people["secadmin"], "inspector", "organ", "组织干事")
    return people


def grant(security: Person, username: str, role: str, duty: str) -> None:
    user = User.objects.get(username=username)
    place = user.memberships.get()
    security.open(f"/admin/roles/{user.pk}/")
    given = {f"{place.pk}__role": role, f"{place.pk}__duty": duty}
    if security.page.xpath("//input[@name='password']"):  # asked for once in ten minutes
        given["password"] = PASSWORD
    security.send(f"/{place.pk}/grant/", **given)


def bring_in(inspector: Person) -> Speech:
    """Organ staff upload a file, correct what was recognised, vouch for it and send it down."""
    original = SPEECH.encode("gb18030")
    inspector.open("/speeches/new/")
    inspector.send("/speeches/new/", file=("讲话.txt", original), source="推进会材料")
    speech = Speech.objects.get()
    review = f"/speeches/{speech.pk}/review/"
    assert "点击：128" in inspector.open(review)
    theme = Theme.objects.in_use().get(number=2)
    inspector.send(f"/themes/{theme.pk}/", title="守住民心", question="当事人知道办到哪一步了吗？")
    for step in ("vouch", "release", "send"):
        inspector.open(review)
        inspector.send(f"/{step}/")
    assert inspector.file(f"/speeches/{speech.pk}/original/") == original
    return speech


def read_and_write(member: Person, recorder: Person, speech: Speech) -> Note:
    """A member reads by theme, keeps a draft to himself and posts a reflection."""
    words = member.open(f"/speeches/{speech.pk}/")
    assert "一次告知要做实" in words
    assert "当事人知道办到哪一步了吗？" in words
    theme = Theme.objects.in_use().get(number=2)
    form = f"/notes/new/?theme={theme.pk}"
    member.open(form)
    member.send("/notes/new/", body="我只存草稿", then="draft")
    draft = Note.objects.get()
    assert recorder.status(f"/notes/{draft.pk}/") == 404
    member.open(form)
    member.send("/notes/new/", body="进展要主动告知", then="post")
    return Note.objects.exclude(pk=draft.pk).get()


def plan(secretary: Person, speech: Speech) -> str:
    """The secretary plans an assembly for today; return the meeting's address."""
    secretary.open("/meetings/new/?kind=assembly")
    now = timezone.localtime()
    # Planned in the past hour where the day has one, so that it can begin at once.
    start = now.replace(hour=max(0, now.hour - 1), minute=0)
    secretary.send(
        "/meetings/new/",
        kind="assembly",
        title="学习推进会讲话，表决年度计划",
        day=f"{start:%Y-%m-%d}",
        start=f"{start:%H:%M}",
        end=f"{start + timedelta(minutes=59):%H:%M}",
        place="三楼会议室",
        chair=secretary.choice("chair", "陈卫东"),
        recorder=secretary.choice("recorder", "孙丽华"),
        text1=str(speech.pk),
        reader1=secretary.choice("reader1", "孙丽华"),
    )
    meeting = Meeting.objects.get()
    names = sorted(meeting.attendances.values_list("name", flat=True))
    assert names == sorted(["陈卫东", "孙丽华", "王海峰", "吴䶮", "高鹏"])
    return f"/meetings/{meeting.pk}/"


def hold(recorder: Person, address: str, note: Note) -> None:
    """Roll call by exception, the sheet, a vote, a decision, the summary, the end."""
    meeting = Meeting.objects.get()
    recorder.open(address)
    recorder.send("/move/", to="check_in")
    row = meeting.attendances.get(name="吴䶮")
    recorder.open(f"{address}roll/")
    recorder.send("/roll/", **{f"p__{row.pk}": "leave", f"leave__{row.pk}": "值班"}, rest="1")
    recorder.open(address)
    recorder.send("/move/", to="open")
    recorder.open(f"{address}sheet/")
    recorder.send(f"/sheet/notes/{note.pk}/take/")
    recorder.open(f"{address}sheet/paste/")
    recorder.send("/sheet/paste/", text="陈卫东：窗口要少跑一趟。\n高鹏：告知单我来拟。")
    recorder.send("/sheet/paste/", store="1")
    recorder.open(f"{address}sheet/votes/?kind=ordinary")
    recorder.send("/votes/", subject="通过年度学习计划", present="3", ayes="3")
    recorder.open(f"{address}sheet/")
    recorder.send(
        "/sheet/decisions/",
        d__text="列出告知节点清单",
        d__responsible="王海峰",
        d__due_on=f"{timezone.localdate() + timedelta(days=14):%Y-%m-%d}",
    )
    recorder.open(f"{address}sheet/")
    recorder.send("/sheet/summary/", s__text="讲得实在。")
    recorder.open(address)
    recorder.send("/move/", to="end")


def write_up(people: dict[str, Person], address: str) -> str:
    """The record is assembled, submitted, returned with an opinion, mended, submitted again."""
    recorder, secretary, member = (people[n] for n in ("recorder", "secretary", "member"))
    recorder.open(address)
    recorder.send("/record/")
    record = Record.objects.get()
    page = f"/minutes/{record.pk}/"
    assert member.status(page) == 404
    recorder.open(f"{page}edit/")
    recorder.send("/submit/")
    assert "草稿" in fold(pdf_text(member.file(f"{page}export.pdf")))
    secretary.open(page)
    secretary.send("/return/", text="高鹏的发言补一句什么时候拟好。")
    assert "什么时候拟好" in recorder.open(f"{page}edit/")
    part = record.parts.get(text__contains="告知单我来拟")
    recorder.send("/edit/", **_part(recorder, part.pk, "告知单我来拟，周五前拿出来。"))
    recorder.open(f"{page}edit/")
    recorder.send("/submit/")
    return page


def _part(person: Person, pk: int, text: str) -> dict[str, str]:
    """Return the field of one part on the edit page, with its new words."""
    names = person.page.xpath("//textarea/@name")
    return {name.replace("-", "__"): text for name in names if re.search(rf"\b{pk}\b", name)}


def sign(person: Person, page: str) -> str:
    person.open(page)
    return person.send("/confirm/", password=PASSWORD)


@pytest.mark.django_db
def test_a_speech_becomes_a_signed_and_amended_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    people = set_up(capsys)
    secretary, recorder, member = (people[n] for n in ("secretary", "recorder", "member"))
    speech = bring_in(people["inspector"])
    note = read_and_write(member, recorder, speech)
    address = plan(secretary, speech)
    assert people["visitor"].status(address) == 404
    hold(recorder, address, note)
    page = write_up(people, address)

    # A wrong password signs nothing; both must sign; then nobody can sign again.
    recorder.open(page)
    recorder.send("/confirm/", password="wrong", status=422)
    assert people["inspector"].status(page) == 404
    sign(recorder, page)
    assert SignedVersion.objects.count() == 0
    sign(secretary, page)
    first = SignedVersion.objects.get()
    assert len(first.sha256) == 64

    _papers_say_what_was_entered(people, page)
    _amended_record_keeps_the_first_version(people, page)

    assert check().findings == []
    told = set(Entry.objects.values_list("name", flat=True))
    assert {"初始化系统", "安排学习会", "记录表决", "退回会议记录", "发起更正", "签字确认"} <= told
    assert "送签会议记录" in people["auditor"].open("/admin/audit/")


def _papers_say_what_was_entered(people: dict[str, Person], page: str) -> None:
    member = people["member"]
    record = fold(pdf_text(member.file(f"{page}export.pdf?paper=record&version=1")))
    for said in (
        "中共云州市公安局刑侦支队第一支部",
        "应到5人，实到4人",
        "吴䶮（值班）",
        "进展要主动告知",
        "窗口要少跑一趟",
        "告知单我来拟，周五前拿出来",
        "通过年度学习计划",
        "讲得实在",
    ):
        assert said in record, said
    for paper in ("record", "minutes"):
        words = fold(docx_text(member.file(f"{page}export.docx?paper={paper}")))
        assert "列出告知节点清单" in words
        assert "草稿" not in words
    # Organ staff read what is signed; another branch and administrators do not know of it.
    assert "列出告知节点清单" in fold(pdf_text(people["inspector"].file(f"{page}export.pdf")))
    for stranger in ("visitor", "sysadmin", "secadmin", "auditor"):
        assert people[stranger].status(f"{page}export.pdf") == 404


def _amended_record_keeps_the_first_version(people: dict[str, Person], page: str) -> None:
    recorder = people["recorder"]
    recorder.open(page)
    recorder.send("/amend/", text="会场写错了一个字。")
    recorder.open(f"{page}edit/")
    part = Record.objects.get().parts.get(text__contains="窗口要少跑一趟")
    recorder.send("/edit/", **_part(recorder, part.pk, "窗口要让群众少跑一趟。"))
    recorder.open(f"{page}edit/")
    recorder.send("/submit/")
    sign(recorder, page)
    sign(people["secretary"], page)
    assert [version.number for version in SignedVersion.objects.order_by("number")] == [1, 2]
    member = people["member"]
    old = fold(pdf_text(member.file(f"{page}export.pdf?version=1")))
    new = fold(pdf_text(member.file(f"{page}export.pdf?version=2")))
    assert ("窗口要少跑一趟" in old, "窗口要让群众少跑一趟" in old) == (True, False)
    assert "窗口要让群众少跑一趟" in new
    assert "会场写错了一个字" in new
