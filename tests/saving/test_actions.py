"""Saving: never over newer words, never twice, every loss kept."""

from datetime import UTC, datetime, timedelta

import pytest

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.saving import actions
from studyapp.saving.actions import Clash, Free, Held, Outcome, Saved
from studyapp.saving.models import LocalKey, Reason, Text, digest
from studyapp.saving.queries import history
from tests.conftest import Cast

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_tokens = iter(range(10**6))


def save(by: User, body: str, base: int, *, minutes: float = 0, **more: object) -> Outcome:
    values: dict[str, object] = {"client": "tab", "token": f"t{next(_tokens)}"} | more
    return actions.save(
        "part-1", body=body, base=base, by=by, at=NINE + timedelta(minutes=minutes), **values
    )


def rows() -> list[tuple[int, str, str]]:
    text = Text.objects.get(key="part-1")
    return [(row.number, row.reason, row.body) for row in history(text)]


def test_the_answer_names_the_revision_and_the_hash_of_these_words(cast: Cast) -> None:
    found = save(cast.recorder, "陈卫东：首接负责", 0)
    assert found == Saved(1, digest("陈卫东：首接负责"), NINE)


@pytest.mark.loss("twice")
def test_the_same_save_again_is_answered_and_not_stored_twice(cast: Cast) -> None:
    first = save(cast.recorder, "一", 0, token="same")
    save(cast.recorder, "一二", 1)
    assert save(cast.recorder, "一", 0, token="same") == first
    assert [row[0] for row in rows()] == [2]


def test_the_first_save_keeps_what_was_there_before(cast: Cast) -> None:
    save(cast.recorder, "改过的", 0, now="原来的")
    assert rows() == [(1, Reason.LOSS, "改过的"), (0, Reason.START, "原来的")]


@pytest.mark.loss("typing")
def test_growth_within_five_minutes_is_one_row_and_its_number_rises(cast: Cast) -> None:
    for number, body in enumerate(["首接", "首接负责", "首接负责，盯到底"]):
        save(cast.recorder, body, number, minutes=number)
    assert rows() == [(3, Reason.TYPED, "首接负责，盯到底")]
    save(cast.recorder, "首接负责，盯到底。", 3, minutes=6)
    assert [row[0] for row in rows()] == [4, 3]


@pytest.mark.loss("clock")
def test_a_clock_set_back_starts_a_new_row(cast: Cast) -> None:
    save(cast.recorder, "一", 0)
    save(cast.recorder, "一二", 1, minutes=-30)
    assert [row[0] for row in rows()] == [2, 1]


@pytest.mark.loss("typing")
def test_any_loss_is_a_row_of_its_own(cast: Cast) -> None:
    save(cast.recorder, "首接负责，盯到底", 0)
    save(cast.recorder, "首接负责", 1)
    save(cast.recorder, "首接负责人", 2)
    assert rows() == [
        (3, Reason.TYPED, "首接负责人"),
        (2, Reason.LOSS, "首接负责"),
        (1, Reason.TYPED, "首接负责，盯到底"),
    ]


def test_another_person_starts_a_row(cast: Cast) -> None:
    save(cast.recorder, "首接", 0)
    save(cast.secretary, "首接负责", 1, minutes=1)
    assert [row[0] for row in rows()] == [2, 1]


@pytest.mark.loss("together")
def test_a_stale_save_stores_nothing_over_newer_words_and_keeps_its_own(cast: Cast) -> None:
    save(cast.recorder, "记录人写的", 0)
    found = save(cast.secretary, "书记写的", 0, minutes=2)
    assert found == Clash(1, "记录人写的", cast.recorder, NINE)
    assert rows() == [
        (1, Reason.CONFLICT, "书记写的"),
        (1, Reason.TYPED, "记录人写的"),
    ]


def test_a_stale_save_of_the_same_words_is_no_conflict(cast: Cast) -> None:
    save(cast.recorder, "同样的话", 0)
    assert save(cast.secretary, "同样的话", 0) == Saved(1, digest("同样的话"), NINE)


def test_who_writes_has_the_text_until_half_a_minute_after_the_last_sign(cast: Cast) -> None:
    save(cast.recorder, "写到一半", 0)
    held = save(cast.secretary, "写到一半，我接着写", 1, minutes=0.4)
    assert held == Held(cast.recorder, NINE + timedelta(seconds=30))
    free = save(cast.secretary, "写到一半，我接着写", 1, minutes=0.6)
    assert isinstance(free, Saved)


@pytest.mark.loss("clock")
def test_a_lease_far_in_the_future_locks_nobody(cast: Cast) -> None:
    """The clock of the server was wrong for a while."""
    save(cast.recorder, "写到一半", 0, minutes=600)
    assert isinstance(save(cast.secretary, "写到一半，好了", 1), Saved)


def test_holding_tells_the_second_who_has_it(cast: Cast) -> None:
    assert actions.hold("part-1", by=cast.recorder, client="a", at=NINE, now="旧") == Free(0, "旧")
    held = actions.hold("part-1", by=cast.secretary, client="b", at=NINE)
    assert held == Held(cast.recorder, NINE + timedelta(seconds=30))


def test_a_lease_given_back_is_free_at_once_and_only_its_holder_gives_it(cast: Cast) -> None:
    actions.hold("part-1", by=cast.recorder, client="a", at=NINE)
    actions.release("part-1", by=cast.secretary, client="b")
    assert isinstance(actions.hold("part-1", by=cast.secretary, client="b", at=NINE), Held)
    actions.release("part-1", by=cast.recorder, client="a")
    assert isinstance(actions.hold("part-1", by=cast.secretary, client="b", at=NINE), Free)


