"""Bringing a text in, its facts, who vouches for it and who gets to read it."""

import hashlib
from typing import Any

import pytest
from django.utils import timezone

from studyapp.audit.models import Entry
from studyapp.errors import Refused
from studyapp.meetings.models import Note
from studyapp.speeches import actions
from studyapp.speeches.models import Passage, Speech, Theme, Version, Zone
from studyapp.speeches.queries import outline
from tests.conftest import Cast
from tests.factories import make_note, make_speech

TEXT = """在全市信访工作会议上的讲话

同志们：

今天这个会，主要是部署下一步工作。

一、摸清底数

把每一件积案的来龙去脉弄明白，建好台账。

二、包案到人

领导干部带头接访，一包到底。

三、举一反三

同类问题一并整改，不让群众跑第二趟。

同志们，信访工作就是群众工作。让我们一起把它做好。
"""
CHANGED = """在全市信访工作会议上的讲话

同志们：

今天这个会，主要是部署下一步工作。

一、领导带头

班子成员每月公开接待一天。

二、摸清底数

把每一件积案的来龙去脉弄明白，建好台账，每周更新。

三、包案到人，一包到底

领导干部带头接访，一包到底。
"""


def bring_in(cast: Cast, text: str = TEXT, **more: Any) -> Speech:
    return actions.import_speech(
        unit=cast.branch, by=cast.secretary, at=timezone.now(), text=text, **more
    )


def bones(speech: Speech) -> list[tuple[str, int, str]]:
    """The parts of the newest version: zone, number, title."""
    found = outline(speech.versions.latest("number"))
    return [(part.theme.zone, part.theme.number, part.theme.title) for part in found.parts]


def audited() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("name", flat=True))


def test_an_imported_text_has_its_facts_and_its_parts_in_order(cast: Cast) -> None:
    speech = bring_in(cast, source="市局文件")
    assert (speech.title, speech.source, speech.released_at, speech.is_vouched) == (
        "在全市信访工作会议上的讲话",
        "市局文件",
        None,
        False,
    )
    assert bones(speech) == [
        (Zone.OPENING, 0, "引言"),
        (Zone.THEME, 1, "摸清底数"),
        (Zone.THEME, 2, "包案到人"),
        (Zone.THEME, 3, "举一反三"),
        (Zone.CLOSING, 4, "结语"),
    ]


def test_the_source_is_stored_as_it_came(cast: Cast) -> None:
    text = TEXT.replace("\n", "\r\n")
    version = bring_in(cast, text).versions.get()
    assert (version.source_text, version.salutation) == (text, "同志们")


def test_passages_hold_every_word_of_the_source(cast: Cast) -> None:
    version = bring_in(cast).versions.get()
    stored = "".join(version.passages.values_list("text", flat=True))
    assert "".join(stored.split()) == "".join(TEXT.split())


def test_a_file_is_kept_byte_for_byte_under_a_name_that_tells_nothing(cast: Cast) -> None:
    data = TEXT.encode("gb18030")
    version = bring_in(cast, file_name="../信访 讲话.txt", data=data).versions.get()
    with version.file.open("rb") as file:
        assert file.read() == data
    assert (version.file_name, version.file_sha256) == (
        "信访讲话.txt",
        hashlib.sha256(data).hexdigest(),
    )
    assert "信访" not in str(version.file.name)


def test_a_text_without_numbering_becomes_one_part_and_says_so(cast: Cast) -> None:
    speech = bring_in(cast, "工作动员\n\n大家辛苦了。\n\n今后还要努力。\n")
    warnings = speech.versions.get().warnings
    assert (bones(speech), any("专题" in warning for warning in warnings)) == (
        [(Zone.OPENING, 0, "全文")],
        True,
    )


@pytest.mark.parametrize("text", ["", " \n\u3000\n", "\x00\u200b"])
def test_a_text_without_words_is_refused_and_leaves_nothing(cast: Cast, text: str) -> None:
    with pytest.raises(Refused, match="没有读到文字"):
        bring_in(cast, text)
    assert (Speech.objects.count(), Version.objects.count(), audited()) == (0, 0, [])


def test_an_endless_text_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="超过50万字"):
        bring_in(cast, "字" * 500_001)


def test_an_import_is_audited_without_its_words(cast: Cast) -> None:
    bring_in(cast)
    entry = Entry.objects.get()
    assert (entry.name, entry.user_id, entry.organization) == (
        "录入学习材料",
        "secretary",
        "刑侦支队第一党支部",
    )
    assert "积案" not in str(entry.condition)


