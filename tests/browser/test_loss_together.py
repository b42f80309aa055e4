"""Several people and windows at one text: nobody overwrites, nobody is locked out, all is kept."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.words import (
    BODY,
    COMPOSER,
    SAVED,
    STATUS,
    said,
    saved,
    stored,
    type_in,
)
from tests.losses import Kept

pytestmark = [pytest.mark.browser, pytest.mark.loss("together")]

RECORD = "/minutes/4/"  # returned; both may edit it
PARTS = "textarea[data-hold]"
MEETING = "/meetings/7/"  # running
SUMMARY = "#sheet-summary textarea"
LEASE_ASKED = 12_000  # milliseconds: who waits for a text asks every ten seconds
NEWS = 12_000  # milliseconds: a question for news and its answer


@pytest.mark.attack(51)
def test_two_tabs_never_overwrite_each_other(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    first = open_at(site, "member")
    second = first.context.new_page()
    second.goto(COMPOSER)
    first.locator(BODY).press_sequentially("第一个窗口的话。")
    saved(first)
    second.locator(BODY).press_sequentially("第二个窗口的话。")
    expect(second.locator(STATUS).first).to_contain_text("没有盖掉它", timeout=SAVED)
    assert second.input_value(BODY) == "第二个窗口的话。"
    kept(stored(first), "第一个窗口的话。")
    second.get_by_role("button", name="用我写的").click()
    saved(second)
    kept(stored(second), "第二个窗口的话。")


def part(page: Page, number: int) -> str:
    """Selector of a part's field; the fourth is left to other tests."""
    return f"#{page.locator(PARTS).nth(number).get_attribute('id')}"


@pytest.mark.attack(51)
def test_the_second_recorder_sees_who_writes_writes_elsewhere_and_then_there(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    first = open_at(site, "recorder", f"{RECORD}edit/")
    second = open_at(site, "secretary", f"{RECORD}edit/")
    one, two = part(first, 0), part(first, 1)
    old = first.input_value(one)
    first.locator(one).press("Control+End")
    type_in(first, "记录人加的。", one)
    saved(first)
    second.locator(two).press("Control+End")
    type_in(second, "书记加的。", two)
    saved(second)
    # The other part is free meanwhile; this one says who has it, and tells when it is free.
    second.locator(one).focus()
    said(second, "孙丽华正在写这一段")
    assert second.locator(one).get_attribute("readonly") is not None
    first.evaluate("document.activeElement.blur()")
    expect(second.locator(f"{one} ~ {STATUS}")).to_contain_text("可以写了", timeout=LEASE_ASKED)
    expect(second.locator(one)).to_have_value(f"{old}记录人加的。")
    second.locator(one).press("Control+End")
    type_in(second, "书记接着写。", one)
    expect(second.locator(f"{one} ~ {STATUS}")).to_contain_text("已保存", timeout=SAVED)
    kept(stored(first, "recorder", f"{RECORD}edit/", one), f"{old}记录人加的。书记接着写。")


def test_a_record_handed_in_meanwhile_refuses_in_words_and_keeps_them(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    other = open_at(site, "secretary", f"{RECORD}edit/")
    pending = other.get_by_role("button", name="列入记录")
    if pending.count():  # what another test wrote down on the sheet
        with other.expect_navigation():
            pending.click()
    page = open_at(site, "recorder", f"{RECORD}edit/")
    field = part(page, 2)
    old = page.input_value(field)
    other.locator("form[action$='/submit/'] button").click()
    other.wait_for_url(f"**{RECORD}")
    try:
        page.locator(field).press("Control+End")
        type_in(page, "送签以后写的。", field)
        said(page, "先退回，再修改")
        assert page.input_value(field) == f"{old}送签以后写的。"
    finally:
        with other.expect_navigation():
            other.locator("form[action$='/return/'] textarea").evaluate(
                "each => { each.value = '补一句'; each.form.requestSubmit(); }"
            )
    # Open again: the words are still here and are sent.
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(field)).to_have_value(f"{old}送签以后写的。", timeout=SAVED)
    saved(page)
    kept(stored(page, "recorder", f"{RECORD}edit/", field), f"{old}送签以后写的。")


def name_recorder(page: Page, name: str) -> None:
    """As the secretary, give the running meeting another recorder."""
    page.goto(f"{MEETING}edit/")
    field = page.locator("[name=recorder]")
    value = field.locator("option", has_text=name).first.get_attribute("value")
    field.select_option(value)
    page.click("main form button.btn--pri")
    page.wait_for_url(lambda url: "/edit/" not in url)


@pytest.mark.attack(6)
def test_a_role_taken_away_refuses_in_words_and_the_words_come_back_with_it(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "recorder", f"{MEETING}sheet/")
    old = page.input_value(SUMMARY)
    other = open_at(site, "secretary", f"{MEETING}edit/")
    name_recorder(other, "赵一鸣")
    try:
        page.locator(SUMMARY).press("Control+End")
        type_in(page, "换人以后写的。", SUMMARY)
        said(page, "这里已经不能写了。内容还在框里，可以复制出来。")
        assert page.input_value(SUMMARY) == f"{old}换人以后写的。"
        assert "换人以后写的" not in page.evaluate("JSON.stringify(localStorage)")
        assert ":summary-7" in page.evaluate("JSON.stringify(localStorage)")
    finally:
        name_recorder(other, "孙丽华")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(SUMMARY)).to_have_value(f"{old}换人以后写的。", timeout=SAVED)
    saved(page)
    kept(stored(page, "recorder", f"{MEETING}sheet/", SUMMARY), f"{old}换人以后写的。")


@pytest.fixture
def composing(site: str, open_at: Callable[..., Page]) -> Iterator[Page]:
    """The field of the running meeting with half a syllable in it."""
    page = open_at(site, "member", f"{MEETING}?view=notes")
    page.fill("#compose", "")
    page.focus("#compose")
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "xue", "selectionStart": 3, "selectionEnd": 3})
    yield page
    client.send("Input.insertText", {"text": "学"})
    expect(page.locator("#compose")).to_have_value("学")


def test_a_composition_goes_on_while_others_post(
    site: str, open_at: Callable[..., Page], composing: Page
) -> None:
    composing.evaluate(
        """() => {
          window.ended = 0;
          window.field = document.querySelector("#compose");
          window.field.addEventListener("compositionend", () => { window.ended += 1; });
        }"""
    )
    other = open_at(site, "recorder", f"{MEETING}?view=notes")
    other.fill("#compose", "别人这时提交的一条。")
    other.click("button[value=post]")
    other.wait_for_selector("text=别人这时提交的一条。")
    news = re.compile("别人这时提交的一条|有 ?[0-9]+ ?条新的")
    expect(composing.locator("main")).to_contain_text(news, timeout=NEWS)
    assert composing.input_value("#compose") == "xue"
    assert composing.evaluate("[window.ended, window.field === document.activeElement]") == [
        0,
        True,
    ]
