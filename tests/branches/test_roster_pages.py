"""The page of the roster: what comes in is read elsewhere, shown by row, and stored as a whole."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.branches.models import Membership, Unit
from tests.conftest import Cast
from tests.documents import hostile

SignIn = Callable[[User], Client]
BRANCH = "刑侦支队第一党支部"
HEAD = "党组织,姓名,登录名,职务,政治面貌,人员类别,上级党组织,党组织全称,类型\n"


def uploaded(client: Client, data: bytes, name: str = "名册.csv") -> Any:
    return client.post("/admin/roster/", {"file": SimpleUploadedFile(name, data)})


def stored() -> tuple[int, ...]:
    """How much of everything that a roster could touch there is."""
    return tuple(model.objects.count() for model in (User, Unit, Membership, Entry))


@pytest.mark.attack(43)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_roster_is_previewed_and_imported_as_a_whole(
    cast: Cast, signed_in: SignIn, encoding: str
) -> None:
    client, before = signed_in(cast.sysadmin), stored()
    rows = f"{BRANCH},赵新,zx,,群众,民警\n{BRANCH},王海峰,member,副大队长\n"
    preview = uploaded(client, (HEAD + rows).encode(encoding))
    assert (preview.status_code, stored()) == (200, before)
    done = client.post("/admin/roster/import/", {"parcel": preview.context["parcel"]})
    assert done["Location"] == "/admin/people/?state=waiting"
    cast.member.refresh_from_db()
    assert (cast.member.post, User.objects.get(username="zx").name) == ("副大队长", "赵新")
    # Those whom the sheet does not name are where they were.
    assert Membership.objects.current().filter(user=cast.secretary).exists()


@pytest.mark.attack(43)
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (f"{BRANCH},赵新,zx,,群众,民警\n{BRANCH},赵新,ZX\n", "和第2行重复，删掉一行。"),
        (
            f"{BRANCH},赵新,zx,,群众,民警\n没有支部,李四,ls\n",
            "“没有支部”是新的，填它的上级党组织。",
        ),
        (
            f"{BRANCH},赵新,zx,,群众,民警\n甲支部,,,,,,乙支部,全称\n乙支部,,,,,,甲支部,全称\n",
            "上级转了一圈又回到自己：甲支部—乙支部—甲支部。改正上级。",
        ),
        (f'{BRANCH},赵新,zx,"=HYPERLINK(1)",群众,民警\n', "像公式。改成文字"),
    ],
    ids=["double", "unknown unit", "circle", "formula"],
)
def test_a_roster_with_one_fault_stores_nothing_of_the_others(
    cast: Cast, signed_in: SignIn, rows: str, told: str
) -> None:
    before = stored()
    answer = uploaded(signed_in(cast.sysadmin), (HEAD + rows).encode())
    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    assert (answer.context["parcel"], stored()) == ("", before)


@pytest.mark.attack(31, 38)
def test_the_name_of_the_file_is_shown_as_clean_words(cast: Cast, signed_in: SignIn) -> None:
    rows = f"{BRANCH},王海峰,member,副大队长\n"
    answer = uploaded(signed_in(cast.sysadmin), (HEAD + rows).encode(), "<x-evil>\u202e名册.csv")
    assert (answer.status_code, answer.context["name"]) == (200, "<x-evil>名册.csv")
    page = answer.content.decode()
    assert ("&lt;x-evil&gt;名册.csv" in page, "<x-evil>" in page) == (True, False)


@pytest.mark.attack(43)
def test_a_sheet_without_the_columns_says_which(cast: Cast, signed_in: SignIn) -> None:
    answer = uploaded(signed_in(cast.sysadmin), "单位,姓名\n甲,乙\n".encode())
    assert answer.status_code == 422
    assert [(p.line, p.column) for p in answer.context["problems"]] == [
        (1, "党组织"),
        (1, "登录名"),
    ]


def far_away(suffix: str) -> bytes:
    """A cell so far away, and written so oddly, that no check sees it: only memory ends it."""
    parts, name = hostile.sound(suffix), hostile.main_part(suffix)
    cell = '<row r="1048576"><c r ="XFD1048576"><v>1</v></c></row>'
    parts[name] = str(parts[name]).replace("</sheetData>", f"{cell}</sheetData>")
    return hostile.packed(parts)


@pytest.mark.attack(39, 41, 42)
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (hostile.bomb, "文件解开后太大，不能读取。"),
        (hostile.LIVE["macro"][0], "文件带有宏，不能上传。"),
        (hostile.program_behind, "文件打不开，可能损坏。"),
        (far_away, "文件读不出来，可能损坏。"),
    ],
    ids=["bomb", "macro", "two in one", "far away"],
)
def test_a_hostile_roster_gets_its_sentence_on_the_page(
    cast: Cast, signed_in: SignIn, make: Callable[[str], bytes], said: str
) -> None:
    before = stored()
    answer = uploaded(signed_in(cast.sysadmin), make(".xlsx"), "名册.xlsx")
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert stored() == before
