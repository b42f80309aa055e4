"""The review of a text by keyboard, mouse and finger, and quoting on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TEXT = """在夏训班上的讲话
同志们：
下面，我讲三点意见。
一、先学
慢慢来。不着急。
学一点，用一点。
二、再练
天天练。
责任编辑：钱多多
"""
TITLES = ".review__hd input[name=title]"
CURRENT = ".review__p[aria-current]"


def bring_in(page: Page) -> None:
    page.goto("/speeches/new/")
    page.fill("textarea[name=text]", TEXT)
    page.click("text=识别并校对")
    page.wait_for_selector("#structure")
    page.wait_for_selector("#parts .review__p[tabindex]")


def names_are(page: Page, *names: str) -> None:
    """Wait until the themes have these names: the page settles a moment after a swap."""
    fields = page.locator(TITLES)
    expect(fields).to_have_count(len(names))
    for at, name in enumerate(names):
        expect(fields.nth(at)).to_have_value(name)


def chosen_is(page: Page, words: str) -> None:
    """Wait until the passage that the keys speak to is this one."""
    expect(page.locator(CURRENT).locator("p").first).to_have_text(words)


def test_a_theme_is_begun_joined_and_a_line_removed_and_restored_by_keys(
    visit: Callable[..., Page],
) -> None:
    page = visit("secretary")
    bring_in(page)
    names_are(page, "先学", "再练")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    chosen_is(page, "学一点，用一点。")

    page.keyboard.press("s")
    names_are(page, "先学", "学一点", "再练")
    chosen_is(page, "学一点，用一点。")
    page.keyboard.press("m")
    names_are(page, "先学", "再练")
    chosen_is(page, "学一点，用一点。")

    page.keyboard.press("x")
    page.wait_for_selector("#removed >> text=学一点，用一点。")
    chosen_is(page, "二、再练")
    page.locator("#removed .review__p", has_text="学一点").click()
    page.keyboard.press("r")
    page.wait_for_selector("#parts >> text=学一点，用一点。")


def test_a_name_typed_and_not_yet_saved_outlives_another_click(
    visit: Callable[..., Page],
) -> None:
    page = visit("secretary")
    bring_in(page)
    page.locator(TITLES).nth(1).fill("苦练本领")
    passage = page.locator("#parts .review__p", has_text="学一点")
    passage.hover()
    passage.locator("text=另起专题").click()
    names_are(page, "先学", "学一点", "苦练本领")


def test_a_warning_is_put_away_and_a_passage_cut_in_two(visit: Callable[..., Page]) -> None:
    page = visit("secretary")
    bring_in(page)
    page.click("text=看过了")
    expect(page.locator("#structure .note--warn")).to_have_count(0)
    page.locator("#parts .review__p", has_text="慢慢来").click()
    page.keyboard.press("c")
    page.click("text=从这句断开")
    page.wait_for_url("**/review/#p*")
    chosen_is(page, "慢慢来。")
    assert page.locator("#parts .review__p", has_text="不着急。").count() == 1


def test_on_a_phone_a_tapped_passage_shows_what_can_be_done(visit: Callable[..., Page]) -> None:
    page = visit("secretary", width=390, height=844)
    bring_in(page)
    passage = page.locator("#parts .review__p", has_text="学一点")
    button = passage.locator("text=另起专题")
    assert button.is_visible() is False
    passage.locator("p").click()
    assert button.is_visible() is True
    button.click()
    expect(page.locator(TITLES)).to_have_count(3)


@pytest.mark.parametrize("width", [1366, 390])
def test_words_of_any_part_are_quoted(visit: Callable[..., Page], width: int) -> None:
    page = visit("member", "/speeches/1/", width=width, height=844)
    page.evaluate(
        """() => {
          const node = document.querySelector("#t0 .prose p").firstChild;
          const range = document.createRange();
          range.setStart(node, 0);
          range.setEnd(node, 6);
          const selection = window.getSelection();
          selection.removeAllRanges();
          selection.addRange(range);
        }"""
    )
    chosen = page.evaluate("window.getSelection().toString()")
    page.click("#quote-button")
    assert page.locator("blockquote.quote").inner_text().strip() == chosen
