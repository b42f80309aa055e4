"""The page of a running meeting in a real Chromium: nothing moves under anybody's hands."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser

MEETING = "/meetings/7/"
POLL = 12_000  # milliseconds: one poll and the answer


def write(page: Page, words: str) -> None:
    page.fill("#compose", words)
    page.click("button[value=post]")
    page.wait_for_selector(f"#stream >> text={words}")


def test_news_come_while_somebody_types_and_leave_the_words_alone(
    visit: Callable[..., Page],
) -> None:
    typing = visit("member", f"{MEETING}?view=notes")
    other = visit("recorder", f"{MEETING}?view=notes")
    typing.locator("#compose").press_sequentially("写到一半，")
    write(other, "会上新写的一条。")
    typing.wait_for_selector("#stream >> text=会上新写的一条。", timeout=POLL)
    typing.keyboard.type("接着写")
    assert typing.input_value("#compose") == "写到一半，接着写"


def test_a_part_in_use_is_not_swapped(visit: Callable[..., Page]) -> None:
    reading = visit("member", f"{MEETING}?view=notes")
    other = visit("recorder", f"{MEETING}?view=notes")
    link = reading.locator(".topic a")
    link.focus()
    write(other, "读的人还在看的时候写的。")
    reading.wait_for_timeout(POLL)
    assert link.evaluate("each => each === document.activeElement")
    assert reading.locator("text=读的人还在看的时候写的。").count() == 0
    reading.locator("#compose").focus()
    reading.wait_for_selector("#stream >> text=读的人还在看的时候写的。", timeout=POLL)


def test_an_expired_sign_in_takes_no_words_away(site: str, browser: Browser) -> None:
    # A context of its own: the refused poll is a complaint of the console.
    context = browser.new_context(base_url=site, locale="zh-CN")
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", "member")
    page.fill("[name=password]", PASSWORD)
    page.click("form button.btn--pri")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{MEETING}?view=notes")
    page.fill("#compose", "")
    page.locator("#compose").press_sequentially("登录过期前写的")
    context.clear_cookies(name="sid")
    dialog = page.locator("dialog")
    dialog.wait_for(timeout=POLL)
    assert page.input_value("#compose") == "登录过期前写的"
    dialog.locator("[name=username]").fill("member")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("button.btn--pri").click()
    dialog.wait_for(state="detached")
    page.click("button[value=post]")
    page.wait_for_selector("#stream >> text=登录过期前写的")
    assert page.input_value("#compose") == ""
    context.close()


def test_what_a_member_needs_is_on_the_first_screen(visit: Callable[..., Page]) -> None:
    page = visit("member", MEETING)
    for selector in (".topic .ask", "#compose", "button[value=post]", "#roll .attsum"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768, selector
    # Room for 22 names: four in a row, 40 pixels each.
    first = page.locator("#roll .att__p").first.bounding_box()
    assert first is not None
    assert first["y"] + 6 * 40 <= 768


def test_the_recorder_writes_on_from_the_speaker(visit: Callable[..., Page]) -> None:
    page = visit("recorder", MEETING)
    page.fill("[name=speaker]", "whf")
    page.fill("[name=text]", "先把台账对一遍。")
    page.press("[name=text]", "Control+Enter")
    page.wait_for_url("**#id_speaker")
    assert page.evaluate("document.activeElement.id") == "id_speaker"
    assert page.locator(".sheet__say >> text=先把台账对一遍。").count() == 1
