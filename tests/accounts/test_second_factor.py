"""The second step of a sign-in: codes of RFC 6238, used once, with recovery codes beside them."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from studyapp import keys
from studyapp.accounts import second_factor, totp
from studyapp.accounts.models import RecoveryCode, SecondFactor, User
from studyapp.audit.models import Entry
from studyapp.errors import Refused
from tests.conftest import Cast
from tests.factories import PASSWORD

RFC = b"12345678901234567890"


def switch_on(user: User) -> list[str]:
    """Switch it on with a code of a minute ago, so that the present one is still unused."""
    factor = second_factor.begin(user)
    at = timezone.now() - timedelta(seconds=60)
    return second_factor.confirm(user, code_of(factor, at.timestamp()), at=at)


def code_of(factor: SecondFactor, now: float | None = None) -> str:
    now = timezone.now().timestamp() if now is None else now
    return totp.code(secret_of(factor), int(now // 30))


def secret_of(factor: SecondFactor) -> bytes:
    secret = second_factor.secret_of(factor)
    assert secret is not None
    return secret


def half_way(user: User, path: str = "/") -> Client:
    """Give the right password."""
    client = Client()
    posted = {"username": user.username, "password": PASSWORD, "next": path}
    assert client.post("/login/", posted)["Location"].startswith("/login/code/?next=")
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp.code(RFC, seconds // 30, figures=8) == code


def test_the_code_before_and_after_counts_and_none_counts_twice() -> None:
    now = 1_000_000_000.0
    step = int(now // 30)
    found = [totp.step_of(RFC, totp.code(RFC, step + d), now=now, after=0) for d in range(-2, 3)]
    assert found == [None, step - 1, step, step + 1, None]
    assert totp.step_of(RFC, totp.code(RFC, step), now=now, after=step) is None
    assert [totp.step_of(RFC, odd, now=now, after=0) for odd in ("", "１２３４５６", "x" * 40)] == [
        None,
        None,
        None,
    ]


def test_an_authenticator_reads_name_site_and_secret() -> None:
    assert totp.address(RFC, site="支部学习会", name="lin") == (
        "otpauth://totp/%E6%94%AF%E9%83%A8%E5%AD%A6%E4%B9%A0%E4%BC%9A%3Alin"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=%E6%94%AF%E9%83%A8%E5%AD%A6%E4%B9%A0%E4%BC%9A"
    )


def test_it_is_set_up_with_the_password_and_a_first_code(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.secretary)
    asked = client.get("/me/second-factor/")["Location"]
    assert asked == "/me/password/again/?next=%2Fme%2Fsecond-factor%2F"
    assert client.post("/me/second-factor/begin/")["Location"] == asked
    assert not SecondFactor.objects.exists()
    client.post("/me/password/again/", {"password": PASSWORD})
    client.post("/me/second-factor/begin/")
    factor = SecondFactor.objects.get()
    page = client.get("/me/second-factor/").content.decode()
    assert totp.spelled(secret_of(factor)) in page
    assert second_factor.of(cast.secretary) is None
    wrong = client.post("/me/second-factor/confirm/", {"code": "000000"})
    assert (wrong.status_code, "验证码不对" in wrong.content.decode()) == (422, True)
    page = client.post("/me/second-factor/confirm/", {"code": code_of(factor)}).content.decode()
    codes = re.findall(r"<li>(\w{4}-\w{4}-\w{4})</li>", page)
    assert (len(set(codes)), RecoveryCode.objects.count()) == (10, 10)
    again = client.get("/me/second-factor/").content.decode()
    assert (codes[0] in again, "还剩10个" in again) == (False, True)
    names = [entry.name for entry in Entry.objects.order_by("-seq")[:1]]
    assert names == ["开启两步验证"]


def test_password_and_code_open_the_page_that_was_wanted(cast: Cast) -> None:
    switch_on(cast.secretary)
    client = half_way(cast.secretary, "/meetings/")
    assert not is_in(client)
    assert client.get("/meetings/")["Location"].startswith("/login/?next=")
    code = code_of(SecondFactor.objects.get())
    answer = client.post("/login/code/", {"code": f"{code[:3]} {code[3:]}", "next": "/meetings/"})
    assert (answer["Location"], is_in(client)) == ("/meetings/", True)
    replay = half_way(cast.secretary)
    answer = replay.post("/login/code/", {"code": code})
    assert (answer.status_code, is_in(replay)) == (422, False)


def test_a_recovery_code_opens_once(cast: Cast) -> None:
    code = switch_on(cast.secretary)[3]
    found = []
    for typed in (code.upper().replace("-", " "), code, ""):
        client = half_way(cast.secretary)
        client.post("/login/code/", {"code": typed})
        found.append(is_in(client))
    assert found == [True, False, False]
    assert Entry.objects.filter(name="使用恢复码").count() == 1
    assert not RecoveryCode.objects.filter(digest__contains=code.replace("-", "")).exists()


@pytest.mark.attack(14)
def test_after_five_wrong_codes_the_right_one_is_refused_in_the_same_words(cast: Cast) -> None:
    recovery = switch_on(cast.secretary)
    client = half_way(cast.secretary)
    right = code_of(SecondFactor.objects.get())
    said = set()
    for typed in [*["000000"] * 5, right, recovery[0]]:
        answer = client.post("/login/code/", {"code": typed})
        said.add(
            (answer.status_code, "".join(re.findall(r"验证码不对[^<]*", answer.content.decode())))
        )
    assert (len(said), is_in(client)) == (1, False)
    # Nor does the password open another way: it is asked for the code again.
    assert not is_in(half_way(cast.secretary))
    rows = Entry.objects.filter(name="登录", succeeded=False).values_list("error_code", flat=True)
    assert list(rows.order_by("seq")) == ["second"] * 5 + ["second_locked"] * 2
    [lock] = Entry.objects.filter(name="锁定验证码")
    assert (lock.target, lock.details) == ("secretary", ["原因：连续输错5次"])
    assert User.objects.get(pk=cast.secretary.pk).failed_sign_ins == 7


def test_a_lock_ends_after_15_minutes_and_a_right_code_ends_the_count(cast: Cast) -> None:
    codes = switch_on(cast.secretary)
    now = timezone.now()

    def tries(*typed: str, at: datetime = now) -> list[bool]:
        return [second_factor.accept(cast.secretary, one, at=at) for one in typed]

    assert tries(*["000000"] * 4, codes[0]) == [False] * 4 + [True]
    assert tries(*["000000"] * 4, codes[1]) == [False] * 4 + [True]
    assert tries(*["000000"] * 5, codes[2]) == [False] * 6
    assert tries(codes[2], at=now + timedelta(minutes=15, seconds=-1)) == [False]
    assert tries(codes[2], at=now + timedelta(minutes=15)) == [True]


def test_a_clock_that_is_set_back_neither_lifts_a_lock_nor_makes_it_longer(cast: Cast) -> None:
    codes = switch_on(cast.secretary)
    now = timezone.now()
    before = now - timedelta(days=1)

    def tries(*typed: str, at: datetime) -> list[bool]:
        return [second_factor.accept(cast.secretary, one, at=at) for one in typed]

    assert tries(*["000000"] * 4, at=now) == [False] * 4
    # The fifth in a row, whatever the clock says.
    assert tries("000000", codes[0], at=before) == [False] * 2
    SecondFactor.objects.update(locked_until=now + second_factor.LOCKED_FOR)
    assert tries(codes[0], at=before) == [False]
    assert tries(codes[0], at=before + timedelta(minutes=15, seconds=-1)) == [False]
    assert tries(codes[0], at=before + timedelta(minutes=15)) == [True]


def test_the_security_administrator_lifts_the_lock_of_the_code(cast: Cast, signed_in) -> None:
    codes = switch_on(cast.secretary)
    for _ in range(5):
        second_factor.accept(cast.secretary, "000000", at=timezone.now())
    client: Client = signed_in(cast.secadmin)
    address = f"/admin/roles/{cast.secretary.pk}/"
    assert "锁定中" in client.get(address).content.decode()
    client.post(f"{address}unlock/")
    assert "锁定中" not in client.get(address).content.decode()
    assert second_factor.accept(cast.secretary, codes[0], at=timezone.now())


@pytest.mark.parametrize("how", ["never", "late", "disabled", "new password"])
def test_the_second_step_alone_opens_nothing(cast: Cast, how: str) -> None:
    switch_on(cast.secretary)
    client = Client() if how == "never" else half_way(cast.secretary)
    if how == "late":
        session = client.session
        session["half_signed_in"] |= {"at": session["half_signed_in"]["at"] - 300}
        session.save()
    elif how == "disabled":
        User.objects.filter(pk=cast.secretary.pk).update(is_active=False)
    elif how == "new password":
        cast.secretary.set_password("Other-Blossom-2026")
        cast.secretary.save()
    answer = client.post("/login/code/", {"code": code_of(SecondFactor.objects.get())})
    page = answer.content.decode()
    assert (answer.status_code, "请从头登录" in page, is_in(client)) == (422, True, False)


def test_new_recovery_codes_need_a_second_factor(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.secretary)
    client.post("/me/password/again/", {"password": PASSWORD})
    answer = client.post("/me/second-factor/codes/")
    assert (answer.status_code, "没有开启两步验证" in answer.content.decode()) == (422, True)


def test_over_a_page_where_somebody_writes_both_steps_are_asked_and_answered(cast: Cast) -> None:
    switch_on(cast.secretary)
    client, in_place = Client(), {"Accept": "application/json"}

    def say(address: str, **fields: str) -> tuple[int, Any]:
        answer = client.post(address, fields, headers=in_place)
        return answer.status_code, answer.json()

    assert say("/login/code/", code="000000") == (
        422,
        {"asks": "password", "sentence": "登录没有完成，请从头登录。"},
    )
    right = {"username": cast.secretary.username, "password": PASSWORD}
    assert say("/login/", **right) == (200, {"asks": "code", "sentence": ""})
    assert not is_in(client)
    for typed, words in (("", "输入手机上的6位验证码"), ("000000", "验证码不对")):
        status, found = say("/login/code/", code=typed)
        assert (status, found["asks"], words in found["sentence"]) == (422, "code", True)
    code = code_of(SecondFactor.objects.get())
    assert say("/login/code/", code=code) == (200, {"person": cast.secretary.pk})
    assert is_in(client)
    # Somebody signed in here asks for a step that nobody began: no page lands in the dialog.
    assert say("/login/code/", code=code)[0] == 422


@pytest.mark.attack(14)
def test_wrong_codes_over_a_page_lock_as_at_the_sign_in(cast: Cast) -> None:
    switch_on(cast.secretary)
    client = half_way(cast.secretary)
    in_place = {"Accept": "application/json"}
    for _ in range(5):
        client.post("/login/code/", {"code": "000000"}, headers=in_place)
    right = {"code": code_of(SecondFactor.objects.get())}
    answer = client.post("/login/code/", right, headers=in_place)
    assert (answer.status_code, is_in(client)) == (422, False)


def test_the_security_administrator_takes_it_away_with_the_password(cast: Cast, signed_in) -> None:
    switch_on(cast.secretary)
    address = f"/admin/roles/{cast.secretary.pk}/second-factor/"
    client: Client = signed_in(cast.secadmin)
    assert client.post(address).status_code == 422
    assert second_factor.of(cast.secretary) is not None
    assert client.post(address, {"password": PASSWORD}).status_code == 302
    assert second_factor.of(cast.secretary) is None
    last = Entry.objects.order_by("-seq")[0]
    assert (last.name, last.user_id) == ("取消两步验证", "secadmin")
    refused = client.post(address)
    assert (refused.status_code, "没有开启" in refused.content.decode()) == (422, True)


def test_a_site_may_ask_it_of_its_administrators(cast: Cast, settings: Any) -> None:
    settings.SECOND_FACTOR = "offices"
    client = Client()
    client.post("/login/", {"username": "secadmin", "password": PASSWORD})
    assert client.get("/admin/roles/")["Location"] == "/me/second-factor/?next=%2Fadmin%2Froles%2F"
    client.post("/me/password/again/", {"password": PASSWORD})
    client.post("/me/second-factor/begin/")
    client.post("/me/second-factor/confirm/", {"code": code_of(SecondFactor.objects.get())})
    assert client.get("/admin/roles/").status_code == 200
    with pytest.raises(Refused, match="按规定"):
        second_factor.remove(cast.secadmin, by=cast.secadmin)
    other = Client()
    other.post("/login/", {"username": "member", "password": PASSWORD})
    assert other.get("/feedback/").status_code == 200


def renew(settings: Any, times: int = 1) -> None:
    """Do what `new_secret_key` and a restart do: three before the new one count on."""
    for number in range(times):
        older = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        settings.SECRET_KEY_FALLBACKS = older[: keys.FORMER_SECRETS]
        settings.SECRET_KEY = f"{number}{older[0]}"


@pytest.mark.parametrize("kind", ["telephone", "recovery"])
def test_whoever_signs_in_between_keeps_the_second_factor_over_any_number_of_keys(
    cast: Cast, settings: Any, kind: str
) -> None:
    codes, factor = switch_on(cast.secretary), SecondFactor.objects.get()
    at = timezone.now()
    for number in range(3):
        renew(settings, keys.FORMER_SECRETS)
        at += timedelta(minutes=2)
        typed = code_of(factor, at.timestamp()) if kind == "telephone" else codes[number]
        assert second_factor.accept(cast.secretary, typed, at=at)
        factor.refresh_from_db()
    renew(settings, keys.FORMER_SECRETS + 1)
    assert not second_factor.accept(cast.secretary, codes[9], at=at)
    refused = Entry.objects.filter(name="登录", succeeded=False).latest("seq")
    assert refused.error_code == "second_key"


def test_a_renewed_key_adds_no_code_that_would_be_taken(cast: Cast, settings: Any) -> None:
    switch_on(cast.secretary)
    secrets = set()
    for _ in range(keys.FORMER_SECRETS + 1):
        secrets.add(secret_of(SecondFactor.objects.get()))
        renew(settings)
    assert len(secrets) == 1


def test_a_copy_of_the_database_has_no_code(cast: Cast, settings: Any) -> None:
    """Neither another installation opens it, nor does it open beside another name."""
    codes, factor = switch_on(cast.secretary), SecondFactor.objects.get()
    switch_on(cast.member)
    foreign = SecondFactor.objects.get(user=cast.member)
    SecondFactor.objects.filter(pk=foreign.pk).update(wrapped=factor.wrapped)
    assert second_factor.secret_of(SecondFactor.objects.get(pk=foreign.pk)) is None
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    assert second_factor.secret_of(factor) is None
    assert not second_factor.accept(cast.secretary, codes[0], at=timezone.now())


def test_a_new_key_is_refused_while_somebody_hangs_on_the_one_that_falls_out(
    cast: Cast, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(**options: bool) -> str:
        call_command("new_secret_key", **options)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = keys.site_secrets(tmp_path)
        return capsys.readouterr().out

    settings.DATA_DIR = tmp_path
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = keys.site_secrets(tmp_path)
    codes = switch_on(cast.secretary)
    switch_on(cast.auditor)
    assert ["两步验证" in command() for _ in range(keys.FORMER_SECRETS)] == [False, False, False]
    assert second_factor.accept(cast.secretary, codes[0], at=timezone.now())
    before = keys.site_secrets(tmp_path)
    with pytest.raises(CommandError, match=r"1人的两步验证.*（auditor）"):
        command()
    assert keys.site_secrets(tmp_path) == before
    assert "1人的两步验证失效了（auditor）" in command(anyway=True)
    assert second_factor.accept(cast.secretary, codes[1], at=timezone.now())
    assert "1人的两步验证失效了（secretary）" in command(leaked=True)
    assert not second_factor.accept(cast.secretary, codes[2], at=timezone.now())
