"""Codes tried, and a reset confirmed, at the same instant: no more happens than in a row."""

import pytest

from tests.faults.database import Database
from tests.faults.server import PASSWORD, Site
from tests.faults.together import Act, at_once

pytestmark = pytest.mark.faults
WHO = "inspector"
BEGUN = f"""
from datetime import timedelta
from django.utils import timezone
from studyapp.accounts import second_factor, totp
from studyapp.accounts.models import User
at = timezone.now() - timedelta(seconds=60)
user = User.objects.get(username="{WHO}")
secret = second_factor.secret_of(second_factor.begin(user))
second_factor.confirm(user, totp.code(secret, int(at.timestamp() // 30)), at=at)
"""
FAILED = (
    "SELECT error_code, count(*) FROM audit_entry WHERE target = %s AND name = '登录' "
    "AND error_code <> '' GROUP BY error_code ORDER BY error_code"
)


@pytest.mark.attack(14)
def test_of_eight_wrong_codes_at_once_five_are_looked_at(built: Site, database: Database) -> None:
    outcome = built.manage("shell", "--verbosity=0", "-c", BEGUN)
    assert outcome.returncode == 0, outcome.stderr
    tries: list[Act] = [(WHO, "/login/code/", {"code": "000000"})] * 8
    answers = at_once(built, database, tries, "accounts_secondfactor")
    assert {status for status, _ in answers} == {422}
    assert database.rows(FAILED, WHO) == [("second", 5), ("second_locked", 3)]


def test_of_two_confirmations_at_once_one_gives_a_password(built: Site, database: Database) -> None:
    [(pk,)] = database.rows("SELECT id FROM accounts_reset WHERE state = %s", "waiting")
    act = ("sysadmin", f"/admin/resets/{pk}/", {"password": PASSWORD})
    answers = at_once(built, database, [act, act], "accounts_reset")  # type: ignore[list-item]
    given = {status: "一次性密码</h1>" in page for status, page in answers}
    assert given == {200: True, 422: False}
    logged = "SELECT count(*) FROM audit_entry WHERE name = '发放一次性密码' AND user_id = %s"
    assert database.rows(logged, "sysadmin") == [(1,)]