def test_release_then_vouch_then_send_down(cast: Cast) -> None:
    speech = bring_in(cast, source="市局文件")
    now = timezone.now()
    actions.release(speech, by=cast.secretary, at=now)
    actions.vouch(speech, by=cast.secretary)
    actions.send_down(speech, by=cast.inspector, at=now)
    assert (speech.released_at, speech.vouched_by, speech.sent_at, speech.sent_by) == (
        now,
        cast.secretary,
        now,
        cast.inspector,
    )
    assert audited() == ["录入学习材料", "发布学习材料", "核实来源", "下发学习材料"]


def test_a_text_nobody_vouches_for_stays_in_the_branch(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary)
    with pytest.raises(Refused, match="来源未核实，不能下发"):
        actions.send_down(speech, by=cast.inspector, at=timezone.now())
    speech.refresh_from_db()
    assert (speech.sent_at, audited()) == (None, [])


def test_an_unreviewed_text_is_not_sent_down(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary, released=False, source="文件")
    actions.vouch(speech, by=cast.secretary)
    with pytest.raises(Refused, match="校对还没完成"):
        actions.send_down(speech, by=cast.inspector, at=timezone.now())


def test_nobody_vouches_for_nothing(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary)
    with pytest.raises(Refused, match="还没有来源和文号"):
        actions.vouch(speech, by=cast.secretary)


def test_release_and_sending_happen_once(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary, sent=True)
    with pytest.raises(Refused, match="已经发布"):
        actions.release(speech, by=cast.secretary, at=timezone.now())
    with pytest.raises(Refused, match="已经下发"):
        actions.send_down(speech, by=cast.inspector, at=timezone.now())
    actions.set_details(speech, by=cast.secretary, source="文件")
    with pytest.raises(Refused, match="已经核实"):
        actions.vouch(speech, by=cast.secretary)


def test_a_changed_source_ends_the_vouching(cast: Cast) -> None:
    speech = bring_in(cast, source="市局文件")
    actions.vouch(speech, by=cast.secretary)
    actions.set_details(speech, by=cast.recorder, speaker="李明")
    assert (speech.speaker, speech.vouched_by) == ("李明", cast.secretary)
    actions.set_details(speech, by=cast.recorder, source="网站转载")
    assert (speech.source, speech.vouched_by) == ("网站转载", None)


def test_who_changes_the_source_of_a_sent_text_vouches_for_it(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary, sent=True, source="文件")
    actions.set_details(speech, by=cast.inspector, document_number="云公党〔2026〕3号")
    assert speech.vouched_by == cast.inspector
    with pytest.raises(Refused, match="至少留一项"):
        actions.set_details(speech, by=cast.inspector, source="", document_number="")


def test_details_without_a_change_leave_no_trace(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary)
    actions.set_details(speech, by=cast.secretary, title=speech.title)
    assert audited() == []


def test_a_title_is_never_empty(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary)
    with pytest.raises(Refused, match="标题不能空"):
        actions.set_details(speech, by=cast.secretary, title="")


def themes_by_title(speech: Speech) -> dict[str, int]:
    return dict(Theme.objects.in_use().filter(speech=speech).values_list("title", "pk"))


def test_a_new_version_keeps_notes_on_their_theme(cast: Cast) -> None:
    speech = bring_in(cast)
    old = themes_by_title(speech)
    for title in ("摸清底数", "举一反三"):
        make_note(cast.member, cast.branch, theme_id=old[title])
    actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=CHANGED)
    new = themes_by_title(speech)
    assert (new["摸清底数"], new["包案到人，一包到底"]) == (old["摸清底数"], old["包案到人"])
    assert bones(speech)[1:4] == [
        (Zone.THEME, 1, "领导带头"),
        (Zone.THEME, 2, "摸清底数"),
        (Zone.THEME, 3, "包案到人，一包到底"),
    ]
    gone = Theme.objects.get(pk=old["举一反三"])
    assert (gone.is_retired, Note.objects.filter(theme=gone).count()) == (True, 1)


def test_the_old_version_stays_readable(cast: Cast) -> None:
    speech = bring_in(cast)
    before = list(Passage.objects.order_by("pk").values_list("text", "position"))
    actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=CHANGED)
    first = speech.versions.get(number=1)
    assert list(first.passages.order_by("pk").values_list("text", "position")) == before
    assert audited() == ["录入学习材料", "录入新稿"]


def test_a_new_version_of_a_sent_text_must_be_vouched_for(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary, sent=True)
    with pytest.raises(Refused, match="新稿的来源也要核实"):
        actions.add_version(speech, by=cast.inspector, at=timezone.now(), text=TEXT)
    assert speech.versions.count() == 1
    actions.add_version(speech, by=cast.inspector, at=timezone.now(), text=TEXT, vouched=True)
    assert (speech.versions.count(), speech.vouched_by) == (2, cast.inspector)


def test_the_same_text_is_no_new_version(cast: Cast) -> None:
    speech = bring_in(cast)
    with pytest.raises(Refused, match="完全一样"):
        actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=TEXT)
    assert speech.versions.count() == 1
