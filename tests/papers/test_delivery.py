"""Papers leave by one way: in the unit's layout, recorded, and asked for again from above."""

import hashlib
from collections.abc import Callable

import pytest
from django.test import Client

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.branches.models import Unit
from studyapp.documents.layout import GB
from studyapp.papers.models import IssuedFile, PaperProfile
from studyapp.papers.queries import is_beyond, profile_for
from studyapp.web.shortcuts import safe_name
from tests.conftest import Cast
from tests.factories import PASSWORD
from tests.minutes.records import signed, submitted

SignIn = Callable[[User], Client]


def test_a_file_is_recorded_with_its_hash_its_maker_and_its_code(
    cast: Cast, signed_in: SignIn
) -> None:
    record = signed(cast)
    answer = signed_in(cast.member).get(f"/minutes/{record.pk}/export.pdf")
    issued = IssuedFile.objects.get()
    version = record.versions.get()
    assert (issued.subject, issued.paper, issued.version, issued.check_code) == (
        f"record-{record.pk}", "会议记录", 1, version.code,
    )  # fmt: skip
    assert (issued.sha256, issued.size) == (
        hashlib.sha256(answer.content).hexdigest(),
        len(answer.content),
    )
    assert (issued.by, issued.by_name, issued.unit) == (cast.member, "王海峰", cast.branch)
    last = Entry.objects.order_by("-seq").first()
    assert (last.name, last.condition["sha256"]) == ("导出会议记录", issued.sha256)


def test_who_looks_from_above_is_asked_for_the_password_once(cast: Cast, signed_in: SignIn) -> None:
    record = signed(cast)
    client, address = signed_in(cast.inspector), f"/minutes/{record.pk}/export.docx"
    page = f"/minutes/{record.pk}/"
    first = client.get(address)
    assert (first.status_code, first["Location"]) == (
        302,
        f"/me/password/again/?next=%2Fminutes%2F{record.pk}%2F",
    )
    assert IssuedFile.objects.count() == 0
    client.post("/me/password/again/", {"password": PASSWORD, "next": page})
    assert [client.get(address).status_code for _ in range(2)] == [200, 200]
    assert IssuedFile.objects.count() == 2


def test_the_layout_is_that_of_the_nearest_unit_with_a_profile(cast: Cast) -> None:
    assert profile_for(cast.group).layout == GB
    PaperProfile.objects.create(unit=cast.organ, lines=24, updated_by=cast.inspector)
    PaperProfile.objects.create(unit=cast.branch, lines=20, updated_by=cast.secretary)
    found = [profile_for(unit).lines for unit in (cast.organ, cast.general, cast.group)]
    assert found == [24, 24, 20]


def test_a_paper_is_printed_in_its_units_layout(cast: Cast, signed_in: SignIn) -> None:
    PaperProfile.objects.create(unit=cast.organ, names="windows", updated_by=cast.inspector)
    record = submitted(cast)
    client = signed_in(cast.member)
    before = client.get(f"/minutes/{record.pk}/export.pdf").content
    PaperProfile.objects.create(unit=cast.branch, left=40, updated_by=cast.secretary)
    after = client.get(f"/minutes/{record.pk}/export.pdf").content
    assert before != after


def test_ones_own_branch_and_its_groups_are_not_beyond(cast: Cast) -> None:
    def beyond(user: User) -> list[Unit]:
        units = (cast.organ, cast.branch, cast.group, cast.other_branch)
        return [unit for unit in units if is_beyond(user, unit)]

    assert beyond(cast.inspector) == [cast.branch, cast.group, cast.other_branch]
    assert beyond(cast.secretary) == [cast.organ, cast.other_branch]


@pytest.mark.attack(38)
@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ('a\r\nSet-Cookie: x="1"', "a-Set-Cookie- x=-1"),
        ("会" * 300, "会" * 80),
        ("..", "文件"),
    ],
)
def test_a_file_name_is_safe_everywhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe
