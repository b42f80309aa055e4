"""The sign-in ends or changes while somebody types: the words stay, and stay the writer's own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from studyapp.accounts import totp
from tests.browser.conftest import PASSWORD, ROOT
from tests.browser.test_review import bring_in
from tests.browser.words import (
    BODY,
    COMPOSER,
    SAVED,
    STORES,
    end_sign_in,
    fill_sign_in,
    saved,
    sign_in,
    sign_in_again,
    stored,
    type_in,
)
from tests.losses import Kept

pytestmark = [pytest.mark.browser, pytest.mark.loss("signing in")]

OTHER_PASSWORD, THIRD_PASSWORD = "Night-Study-2026-b", "Dawn-Study-2026-c"
FOURTH_PASSWORD = "Noon-Study-2026-d"  # the policy bars what the same person had lately


def test_a_sign_in_that_ended_is_renewed_in_place_and_the_words_are_saved(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    page.context.clear_cookies(name="sid")
    page.locator(BODY).press_sequentially("登录过期时正写着的话。")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible(timeout=SAVED)
    assert page.input_value(BODY) == "登录过期时正写着的话。"
    dialog.locator("[name=username]").fill("member")
    dialog.locator("[name=password]").fill("wrong")
    dialog.locator("button.btn--pri").click()
    expect(dialog).to_contain_text("不对")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("button.btn--pri").click()
    expect(dialog).to_have_count(0)
    saved(page)
    kept(stored(page), "登录过期时正写着的话。")


def test_a_form_that_htmx_sends_asks_in_place_and_is_sent_with_all_that_stands_on_the_page(
    browser: Browser, site: str
) -> None:
    # A context of its own: the refused post is a complaint of the console.
    context = browser.new_context(base_url=site, locale="zh-CN")
    page = context.new_page()
    sign_in(page, "secretary")
    bring_in(page)
    first, other = (
        page.locator("input[name=title]").nth(0),
        page.locator("input[name=title]").nth(1),
    )
    first.fill("登录过期前改好的标题")
    other.fill("还没点保存的标题")
    end_sign_in(context)
    page.locator("button[value=save]").first.click()
    expect(page.locator("dialog")).to_be_visible(timeout=SAVED)
    assert [first.input_value(), other.input_value()] == [
        "登录过期前改好的标题",
        "还没点保存的标题",
    ]
    sign_in_again(page, "secretary")
    expect(page.locator("dialog")).to_have_count(0)
    expect(first).to_have_js_property("defaultValue", "登录过期前改好的标题")
    assert other.input_value() == "还没点保存的标题"
    page.on("dialog", lambda asks: asks.accept())  # unsent words are asked about
    page.reload()
    assert [first.input_value(), other.input_value()] == ["登录过期前改好的标题", "再练"]
    context.close()


def test_another_person_who_signs_in_neither_sees_nor_sends_the_words(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    page.context.clear_cookies(name="sid")
    page.locator(BODY).press_sequentially("王海峰自己的话。")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible(timeout=SAVED)
    dialog.locator("[name=username]").fill("recorder")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("button.btn--pri").click()
    page.wait_for_url(lambda url: "/notes" not in url)
    page.goto(COMPOSER)
    page.wait_for_timeout(1500)
    assert page.input_value(BODY) == ""
    kept = page.evaluate("JSON.stringify(Object.entries(localStorage))")
    assert "王海峰自己的话" not in kept
    # The writer comes back to this machine within the day and has the words again.
    page.locator("form.signout button").click()
    page.wait_for_url("**/login/**")
    sign_in(page, "member")
    page.goto(COMPOSER)
    expect(page.locator(BODY)).to_have_value("王海峰自己的话。", timeout=SAVED)
    saved(page)


@pytest.mark.attack(56)
def test_signing_out_sends_first_and_leaves_no_words_on_the_machine(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    type_in(page, "退出前最后一句。")
    page.wait_for_timeout(1000)  # long enough for the copy on the machine, not for a save
    assert "copy:" in page.evaluate(STORES)
    page.locator("form.signout button").click()
    page.wait_for_url("**/login/**")
    kept = page.evaluate(STORES)
    assert ("copy:" in kept, "退出前最后一句" in kept) == (False, False)
    page.go_back()
    page.wait_for_url("**/login/**")
    assert page.locator(BODY).count() == 0
    assert "退出前最后一句" not in page.content()
    sign_in(page, "member")
    page.goto(COMPOSER)
    assert page.input_value(BODY) == "退出前最后一句。"


@pytest.fixture
def other_machine(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, locale="zh-CN")
    yield context.new_page()
    context.close()


def change_password(page: Page, old: str, new: str) -> None:
    page.goto("/me/password/")
    page.fill("[name=old]", old)
    page.fill("[name=new]", new)
    page.fill("[name=again]", new)
    page.click("main button.btn--pri")
    page.wait_for_url(lambda url: "/password/" not in url)


def on_the_server(folder: Path, username: str, words: str) -> str:
    """Do something to a person, ``one``, beside the running server; return what it printed."""
    begin = (
        f"from studyapp.accounts.models import User;one = User.objects.get(username={username!r});"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", begin + words],
        check=True,
        cwd=ROOT,
        env={**os.environ, "STUDYAPP_DATA": str(folder), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def put_password_back(folder: Path, username: str) -> None:
    """Give the demo's password back: the policy bars it for whoever had it lately."""
    on_the_server(folder, username, f"one.set_password({PASSWORD!r}); one.save()")


