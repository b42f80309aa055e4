"""The chain of signed versions: what it hashes, for ever; one end a branch; what it refuses."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from studyapp.audit.models import Entry
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.minutes import chain, content, queries
from studyapp.minutes.actions import confirm
from studyapp.minutes.models import Confirmation, SignedVersion
from tests.conftest import Cast
from tests.factories import make_user
from tests.minutes.records import NOW, amended, signed, submitted

GOLDEN = sorted(Path(__file__).parent.joinpath("golden").glob("*.json"))
NEVER = "a change of what was sealed breaks every paper that was handed out (ADR 0024)"


def golden(path: Path) -> list[tuple[dict[str, Any], bytes]]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return [(one, bytes.fromhex(stored["key"])) for one in stored["versions"]]


VECTORS = [one for path in GOLDEN for one in golden(path)]


def version_of(one: dict[str, Any]) -> SignedVersion:
    columns = "sequence number revision schema content signatures objections previous".split()
    return SignedVersion(
        unit_id=one["unit"],
        record_id=one["record"],
        signed_at=datetime.fromisoformat(one["signed_at"]),
        **{name: one[name] for name in columns},
    )


# --- Golden vectors ------------------------------------------------------------------------------


def test_there_is_a_vector_for_every_schema_that_was_ever_signed() -> None:
    assert {one["schema"] for one, _ in VECTORS} == set(chain._LINKS) == {content.SCHEMA}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(("one", "key"), VECTORS)
def test_old_hashes_links_seals_and_codes_come_out_as_they_were(
    settings: Any, one: dict[str, Any], key: bytes, zone: str
) -> None:
    settings.TIME_ZONE = zone
    link = chain.link_of(version_of(one))
    seal = chain.seal_of(link, key)
    found = (content.digest(one["content"]), link, seal, chain.code_of(seal))
    assert found == (one["sha256"], one["link"], one["seal"], one["code"]), NEVER


@pytest.mark.parametrize(("one", "key"), VECTORS)
def test_old_content_is_read_made_again_and_printed(one: dict[str, Any], key: bytes) -> None:
    found = content.read(one["content"])
    assert content.canonical(found) == one["content"], NEVER
    assert queries.paper(queries.Reading(found), "record").title.endswith("集中学习记录")


def test_signatures_are_spelt_as_they_were() -> None:
    one, _ = VECTORS[0]
    rows = [
        Confirmation(
            pk=pk, capacity=c["capacity"], by_id=c["person"], by_name=c["name"], at=moment(c["at"])
        )
        for pk, c in enumerate(json.loads(one["signatures"]), 1)
    ]
    assert chain.signatures(reversed(rows)) == one["signatures"], NEVER


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


CHANGES = {
    "unit": 9, "record": 9, "sequence": 9, "number": 9, "revision": 9, "schema": 2,
    "content": "{}", "signatures": "[]", "objections": '[""]', "previous": "0" * 64,
    "signed_at": "2026-03-05T09:05:00.000001+00:00",
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
def test_each_sealed_column_changes_the_link(column: str) -> None:
    one, _ = VECTORS[0]
    assert chain.link_of(version_of(one | {column: CHANGES[column]})) != one["link"]


def test_content_of_a_schema_to_come_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="内容格式（2）这个程序还不认识"):
        content.read('{"schema":2}')


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0123-4567-89AB-CDEF", "0123-4567-89AB-CDEF"),
        (" oli3 4567—89ab cdef\n", "0113-4567-89AB-CDEF"),
        ("0123456789ABCDE", ""),
        ("0123-4567-89AB-CDEU", ""),
        ("Ａ123456789ABCDEF", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str) -> None:
    assert chain.typed(typed) == code


# --- One chain a branch --------------------------------------------------------------------------


def test_versions_of_one_branch_follow_each_other_and_branches_stand_apart(cast: Cast) -> None:
    first = amended(cast)
    head = make_user("赵刚", unit=cast.other_branch, role="secretary", rank=1)
    there = replace(cast, branch=cast.other_branch, secretary=head, recorder=cast.visitor)
    other = signed(replace(there, member=cast.visitor))
    elsewhere = list(SignedVersion.objects.filter(unit=cast.other_branch))
    third = signed(cast, start=NOW() - timedelta(hours=9))
    mine = list(SignedVersion.objects.filter(unit=cast.branch).order_by("sequence"))
    assert [(v.record_id, v.number, v.sequence) for v in mine] == [
        (first.pk, 1, 1),
        (first.pk, 2, 2),
        (third.pk, 1, 3),
    ]
    assert [v.previous for v in mine] == ["", mine[0].link, mine[1].link]
    assert [(v.record_id, v.sequence, v.previous) for v in elsewhere] == [(other.pk, 1, "")]
    assert all(chain.is_whole(v) for v in [*mine, *elsewhere])


def test_a_unit_that_is_renamed_and_moved_keeps_its_chain(cast: Cast) -> None:
    first = signed(cast).versions.get()
    Unit.objects.filter(pk=cast.branch.pk).update(
        name="改名支部", full_name="中共云州市公安局改名支部委员会", parent=cast.organ
    )
    second = signed(cast, start=NOW() - timedelta(hours=9)).versions.get()
    assert (second.sequence, second.previous) == (2, first.link)
    assert all(chain.is_whole(SignedVersion.objects.get(pk=v.pk)) for v in (first, second))


@pytest.mark.postgres
def test_the_end_of_the_chain_is_read_under_a_lock_that_comes_before_the_log(cast: Cast) -> None:
    """Two that sign at one moment wait for each other, and not in a ring with who edits units."""
    record = submitted(cast)
    confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    with CaptureQueriesContext(connection) as caught:
        confirm(record, revision=record.revision, by=cast.secretary, at=NOW())
    said = [query["sql"] for query in caught.captured_queries]
    steps = [
        next(place for place, sql in enumerate(said) if re.search(words, sql))
        for words in (
            r'FROM "branches_unit" .*FOR NO KEY UPDATE',
            r"pg_advisory_xact_lock",
            r'FROM "minutes_signedversion" .*"sequence" DESC',
        )
    ]
    assert steps == sorted(steps)


def test_a_signed_version_is_anchored_in_the_log(cast: Cast) -> None:
    version = signed(cast).versions.get()
    entry = Entry.objects.get(name="会议记录签字完成")
    told = {key: entry.condition[key] for key in ("version", "code", "link")}
    assert told == {"version": 1, "code": version.code, "link": version.link}


COPIED = [f.attname for f in SignedVersion._meta.concrete_fields if f.attname != "id"]


WRONG: list[dict[str, object]] = [
    {"sequence": 2},  # beside the last one: a fork
    {"sequence": 4},  # a gap
    {"previous": "0" * 64},
    {"previous": ""},
    {"sequence": 1, "previous": ""},
]


@pytest.mark.parametrize(
    "verb", ["INSERT", pytest.param("INSERT OR REPLACE", marks=pytest.mark.sqlite)]
)
def test_the_database_takes_no_version_out_of_order(cast: Cast, verb: str) -> None:
    amended(cast)
    before: list[Any] = list(SignedVersion.objects.values())
    right: dict[str, Any] = before[0] | {
        "sequence": 3, "previous": before[0]["link"], "number": 3, "code": "0000-0000-0000-0000",
    }  # fmt: skip
    sql = f"{verb} INTO minutes_signedversion ({{}}) VALUES ({{}})"
    sql = sql.format(", ".join(COPIED), ", ".join(["%s"] * len(COPIED)))
    for row in (right | wrong for wrong in WRONG):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [row[name] for name in COPIED])
        assert list(SignedVersion.objects.values()) == before
    with connection.cursor() as cursor:
        cursor.execute(sql, [right[name] for name in COPIED])
    assert SignedVersion.objects.count() == 3


def test_whoever_changes_the_rows_without_the_key_makes_no_valid_code(
    cast: Cast, settings: Any
) -> None:
    version = signed(cast).versions.get()
    assert chain.is_whole(version)
    version.content = version.content.replace("窗口要少跑一趟", "窗口要多跑一趟")
    assert not chain.is_whole(version)
    # Also when the links are made again: the seal asks for the key.
    version.link = chain.link_of(version)
    assert not chain.is_whole(version)
    version.seal = chain.seal_of(version.link, b"guessed")
    version.code = chain.code_of(version.seal)
    assert not chain.is_whole(version)
    settings.RECORD_KEYS = {"k9": b"another"}
    assert not chain.is_whole(SignedVersion.objects.get(pk=version.pk))
