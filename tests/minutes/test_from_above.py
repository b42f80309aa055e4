"""What organ staff see of a signed record, and what stays in the branch."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.minutes import actions
from tests.conftest import Cast
from tests.factories import PASSWORD
from tests.minutes.records import NOW, sign, signed, submitted

SignIn = Callable[[User], Client]


def test_what_the_branch_said_before_it_signed_stays_in_the_branch(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    actions.return_record(record, opinion="先改第二段", by=cast.secretary, at=NOW())
    sign(actions.submit(record, by=cast.recorder, at=NOW()))
    address = f"/minutes/{record.pk}/"
    shown = ["先改第二段" in signed_in(u).get(address).text for u in (cast.member, cast.inspector)]
    assert shown == [True, False]


def test_a_scan_is_logged_and_asked_for_from_above(
    cast: Cast, signed_in: SignIn, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    record = signed(cast)
    scan = actions.attach_scan(
        record, data=b"%PDF-1.7 scan", name="签字页.pdf", by=cast.recorder, at=timezone.now()
    )
    client, address = signed_in(cast.inspector), f"/minutes/{record.pk}/scans/{scan.pk}/"
    assert client.get(address)["Location"].startswith("/me/password/again/?next=")
    client.post("/me/password/again/", {"password": PASSWORD, "next": "/"})
    assert b"".join(client.get(address).streaming_content) == b"%PDF-1.7 scan"  # type: ignore[attr-defined]
    last = Entry.objects.order_by("-seq")[0]
    assert (last.name, last.user_name) == ("下载扫描件", "何建国")
    assert last.condition["sha256"] == scan.sha256
    scan.file.storage.delete(scan.file.name)
    answer = client.get(address)
    assert (answer.status_code, "从备份里找回" in answer.text) == (422, True)