def test_a_password_changed_in_another_tab_or_elsewhere_takes_no_words_away(
    site: str, folder: Path, open_at: Callable[..., Page], other_machine: Page, kept: Kept
) -> None:
    page = open_at(site, "visitor", "/notes/new/")
    tab = page.context.new_page()
    try:
        change_password(tab, PASSWORD, OTHER_PASSWORD)
        type_in(page, "这边刚改了密码。")
        saved(page)
        sign_in(other_machine, "visitor", OTHER_PASSWORD)
        # From the other machine: that ends the sign-in of this one.
        change_password(other_machine, OTHER_PASSWORD, THIRD_PASSWORD)
        type_in(page, "那边也改了。")
        sign_in_again(page, "visitor", THIRD_PASSWORD)
        saved(page)
    finally:
        put_password_back(folder, "visitor")
    kept(stored(page, "visitor", "/notes/new/"), "这边刚改了密码。那边也改了。")


def test_a_one_time_password_is_changed_in_a_new_tab_and_the_words_are_saved_after_it(
    site: str, folder: Path, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "visitor", "/notes/new/")
    on_the_server(folder, "visitor", "one.must_change_password = True; one.save()")
    try:
        end_sign_in(page.context)
        page.locator(BODY).fill("先改密码也丢不了。")
        sign_in_again(page, "visitor")
        dialog = page.locator("dialog")
        expect(dialog).to_contain_text("先改密码，再接着写")
        dialog.get_by_role("button", name="办好了，接着写").click()
        expect(dialog.get_by_role("alert")).to_contain_text("还没办好")
        with page.context.expect_page() as opened:
            dialog.get_by_role("link", name="在新窗口打开").click()
        change_password(opened.value, PASSWORD, FOURTH_PASSWORD)
        dialog.get_by_role("button", name="办好了，接着写").click()
        expect(dialog).to_have_count(0)
        saved(page)
    finally:
        put_password_back(folder, "visitor")
    assert stored(page, "visitor", "/notes/new/") == "先改密码也丢不了。"


SWITCH_ON = """
from datetime import timedelta
from django.utils import timezone
from studyapp.accounts import second_factor, totp
secret = second_factor.secret_of(second_factor.begin(one))
at = timezone.now() - timedelta(seconds=60)
second_factor.confirm(one, totp.code(secret, int(at.timestamp() // 30)), at=at)
print(secret.hex())
"""


def test_who_has_a_second_factor_gives_the_code_in_place_and_goes_on_writing(
    site: str, folder: Path, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "secretary")
    secret = bytes.fromhex(on_the_server(folder, "secretary", SWITCH_ON))
    try:
        end_sign_in(page.context)
        type_in(page, "验证码也不用离开这一页。")
        dialog = page.locator("dialog")
        sign_in_again(page, "secretary")
        code = dialog.get_by_label("验证码")
        expect(code).to_be_focused(timeout=SAVED)
        assert dialog.locator("[name=password]").count() == 0
        code.fill("000000")
        code.press("Enter")
        expect(dialog.get_by_role("alert")).to_contain_text("验证码不对")
        assert page.input_value(BODY) == "验证码也不用离开这一页。"
        code.fill(totp.code(secret, int(time.time() // 30)))
        code.press("Enter")
        expect(dialog).to_have_count(0)
        saved(page)
    finally:
        on_the_server(folder, "secretary", "one.second_factor.delete()")
    kept(stored(page, "secretary"), "验证码也不用离开这一页。")


@pytest.mark.attack(24)
def test_the_same_person_signed_in_in_another_tab_writes_and_hands_in_as_before(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    end_sign_in(page.context)
    sign_in(page.context.new_page(), "member")
    type_in(page, "另一个窗口重新登录过。")
    saved(page)
    page.click("button[value=draft]")
    page.wait_for_url(lambda url: "/notes/new/" not in url)
    page.goto("/notes/")
    assert page.locator(".stream >> text=另一个窗口重新登录过。").count() == 1


@pytest.mark.attack(24)
def test_another_person_signed_in_in_another_tab_is_given_none_of_the_words(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    end_sign_in(page.context)
    sign_in(page.context.new_page(), "recorder")
    type_in(page, "不是孙丽华写的。")
    expect(page.locator("dialog")).to_be_visible(timeout=SAVED)
    kept(stored(page, "recorder"), "")
    sign_in_again(page, "member")
    saved(page)
    assert (stored(page), stored(page, "recorder")) == ("不是孙丽华写的。", "")


@pytest.fixture
def plain(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A browser without script."""
    context = browser.new_context(base_url=site, locale="zh-CN", java_script_enabled=False)
    yield context
    context.close()


def posted_too_late(plain: BrowserContext, words: str) -> Page:
    """Write a note as member and post it after the sign-in has ended."""
    page = plain.new_page()
    sign_in(page, "member")
    page.goto(COMPOSER)
    page.fill(BODY, words)
    end_sign_in(plain)
    page.click("button[value=post]")
    page.wait_for_url("**/login/**")
    return page


def test_without_script_a_form_that_came_too_late_is_posted_after_signing_in(
    plain: BrowserContext,
) -> None:
    page = posted_too_late(plain, "没有脚本也丢不了的一条。")
    fill_sign_in(page, "member")
    assert page.locator(".facts >> text=没有脚本也丢不了的一条。").count() == 1
    page.click("text=接着提交")
    page.goto("/notes/?show=posted")
    assert page.locator(".stream >> text=没有脚本也丢不了的一条。").count() == 1


def test_without_script_another_person_who_signs_in_does_not_get_the_form(
    plain: BrowserContext,
) -> None:
    page = posted_too_late(plain, "只归王海峰的一条。")
    fill_sign_in(page, "recorder")
    assert page.locator("text=接着提交").count() == 0
    assert "只归王海峰的一条" not in page.content()
    page.goto("/notes/?show=posted")
    assert "只归王海峰的一条" not in page.content()
