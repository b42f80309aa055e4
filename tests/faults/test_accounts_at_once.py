"""Accounts at the same instant: guesses are counted, and an office never loses its last holder."""

import pytest

from tests.faults.database import Database
from tests.faults.server import Site
from tests.faults.together import at_once

pytestmark = pytest.mark.faults
SECOND = """
from studyapp.accounts.models import Office, User
first = User.objects.get(username="sysadmin")
second, _ = User.objects.get_or_create(
    username="sysadmin2", defaults={"name": "另一位", "password": first.password}
)
User.objects.filter(pk__in=[first.pk, second.pk]).update(
    office=Office.SYSTEM, is_active=True
)
print("people", first.pk, second.pk)
"""
HOLDERS = "SELECT count(*) FROM accounts_user WHERE office = %s AND is_active"


def test_wrong_passwords_typed_at_once_are_counted_one_by_one(
    built: Site, database: Database
) -> None:
    tries = [("visitor", "/me/password/again/", {"password": f"Guess-{n}-2026"}) for n in range(8)]
    answers = at_once(built, database, tries, "accounts_user")
    assert [status for status, _ in answers] == [422] * 8
    told = "SELECT error_code FROM audit_entry WHERE name = %s AND user_id = %s ORDER BY seq"
    codes = [code for (code,) in database.rows(told, "核对密码", "visitor")]
    assert codes == ["password"] * 5 + ["locked"] * 3


def test_two_administrators_who_disable_each_other_leave_one(
    built: Site, database: Database
) -> None:
    outcome = built.manage("shell", "--verbosity=0", "-c", SECOND)
    assert outcome.returncode == 0, outcome.stderr
    [line] = [line for line in outcome.stdout.splitlines() if line.startswith("people ")]
    _, first, second = line.split()
    acts = [
        ("sysadmin", f"/admin/people/{second}/active/", {"active": "0"}),
        ("sysadmin2", f"/admin/people/{first}/active/", {"active": "0"}),
    ]
    answers = at_once(built, database, acts, "audit_entry")
    try:
        assert database.rows(HOLDERS, "system") == [(1,)]
        assert sorted(status for status, _ in answers) == [302, 422]
        [page] = [page for status, page in answers if status == 422]
        assert "唯一能登录的系统管理员" in page
    finally:
        built.manage("shell", "--verbosity=0", "-c", SECOND)
