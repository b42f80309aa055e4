"""The page of a running meeting in a real Chromium: nothing moves under anybody's hands."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser

MEETING = "/meetings/7/"
POLL = 12_000  # milliseconds: some questions and the answer


def write(page: Page, words: str) -> None:
    page.fill("#compose", words)
    page.click("button[value=post]")
    page.wait_for_selector(f".stream >> text={words}")


def member_in(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", "member")
    page.fill("[name=password]", PASSWORD)
    page.click("form button.btn--pri")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{MEETING}?view=notes")
    return page


def test_news_come_while_somebody_types_and_leave_the_words_alone(
    visit: Callable[..., Page],
) -> None:
    typing = visit("member", f"{MEETING}?view=notes")
    other = visit("recorder", f"{MEETING}?view=notes")
    typing.fill("#compose", "")
    typing.locator("#compose").press_sequentially("写到一半，")
    write(other, "会上新写的一条。")
    typing.wait_for_selector(".stream >> text=会上新写的一条。", timeout=POLL)
    typing.keyboard.type("接着写")
    assert typing.input_value("#compose") == "写到一半，接着写"


def test_what_somebody_uses_is_left_alone_while_news_come(visit: Callable[..., Page]) -> None:
    reading = visit("member", f"{MEETING}?view=notes")
    other = visit("recorder", f"{MEETING}?view=notes")
    write(other, "先写的一条。")
    reading.wait_for_selector(".stream >> text=先写的一条。", timeout=POLL)
    # Words chosen in a note: it may not be swapped while its writer mends it.
    reading.evaluate(
        """() => {
            const words = [...document.querySelectorAll('.stream .tx')].pop();
            window.getSelection().selectAllChildren(words);
        }"""
    )
    other.locator(".stream > li", has_text="先写的一条。").get_by_role("link", name="修改").click()
    other.fill("[name=body]", "改过的一条。")
    other.click("form button.btn--pri")
    other.wait_for_url(lambda url: "/edit/" not in url)
    other.goto(f"{MEETING}?view=notes")
    write(other, "后写的一条。")
    reading.wait_for_selector(".stream >> text=后写的一条。", timeout=POLL)
    assert reading.evaluate("String(window.getSelection())") == "先写的一条。"
    reading.evaluate("window.getSelection().removeAllRanges()")
    reading.wait_for_selector(".stream >> text=改过的一条。", timeout=POLL)
    assert reading.locator("text=先写的一条。").count() == 0


def test_new_notes_are_offered_to_who_reads_further_up(visit: Callable[..., Page]) -> None:
    reading = visit("member", f"{MEETING}?view=notes", height=500)
    other = visit("recorder", f"{MEETING}?view=notes")
    for number in range(4):
        write(other, f"垫高页面的第{number}条。" + "写得长一些，" * 30)
    reading.wait_for_selector(".stream >> text=垫高页面的第3条。", timeout=POLL)
    reading.evaluate("window.scrollTo(0, 0)")
    write(other, "还没看到的一条。")
    offer = reading.locator(".offer button")
    expect(offer).to_contain_text("条新的", timeout=POLL)
    assert reading.evaluate("window.scrollY") == 0
    expect(reading.locator(".offer")).to_have_attribute("role", "status")
    offer.click()
    expect(offer).to_have_count(0)
    assert reading.evaluate("window.scrollY") > 0
    assert reading.evaluate("document.activeElement.dataset.key !== undefined")


def test_a_note_on_another_theme_is_counted_on_its_tab(visit: Callable[..., Page]) -> None:
    reading = visit("member", f"{MEETING}?view=notes")
    other = visit("recorder", f"{MEETING}?view=notes")
    tab = other.locator("[data-live=themes] .tabs a").nth(1)
    name = tab.inner_text()
    tab.click()
    write(other, "写在第二个专题上的。")
    count = reading.locator("[data-live=themes] .tabs a").nth(1)
    expect(count).not_to_have_text(name, timeout=POLL)


def test_after_the_line_was_down_everything_is_fetched_anew(visit: Callable[..., Page]) -> None:
    reading = visit("member", f"{MEETING}?view=notes")
    other = visit("recorder", f"{MEETING}?view=notes")
    reading.fill("#compose", "断线时也在写，")
    reading.route(
        "**/news/**", lambda route: route.fulfill(status=200, body="<html>请登录网络</html>")
    )
    lost = reading.locator("[data-news]")
    expect(lost).to_be_visible(timeout=POLL)
    expect(lost).to_contain_text("连接断开")
    write(other, "断线期间写的一条。")
    # It catches up also where the number says that nothing is new.
    number = other.get_attribute("[data-news]", "data-number")
    reading.evaluate(
        "number => { document.querySelector('[data-news]').dataset.number = number; }", number
    )
    reading.unroute("**/news/**")
    reading.wait_for_selector(".stream >> text=断线期间写的一条。", timeout=2 * POLL)
    expect(lost).to_be_hidden()
    assert reading.input_value("#compose") == "断线时也在写，"


def test_a_page_that_nobody_looks_at_does_not_ask(visit: Callable[..., Page]) -> None:
    page = visit("member", f"{MEETING}?view=notes")
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/news/" in request.url else None
    )
    with page.expect_request("**/news/**", timeout=POLL):
        pass
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)  # noqa: FBT003
    asked.clear()
    page.wait_for_timeout(6_000)
    assert asked == []
    page.evaluate(hide, False)  # noqa: FBT003
    with page.expect_request("**/news/**", timeout=2_000):
        pass


def test_the_next_step_of_the_meeting_is_told_and_no_field_is_taken_away(
    visit: Callable[..., Page],
) -> None:
    page = visit("member", f"{MEETING}?view=notes")
    page.fill("#compose", "散会时写了一半")
    chair = visit("secretary", MEETING)
    chair.get_by_role("button", name="散会，整理记录").click()
    page.wait_for_selector("[data-moved]:not([hidden])", timeout=POLL)
    assert page.input_value("#compose") == "散会时写了一半"
    chair.goto(MEETING)
    chair.locator("details.menu summary").click()
    chair.get_by_role("button", name="还没散会，回到会中").click()
    chair.wait_for_selector("text=散会，整理记录")


def test_a_page_that_is_no_longer_ones_own_says_so_and_keeps_the_words(
    site: str, browser: Browser
) -> None:
    # A context of its own: the refused question is a complaint of the console.
    context = browser.new_context(base_url=site, locale="zh-CN")
    page = member_in(context)
    page.fill("#compose", "还没交的话")
    page.evaluate(
        """() => {
            const line = document.querySelector('[data-news]');
            line.dataset.parts = '/meetings/999999/live/';
            line.dataset.number = '0';
        }"""
    )
    expect(page.locator("[data-news]")).to_contain_text("你现在看不到了", timeout=POLL)
    assert page.input_value("#compose") == "还没交的话"
    context.close()


def test_an_expired_sign_in_takes_no_words_away(site: str, browser: Browser) -> None:
    # A context of its own: the refused poll is a complaint of the console.
    context = browser.new_context(base_url=site, locale="zh-CN")
    page = member_in(context)
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
    page.wait_for_selector(".stream >> text=登录过期前写的")
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


def test_leaving_the_roll_asks_while_marks_are_unsaved(visit: Callable[..., Page]) -> None:
    roll = visit("recorder", f"{MEETING}roll/")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    def mark() -> None:
        roll.locator(".roll__p .seg input[type=radio]:not(:checked) + label").first.click()

    roll.on("dialog", leave)
    roll.goto(MEETING)
    roll.goto(f"{MEETING}roll/")
    assert asked == []
    mark()
    roll.goto(MEETING)
    assert asked == ["beforeunload"]
    # Who saves is not asked. The post is kept from the server: others use this roll.
    roll.goto(f"{MEETING}roll/")
    mark()
    roll.route("**/roll/", lambda route: route.fulfill(status=204))
    with roll.expect_request(lambda request: request.method == "POST"):
        roll.click("main .card__ft button.btn--pri")
    assert asked == ["beforeunload"]
