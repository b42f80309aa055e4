"""Mending what was recognised: every edit moves boundaries, none changes a word."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studyapp.audit.models import Entry
from studyapp.errors import Refused, Stale
from studyapp.speeches import actions
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, Zone
from studyapp.speeches.queries import Part, outline
from tests.conftest import Cast
from tests.factories import make_note, make_unit, make_user

TEXT = """来源：网上
在全市信访工作会议上的讲话
同志们：
今天这个会，主要是部署下一步工作。
一、摸清底数
把每一件积案弄明白。建好台账。
定期更新。
二、包案到人
领导干部带头接访。
三、举一反三
同类问题一并整改。
最后，让我们一起把它做好。
"""


@pytest.fixture
def speech(cast: Cast) -> Speech:
    return actions.import_speech(unit=cast.branch, by=cast.secretary, at=timezone.now(), text=TEXT)


def parts(speech: Speech) -> list[Part]:
    return outline(speech.versions.latest("number")).parts


def shape(speech: Speech) -> list[tuple[str, list[str]]]:
    """The parts with the first four characters of each passage."""
    return [(part.theme.title, [p.text[:4] for p in part.passages]) for part in parts(speech)]


def words(speech: Speech) -> str:
    passages = speech.versions.latest("number").passages.order_by("position")
    return "".join(passages.values_list("text", flat=True))


def at(speech: Speech, start: str) -> Passage:
    """The passage that starts with ``start``."""
    return Passage.objects.get(version__speech=speech, text__startswith=start)


def theme(speech: Speech, title: str) -> Theme:
    return Theme.objects.get(speech=speech, title=title)


def test_the_sample_is_recognised_as_the_other_tests_expect(speech: Speech) -> None:
    assert shape(speech) == [
        ("引言", ["今天这个"]),
        ("摸清底数", ["一、摸清", "把每一件", "定期更新"]),
        ("包案到人", ["二、包案", "领导干部"]),
        ("举一反三", ["三、举一", "同类问题"]),
        ("结语", ["最后，让"]),
    ]


def test_a_theme_is_split_at_a_passage(speech: Speech, cast: Cast) -> None:
    made = actions.begin_theme(at(speech, "定期更新"), speech=speech, by=cast.secretary)
    assert (made.title, made.number) == ("定期更新", 2)
    assert [part.theme.number for part in parts(speech)] == [0, 1, 2, 3, 4, 5]
    assert shape(speech)[1:3] == [
        ("摸清底数", ["一、摸清", "把每一件"]),
        ("定期更新", ["定期更新"]),
    ]


def test_the_first_passage_of_a_theme_cannot_begin_it_again(speech: Speech, cast: Cast) -> None:
    with pytest.raises(Refused, match="已经是专题的开头"):
        actions.begin_theme(at(speech, "二、包案"), speech=speech, by=cast.secretary)


def test_a_theme_in_the_closing_leaves_no_closing_before_it(speech: Speech, cast: Cast) -> None:
    actions.begin_closing(at(speech, "同类问题"), speech=speech, by=cast.secretary)
    actions.begin_theme(at(speech, "最后，让"), speech=speech, by=cast.secretary)
    assert [part.theme.zone for part in parts(speech)] == [Zone.OPENING, *[Zone.THEME] * 4]
    assert shape(speech)[3] == ("举一反三", ["三、举一", "同类问题"])


def test_a_boundary_moves_up_and_down(speech: Speech, cast: Cast) -> None:
    actions.give_to_next(at(speech, "定期更新"), speech=speech, by=cast.secretary)
    assert shape(speech)[2] == ("包案到人", ["定期更新", "二、包案", "领导干部"])
    actions.give_to_previous(at(speech, "定期更新"), speech=speech, by=cast.secretary)
    assert shape(speech)[1] == ("摸清底数", ["一、摸清", "把每一件", "定期更新"])


def test_there_is_nothing_before_the_opening_and_nothing_after_the_closing(
    speech: Speech, cast: Cast
) -> None:
    with pytest.raises(Refused, match="前面没有别的部分"):
        actions.give_to_previous(at(speech, "今天这个"), speech=speech, by=cast.secretary)
    with pytest.raises(Refused, match="后面没有专题"):
        actions.give_to_next(at(speech, "最后，让"), speech=speech, by=cast.secretary)


def test_the_closing_starts_in_the_last_theme_only(speech: Speech, cast: Cast) -> None:
    actions.begin_closing(at(speech, "同类问题"), speech=speech, by=cast.secretary)
    assert shape(speech)[-1] == ("结语", ["同类问题", "最后，让"])
    with pytest.raises(Refused, match="已经在结语里"):
        actions.begin_closing(at(speech, "同类问题"), speech=speech, by=cast.secretary)
    with pytest.raises(Refused, match="只能从最后一个专题"):
        actions.begin_closing(at(speech, "定期更新"), speech=speech, by=cast.secretary)


def test_a_merged_theme_without_notes_is_gone_and_the_rest_is_numbered_anew(
    speech: Speech, cast: Cast
) -> None:
    actions.merge(theme(speech, "包案到人"), speech=speech, by=cast.secretary)
    assert [(p.theme.title, p.theme.number) for p in parts(speech)] == [
        ("引言", 0),
        ("摸清底数", 1),
        ("举一反三", 2),
        ("结语", 3),
    ]
    assert Theme.objects.filter(speech=speech).count() == 4


def test_a_merged_theme_with_notes_is_retired(speech: Speech, cast: Cast) -> None:
    merged = theme(speech, "包案到人")
    note = make_note(cast.member, cast.branch, theme=merged)
    actions.merge(merged, speech=speech, by=cast.secretary)
    note.refresh_from_db()
    merged.refresh_from_db()
    assert (note.theme, merged.is_retired) == (merged, True)


def test_the_first_theme_is_merged_into_an_opening_made_for_it(cast: Cast) -> None:
    speech = actions.import_speech(
        unit=cast.branch,
        by=cast.secretary,
        at=timezone.now(),
        text="讲话提纲\n一、摸底\n弄清家底。\n二、整改\n改到底。\n三、回头看\n不反弹。\n",
    )
    actions.merge(theme(speech, "摸底"), speech=speech, by=cast.secretary)
    assert shape(speech)[0] == ("引言", ["一、摸底", "弄清家底"])
    with pytest.raises(Refused, match="不能并入"):
        actions.merge(theme(speech, "引言"), speech=speech, by=cast.secretary)


def test_a_theme_is_renamed_and_its_heading_stays(speech: Speech, cast: Cast) -> None:
    actions.rename(theme(speech, "包案到人"), title=" 领导 包案 ", speech=speech, by=cast.secretary)
    found = parts(speech)[2]
    assert (found.theme.title, found.printed_number, found.printed_title) == (
        "领导包案",
        "二、",
        "包案到人",
    )
    entry = Entry.objects.order_by("seq").last()
    assert entry is not None
    assert (entry.name, entry.condition) == (
        "修改专题名称",
        {"old": "包案到人", "new": "领导包案"},
    )


@pytest.mark.parametrize(("title", "why"), [("  ", "不能空"), ("长" * 201, "超过200字")])
def test_a_theme_needs_a_name_that_fits(speech: Speech, cast: Cast, title: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        actions.rename(theme(speech, "包案到人"), title=title, speech=speech, by=cast.secretary)


def test_a_question_is_set_and_taken_away(speech: Speech, cast: Cast) -> None:
    chosen = theme(speech, "包案到人")
    actions.set_question(chosen, question="怎样包？", speech=speech, by=cast.secretary)
    chosen.refresh_from_db()
    assert chosen.question == "怎样包？"
    actions.set_question(chosen, question=" ", speech=speech, by=cast.secretary)
    chosen.refresh_from_db()
    assert chosen.question == ""
    with pytest.raises(Refused, match="超过500字"):
        actions.set_question(chosen, question="问" * 501, speech=speech, by=cast.secretary)


def test_a_removed_line_comes_back_where_it_stood(speech: Speech, cast: Cast) -> None:
    before = shape(speech)
    line = at(speech, "定期更新")
    actions.remove(line, speech=speech, by=cast.secretary)
    line.refresh_from_db()
    assert (line.kind, line.theme, line.reason) == (PassageKind.REMOVED, None, "人工移除")
    with pytest.raises(Refused, match="已经移除"):
        actions.remove(line, speech=speech, by=cast.secretary)
    actions.restore(line, speech=speech, by=cast.secretary)
    assert shape(speech) == before
    with pytest.raises(Refused, match="不用恢复"):
        actions.restore(line, speech=speech, by=cast.secretary)


def test_junk_before_the_title_is_restored_into_the_opening(speech: Speech, cast: Cast) -> None:
    actions.restore(at(speech, "来源："), speech=speech, by=cast.secretary)
    assert shape(speech)[0] == ("引言", ["来源：网", "今天这个"])


def test_a_line_becomes_a_sub_heading_and_body_again(speech: Speech, cast: Cast) -> None:
    line = at(speech, "定期更新")
    actions.set_kind(line, kind=PassageKind.HEADING, speech=speech, by=cast.secretary)
    line.refresh_from_db()
    assert (line.kind, line.level) == (PassageKind.HEADING, 2)
    actions.set_kind(line, kind=PassageKind.BODY, speech=speech, by=cast.secretary)
    line.refresh_from_db()
    assert (line.kind, line.level) == (PassageKind.BODY, 0)
    with pytest.raises(Refused, match="只能设为"):
        actions.set_kind(line, kind=PassageKind.TITLE, speech=speech, by=cast.secretary)


def test_a_passage_is_cut_and_all_positions_stay_in_order(speech: Speech, cast: Cast) -> None:
    before = words(speech)
    line = at(speech, "把每一件")
    second = actions.cut(line, at=10, speech=speech, by=cast.secretary)
    assert (second.text, words(speech)) == ("建好台账。", before)
    positions = list(line.version.passages.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))


@pytest.mark.parametrize("place", [0, 15, 99])
def test_a_passage_is_not_cut_at_its_ends(speech: Speech, cast: Cast, place: int) -> None:
    with pytest.raises(Refused, match="不能在这里断开"):
        actions.cut(at(speech, "把每一件"), at=place, speech=speech, by=cast.secretary)


def test_a_cut_is_undone_by_joining(speech: Speech, cast: Cast) -> None:
    before = shape(speech), words(speech)
    second = actions.cut(at(speech, "把每一件"), at=10, speech=speech, by=cast.secretary)
    assert second.text == "建好台账。"
    assert second.pk in parts(speech)[1].joinable
    actions.join(second, speech=speech, by=cast.secretary)
    assert (shape(speech), words(speech)) == before


def test_a_heading_takes_its_whole_sentence_by_joining_and_cutting(cast: Cast) -> None:
    text = TEXT.replace("一、摸清底数\n", f"一、要摸清底数，{'把工作做在前面' * 8}。建好台账。\n")
    speech = actions.import_speech(
        unit=cast.branch, by=cast.secretary, at=timezone.now(), text=text
    )
    heading = at(speech, "一、要摸清底数")
    assert (heading.text, heading.is_unsure) == ("一、要摸清底数，", True)
    body = at(speech, "把工作做在前面")
    actions.join(body, speech=speech, by=cast.secretary)
    heading.refresh_from_db()
    place = heading.text.index("建好台账")
    actions.cut(heading, at=place, speech=speech, by=cast.secretary)
    heading.refresh_from_db()
    assert (heading.kind, heading.text[-4:], heading.is_unsure) == ("heading", "在前面。", False)
    assert at(speech, "建好台账").kind == "body"


def test_only_what_stood_in_one_line_is_joined(speech: Speech, cast: Cast) -> None:
    with pytest.raises(Refused, match="不在同一行"):
        actions.join(at(speech, "定期更新"), speech=speech, by=cast.secretary)


def test_an_unsure_place_is_confirmed_once(speech: Speech, cast: Cast) -> None:
    passage = at(speech, "定期更新")
    Passage.objects.filter(pk=passage.pk).update(is_unsure=True, reason="拿不准")
    actions.confirm(passage, speech=speech, by=cast.secretary)
    passage.refresh_from_db()
    assert (passage.is_unsure, passage.reason) == (False, "")
    with pytest.raises(Refused, match="已经核对过"):
        actions.confirm(passage, speech=speech, by=cast.secretary)


def test_a_warning_goes_when_it_was_dealt_with(cast: Cast) -> None:
    text = TEXT.replace("部署下一步工作", "讲五点意见")
    speech = actions.import_speech(
        unit=cast.branch, by=cast.secretary, at=timezone.now(), text=text
    )
    warnings = speech.versions.get().warnings
    assert "原文说讲五点，找到三个专题，请核对。" in warnings
    before = Entry.objects.count()
    for _ in range(2):
        actions.dismiss(warnings[0], speech=speech, by=cast.secretary)
    assert speech.versions.get().warnings == warnings[1:]
    assert Entry.objects.count() == before + 1


def test_a_passage_of_an_old_version_is_left_alone(speech: Speech, cast: Cast) -> None:
    line = at(speech, "定期更新")
    actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=TEXT + "散会。\n")
    with pytest.raises(Stale, match="属于旧稿"):
        actions.remove(line, speech=speech, by=cast.secretary)


def test_a_refused_edit_leaves_no_audit_row(speech: Speech, cast: Cast) -> None:
    before = Entry.objects.count()
    with pytest.raises(Refused):
        actions.give_to_next(at(speech, "最后，让"), speech=speech, by=cast.secretary)
    assert Entry.objects.count() == before


EDITS: tuple[Callable[..., object], ...] = (
    actions.begin_theme,
    actions.begin_closing,
    actions.give_to_next,
    actions.give_to_previous,
    actions.remove,
    actions.restore,
    lambda passage, **more: actions.set_kind(passage, kind=PassageKind.BODY, **more),
    lambda passage, **more: actions.set_kind(passage, kind=PassageKind.HEADING, **more),
    lambda passage, **more: actions.cut(passage, at=len(passage.text) // 2, **more),
    lambda passage, **more: actions.merge(passage.theme or Theme(), **more),
)


class AnyEdits(TestCase):
    """Whatever is clicked, in whatever order."""

    @given(st.lists(st.tuples(st.integers(0, len(EDITS) - 1), st.integers(0, 40)), max_size=12))
    def test_no_sequence_of_edits_changes_a_word(self, clicks: list[tuple[int, int]]) -> None:
        unit = make_unit("党支部")
        person = make_user("陈卫东", unit=unit, role="secretary")
        speech = actions.import_speech(unit=unit, by=person, at=timezone.now(), text=TEXT)
        before = words(speech)
        for edit, place in clicks:
            passages = list(speech.versions.get().passages.select_related("theme"))
            try:
                EDITS[edit](passages[place % len(passages)], speech=speech, by=person)
            except Refused:
                continue
            found = parts(speech)
            ids = [part.theme.pk for part in found]
            zones = [part.theme.zone for part in found]
            numbers = [part.theme.number for part in found if part.is_numbered]
            assert words(speech) == before
            assert len(set(ids)) == len(ids)
            assert Zone.OPENING not in zones[1:]
            assert Zone.CLOSING not in zones[:-1]
            assert numbers == list(range(1, len(numbers) + 1))
            in_use = Theme.objects.filter(speech=speech, is_retired=False)
            assert set(in_use.values_list("pk", flat=True)) == set(ids)
