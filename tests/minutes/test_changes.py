"""更正了什么: every word that a correction changed, its reason, who signed."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from studyapp.accounts.models import User
from studyapp.minutes import actions, changes
from studyapp.minutes.content import Content, digest
from studyapp.minutes.models import Part
from tests.conftest import Cast
from tests.minutes.records import NOW, sign, signed

SignIn = Callable[[User], Client]
GOLDEN = Path(__file__).parent / "golden" / "schema-1.json"
CONTENT: Content = json.loads(
    json.loads(GOLDEN.read_text(encoding="utf-8"))["versions"][0]["content"]
)
# Printed nowhere: what a version is, and keys; what follows from the kind and the names.
UNPRINTED = {"schema", "record", "amends", "key", "kind", "decision_word", "numbers"}
FULL: Content = CONTENT | {
    "sittings": [
        {
            "name": "A班",
            "start": "2026-03-05T14:30+08:00",
            "end": "2026-03-05T15:00+08:00",
            "place": "二楼",
            "should": 3,
            "present": ["陈卫东"],
        }
    ],
    "together": ["党课"],
    "reviewer": {"name": "李明远"},
    "lecturer": "周敏",
    "lecture_topic": "党纪",
    "absent": [{"name": "王海峰", "reason": "出警"}],
    "late": [{"name": "孙丽华", "at": "14:40"}],
    "left": [{"name": "孙丽华", "at": "15:40"}],
    "excused": [{"name": "何建国", "reason": "病休"}],
    "observers": [{"name": "周敏", "title": "副书记", "purpose": "指导"}],
    "decisions": [
        {"key": "decision-1", "text": "办好", "responsible": "王海峰", "due": "2026-04-01"}
    ],
    "late_entry": {"reason": "停电", "at": "2026-03-20T09:00+08:00"},
    "attachments": ["签到表"],
    "issue": {"number": 3, "issuer": "陈卫东", "distribution": "各组", "date": "2026-03-06"},
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every word and number of a content that a paper prints."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if key in UNPRINTED:
            continue
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key)


def altered(path: tuple[Any, ...]) -> Content:
    content = copy.deepcopy(FULL)
    inner: Any = content
    for key in path[:-1]:
        inner = inner[key]
    was = inner[path[-1]]
    if isinstance(was, str) and was[:4] == "2026":
        inner[path[-1]] = was.replace("2026", "2025")
    else:
        inner[path[-1]] = was + 1 if isinstance(was, int) else f"{was}改"
    return content


def test_no_change_of_any_word_goes_unseen() -> None:
    ways = list(leaves(FULL))
    unseen = [way for way in ways if not changes.between(FULL, altered(way))]
    assert (len(ways) > 50, unseen) == (True, [])
    assert changes.between(FULL, FULL) == []


def spelt(found: list[changes.Change]) -> list[tuple[str, str, bool, bool]]:
    marks = {"same": "", "fold": "~", "del": "-", "ins": "+"}
    return [
        (c.label, "".join(f"{marks[kind]}{text}" for kind, text in c.pieces), c.is_new, c.is_gone)
        for c in found
    ]


def test_a_part_is_compared_with_itself_and_what_came_or_went_stands_in_its_place() -> None:
    new = copy.deepcopy(FULL)
    new["items"][0]["parts"][0]["heading"] = "陈卫东"
    new["others"] = []
    new["items"][0]["parts"].append(
        {"key": "remark-2", "kind": "remark", "heading": "周敏", "text": "补一句。"}
    )
    assert spelt(changes.between(FULL, new)) == [
        ("讲话 · 发言", "-孙丽华：+陈卫东：第一行\n第二行“引号”\\ é café", False, False),
        ("主持人小结", "-讲得实在。", False, True),
        ("讲话 · 发言", "+周敏：补一句。", True, False),
    ]


def test_another_order_of_the_same_words_is_a_change() -> None:
    old = copy.deepcopy(FULL)
    old["items"][0]["parts"].append(
        {"key": "remark-2", "kind": "remark", "heading": "周敏", "text": "补一句。"}
    )
    new = copy.deepcopy(old)
    new["items"][0]["parts"].reverse()
    assert [(c.label, c.is_new, c.is_gone) for c in changes.between(old, new)] == [
        ("先后顺序", False, False)
    ]


@pytest.fixture
def corrected(cast: Cast) -> Any:
    record = actions.amend(signed(cast), reason="写错一个字", by=cast.recorder, at=NOW())
    part = Part.objects.get(record=record, key__startswith="remark-")
    actions.edit_part(
        part, text="窗口要少跑两趟。", base=digest(part.text), by=cast.recorder, at=NOW()
    )
    return sign(actions.submit(record, by=cast.recorder, at=NOW()))


def test_the_page_shows_words_reason_and_signatures(
    cast: Cast, corrected: Any, signed_in: SignIn
) -> None:
    address = f"/minutes/{corrected.pk}/changes/"
    page = signed_in(cast.member).get(address).content.decode()
    assert "窗口要少跑<del>一</del><ins>两</ins>趟。" in page
    assert ("更正原因：写错一个字" in page, page.count("主持人 陈卫东")) == (True, 2)
    again = signed_in(cast.inspector).get(f"{address}?from=1&to=2")
    assert (again.status_code, "<ins>两</ins>" in again.content.decode()) == (200, True)
    detail = signed_in(cast.member).get(f"/minutes/{corrected.pk}/").content.decode()
    assert f'href="{address}"' in detail


def test_only_versions_that_are_there_are_compared(
    cast: Cast, corrected: Any, signed_in: SignIn
) -> None:
    address = f"/minutes/{corrected.pk}/changes/"
    client = signed_in(cast.member)
    asked = ["?from=2&to=1", "?from=1&to=3", "?from=0&to=2", "?to=1", "?from=x", "?to=" + "9" * 40]
    assert [client.get(address + query).status_code for query in asked] == [404] * 6
    assert signed_in(cast.visitor).get(address).status_code == 404
    one = client.get(f"/minutes/{signed(cast).pk}/changes/")
    assert (one.status_code, "没有可以比的版本" in one.content.decode()) == (200, True)
