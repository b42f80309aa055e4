"""Resets: by one 安全管理员, for administrators by two people, by the owner where nobody can."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from studyapp.accounts import actions, resets, second_factor
from studyapp.accounts.models import Office, Reset, SecondFactor, User
from studyapp.audit.models import Entry
from studyapp.errors import Refused
from tests.accounts.test_second_factor import switch_on
from tests.conftest import Cast
from tests.factories import PASSWORD, make_user


def now() -> datetime:
    return timezone.now()


def another(office: Office, username: str = "second") -> User:
    return make_user(f"另一位{office.label}", username=username, office=office)


def asked(cast: Cast, user: User | None = None, what: Reset.What = Reset.What.PASSWORD) -> Reset:
    user = user or cast.auditor
    assert resets.begin(user, what, by=cast.secadmin, at=now()) is None
    return Reset.objects.get(user=user, what=what, state=Reset.State.WAITING)


def last(name: str) -> tuple[str, str, dict[str, Any]]:
    """Return by whom, of whom and what else, of the newest row of that name."""
    entry = Entry.objects.filter(name=name).latest("seq")
    return entry.user_id, entry.target, entry.condition


def opens(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


@pytest.mark.attack(8)
def test_one_administrator_alone_gets_into_no_other_office(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.secadmin)
    switch_on(cast.auditor)
    for act in ("reset", "second-factor"):
        address = f"/admin/roles/{cast.auditor.pk}/{act}/"
        answer = client.post(address, {"password": PASSWORD}, follow=True)
        assert "请另一位安全管理员或系统管理员" in answer.content.decode()
    assert opens(cast.auditor, PASSWORD)
    assert second_factor.of(cast.auditor) is not None
    for one in Reset.objects.all():
        answer = client.post(f"/admin/resets/{one.pk}/")
        assert (answer.status_code, "要另一个人确认" in answer.content.decode()) == (422, True)
    assert [one.state for one in Reset.objects.all()] == [Reset.State.WAITING] * 2
    assert last("申请重置密码")[:2] == ("secadmin", "审计员（auditor）")


def test_a_second_person_confirms_and_alone_sees_the_password(cast: Cast, signed_in) -> None:
    reset = asked(cast)
    client: Client = signed_in(cast.sysadmin)
    assert "审计员（auditor）：密码" in client.get("/admin/").content.decode()
    address = f"/admin/resets/{reset.pk}/"
    assert client.post(address).status_code == 422
    page = client.post(address, {"password": PASSWORD}).content.decode()
    password = page.split("一次性密码</title>")[-1].split("<code>")[2].split("</code>")[0]
    assert (opens(cast.auditor, password), opens(cast.auditor, PASSWORD)) == (True, False)
    by, of, more = last("发放一次性密码")
    assert (by, of, more) == (
        "sysadmin",
        "审计员（auditor）",
        {"asked_by": "安全员（secadmin）"},
    )
    again = client.post(address)
    assert (again.status_code, "已经结束" in again.content.decode()) == (422, True)
    for page in (
        signed_in(cast.secadmin).get(one).content.decode() for one in ("/admin/", address)
    ):
        assert password not in page
        assert "系统员" in page


@pytest.mark.parametrize("who", ["asker", "target"])
def test_neither_who_asked_nor_whose_it_is_confirms(cast: Cast, who: str) -> None:
    other = another(Office.SECURITY)
    reset = asked(cast, other)
    with pytest.raises(Refused, match="要另一个人确认"):
        resets.confirm(reset, by=cast.secadmin if who == "asker" else other, at=now())
    reset.refresh_from_db()
    assert reset.state == Reset.State.WAITING


def test_a_request_ends_after_24_hours_or_with_the_office_of_who_asked(cast: Cast) -> None:
    reset = asked(cast)
    with pytest.raises(Refused, match="过了24小时"):
        resets.confirm(reset, by=cast.sysadmin, at=reset.until)
    assert not Reset.objects.waiting(reset.until).exists()
    with pytest.raises(Refused, match="已经有人申请"):
        resets.begin(cast.auditor, Reset.What.PASSWORD, by=cast.secadmin, at=now())
    resets.begin(cast.auditor, Reset.What.PASSWORD, by=cast.secadmin, at=reset.until)
    newer = Reset.objects.get(state=Reset.State.WAITING)
    assert newer.pk != reset.pk
    by, of, more = last("不重置")
    assert (by, of) == ("secadmin", "审计员（auditor）")
    assert more == {
        "what": "密码",
        "asked_by": "安全员（secadmin）",
        "reason": "过了24小时，重新申请",
    }
    User.objects.filter(pk=cast.secadmin.pk).update(is_active=False)
    with pytest.raises(Refused, match="已不是安全管理员"):
        resets.confirm(newer, by=cast.sysadmin, at=now())


def test_a_request_is_taken_back_or_turned_down(cast: Cast, signed_in) -> None:
    for who in (cast.secadmin, cast.sysadmin):
        reset = asked(cast)
        client: Client = signed_in(who)
        assert client.post(f"/admin/resets/{reset.pk}/drop/")["Location"] == "/admin/"
        by, of, more = last("不重置")
        assert (by, of) == (who.username, "审计员（auditor）")
        assert more == {"what": "密码", "asked_by": "安全员（secadmin）"}
        with pytest.raises(Refused, match="已经结束"):
            resets.confirm(reset, by=another(Office.SYSTEM, f"x{reset.pk}"), at=now())
    assert opens(cast.auditor, PASSWORD)


def test_where_nobody_could_confirm_the_command_is_named(cast: Cast, signed_in) -> None:
    answer = signed_in(cast.secadmin).post(
        f"/admin/roles/{cast.sysadmin.pk}/reset/", {"password": PASSWORD}
    )
    page = answer.content.decode()
    assert (answer.status_code, "manage.py first_password sysadmin" in page) == (422, True)
    assert not Reset.objects.exists()


@pytest.mark.attack(8)
def test_who_reset_an_account_alone_gives_it_no_office(cast: Cast) -> None:
    """Take the office, reset, give it back: that would be the same by a longer way."""
    puppet = make_user("新来的", username="puppet")
    resets.begin(puppet, Reset.What.PASSWORD, by=cast.secadmin, at=now())
    with pytest.raises(Refused, match="你重置过此人的密码"):
        actions.grant_office(puppet, office=Office.AUDIT, by=cast.secadmin, at=now())
    other = another(Office.SECURITY)
    with pytest.raises(Refused, match="还没有换成自己的密码"):
        actions.grant_office(puppet, office=Office.AUDIT, by=other, at=now())
    User.objects.filter(pk=puppet.pk).update(must_change_password=False)
    actions.grant_office(puppet, office=Office.AUDIT, by=other, at=now())
    assert User.objects.get(pk=puppet.pk).office == Office.AUDIT


def test_first_passwords_in_a_batch_are_not_for_administrators(cast: Cast) -> None:
    auditor = another(Office.AUDIT)
    User.objects.filter(pk=auditor.pk).update(must_change_password=True, password_changed_at=None)
    from studyapp.accounts import passwords

    given = actions.give_first_passwords(
        [auditor], passwords.prepare(1), by=cast.sysadmin, at=now()
    )
    assert (given, opens(auditor, PASSWORD)) == ([], True)


@pytest.mark.parametrize("how", ["two", "one", "owner"])
def test_every_sign_in_and_the_own_page_tell_for_30_days_what_was_reset_and_by_whom(
    cast: Cast, how: str
) -> None:
    person, words = cast.auditor, "安全员申请、系统员确认，取消了你的两步验证"
    if how == "one":
        person, words = cast.member, "安全员取消了你的两步验证"
    switch_on(person)
    client = Client()
    if how == "owner":
        call_command("remove_second_factor", person.username)
        words = "管理这台机器的人用命令取消了你的两步验证"
    else:
        resets.begin(person, Reset.What.FACTOR, by=cast.secadmin, at=now())
    if how == "two":
        resets.confirm(Reset.objects.get(), by=cast.sysadmin, at=now())
    words += "。不是你要求的，马上告诉单位领导和审计管理员"
    signing = {"username": person.username, "password": PASSWORD}
    # A thief may be the first who signs in: the owner is told as well.
    for one in (Client(), client):
        assert words in one.post("/login/", signing, follow=True).content.decode()
    assert words in client.get("/me/").content.decode()
    Reset.objects.update(ended_at=now() - timedelta(days=30))
    assert words not in client.get("/me/").content.decode()
    assert words not in Client().post("/login/", signing, follow=True).content.decode()


def test_the_owner_removes_a_factor_also_under_offices_and_with_a_lost_key(
    cast: Cast, settings: Any, capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    switch_on(cast.secadmin)
    at = now()
    client.force_login(cast.secadmin, backend="studyapp.accounts.backends.NameBackend")
    client.session.save()
    settings.SECOND_FACTOR = "offices"
    call_command("remove_second_factor", "SecAdmin")
    assert "安全员（secadmin）的两步验证已取消" in capsys.readouterr().out
    by, of, more = last("取消两步验证")
    assert (by, of, list(more)) == ("", "安全员（secadmin）", ["os_user"])
    assert not SecondFactor.objects.exists()
    for name, words in (("secadmin", "没有开启两步验证"), ("nobody", "没有这个登录名")):
        with pytest.raises(CommandError, match=words):
            call_command("remove_second_factor", name)
    assert Reset.objects.filter(ended_at__gte=at).count() == 1


def test_removing_a_factor_ends_the_sign_ins_and_says_why_there(cast: Cast) -> None:
    codes = switch_on(cast.auditor)
    client = Client()
    client.post("/login/", {"username": "auditor", "password": PASSWORD})
    client.post("/login/code/", {"code": codes[0]})
    assert client.get("/me/").status_code == 200
    call_command("remove_second_factor", "auditor")
    away = client.get("/me/")
    assert away["Location"].startswith("/login/")
    assert "两步验证被取消了" in client.get(away["Location"]).content.decode()


def test_the_owner_gives_a_first_password(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    reset = asked(cast)
    call_command("first_password", "auditor")
    password = capsys.readouterr().out.split("\t")[2].split("\n")[0]
    assert (opens(cast.auditor, password), opens(cast.auditor, PASSWORD)) == (True, False)
    assert User.objects.get(pk=cast.auditor.pk).must_change_password
    by, of, more = last("发放一次性密码")
    assert (by, of, list(more)) == ("", "审计员（auditor）", ["os_user"])
    reset.refresh_from_db()
    assert reset.state == Reset.State.DROPPED
    by, of, more = last("不重置")
    assert (by, of, more["asked_by"]) == ("", "审计员（auditor）", "安全员（secadmin）")
    User.objects.filter(pk=cast.auditor.pk).update(is_active=False)
    with pytest.raises(CommandError, match="已停用"):
        call_command("first_password", "auditor")