def test_two_persons_have_two_working_copies_of_one_name(cast: Cast) -> None:
    for person, body in ((cast.member, "我的"), (cast.recorder, "她的")):
        actions.save(
            "note-new", body=body, base=0, by=person, owner=person, client="c", token="t", at=NINE
        )
    assert sorted(Text.objects.values_list("owner__username", "body")) == [
        ("member", "我的"),
        ("recorder", "她的"),
    ]


def test_a_copy_handed_in_keeps_its_history_and_leaves_its_place(cast: Cast) -> None:
    who = cast.member
    actions.save("new", body="草", base=0, by=who, owner=who, client="c", token="t", at=NINE)
    actions.settle("new", owner=who, to="note-7", body="草稿成文", at=NINE)
    text = Text.objects.get(key="note-7")
    assert (text.body, text.revision) == ("草稿成文", 2)
    late = actions.save(
        "new", body="草稿成", base=1, by=who, owner=who, client="c", token="late", at=NINE
    )
    assert (type(late), Text.objects.get(key="new").body) == (Clash, "")


def test_a_dropped_copy_is_empty_and_its_words_are_still_in_the_history(cast: Cast) -> None:
    who = cast.member
    actions.save("new", body="不想要的", base=0, by=who, owner=who, client="c", token="t", at=NINE)
    actions.drop("new", owner=who, at=NINE)
    text = Text.objects.get()
    assert (text.body, [row.body for row in history(text)]) == ("", ["", "不想要的"])


def test_an_earlier_wording_comes_back_as_the_newest(cast: Cast) -> None:
    save(cast.recorder, "很长的一段", 0)
    save(cast.recorder, "短", 1)
    old = Text.objects.get().revisions.get(number=1)
    with pytest.raises(Refused, match="孙丽华正在写这一段"):
        actions.restore(old, by=cast.secretary, at=NINE)
    later = NINE + timedelta(minutes=1)
    assert actions.restore(old, by=cast.secretary, at=later).revision == 3
    assert [row[2] for row in rows()] == ["很长的一段", "短", "很长的一段"]


def test_who_hands_in_by_a_button_does_not_hold_the_text_any_longer(cast: Cast) -> None:
    save(cast.recorder, "写好了", 0)
    actions.put("part-1", body="写好了", by=cast.recorder, at=NINE, now="写好了")
    assert isinstance(actions.hold("part-1", by=cast.secretary, client="b", at=NINE), Free)


def test_who_hands_in_other_words_than_the_saved_ones_does_not_hold_them_either(
    cast: Cast,
) -> None:
    save(cast.recorder, "写到一半", 0)
    actions.put("part-1", body="写到一半，好了", by=cast.recorder, at=NINE, now="写到一半")
    assert isinstance(actions.hold("part-1", by=cast.secretary, client="b", at=NINE), Free)


def test_handing_in_takes_no_text_from_somebody_else_who_writes(cast: Cast) -> None:
    save(cast.recorder, "写到一半", 0)
    actions.put("part-1", body="写到一半", by=cast.secretary, at=NINE, now="写到一半")
    held = actions.hold("part-1", by=cast.secretary, client="b", at=NINE)
    assert held == Held(cast.recorder, NINE + timedelta(seconds=30))


def test_what_was_handed_in_is_a_row_that_later_growth_leaves_alone(cast: Cast) -> None:
    save(cast.recorder, "一", 0)
    actions.put("part-1", body="一二", by=cast.recorder, at=NINE, now="一")
    actions.put("part-1", body="一二三", by=cast.recorder, at=NINE, now="一二")
    save(cast.recorder, "一二三四", 3)
    assert rows() == [
        (4, Reason.TYPED, "一二三四"),
        (3, Reason.HANDED_IN, "一二三"),
        (2, Reason.HANDED_IN, "一二"),
        (1, Reason.TYPED, "一"),
    ]


def test_what_is_past_its_time_is_forgotten_and_nothing_else(cast: Cast) -> None:
    save(cast.recorder, "一", 0)
    save(cast.recorder, "一二", 1, minutes=60 * 48)
    actions.hold_post(cast.member, path="/", fields=[("a", "b")], at=NINE)
    actions.local_key(cast.member, at=NINE)
    actions.local_key(cast.recorder, at=NINE + timedelta(hours=47))
    later = NINE + timedelta(hours=49)
    assert actions.forget_expired(at=later) == actions.Forgotten(forms=1, keys=1, receipts=1)
    assert [row[2] for row in rows()] == ["一二", "一"]
    assert LocalKey.objects.get().person == cast.recorder


def test_a_text_over_the_limit_is_refused_and_nothing_is_stored(cast: Cast) -> None:
    with pytest.raises(Refused, match="写了20001字"):
        save(cast.recorder, "长" * 20_001, 0)
    assert not Text.objects.exists()


def test_the_local_key_lasts_a_day(cast: Cast) -> None:
    first = actions.local_key(cast.member, at=NINE).secret
    same = actions.local_key(cast.member, at=NINE + timedelta(hours=23)).secret
    later = actions.local_key(cast.member, at=NINE + timedelta(hours=25)).secret
    other = actions.local_key(cast.recorder, at=NINE).secret
    assert (first == same, first == later, first == other) == (True, False, False)
