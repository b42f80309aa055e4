"""Nothing typed is lost: the loss table, row by row, in a real browser against the real server."""

from collections.abc import Callable, Iterator

import pytest
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, Page, expect

from studyapp.web.errors import not_stored
from studyapp.web.storage import FULL
from tests.browser.conftest import PASSWORD
from tests.browser.proxy import Line, line_to

pytestmark = pytest.mark.browser

COMPOSER = "/notes/new/?speech=1"
BODY = "textarea[name=body]"
STATUS = "p.save"
SAVED = 8_000  # milliseconds: a pause of three seconds and the way there and back


@pytest.fixture
def line(site: str) -> Iterator[Line]:
    with line_to(site) as found:
        yield found


@pytest.fixture
def open_at(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that signs in at an address, in a browser profile of its own."""
    contexts: list[BrowserContext] = []

    def open_page(address: str, username: str, path: str = COMPOSER) -> Page:
        context = browser.new_context(base_url=address, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        sign_in(page, username)
        page.goto(path)
        if page.input_value(BODY):
            clear(page)
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, username: str) -> None:
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("form button.btn--pri")
    page.wait_for_url(lambda url: "/login/" not in url)


def saved(page: Page) -> None:
    expect(page.locator(STATUS).first).to_contain_text("已保存", timeout=SAVED)


def clear(page: Page) -> None:
    """Leave no unfinished words behind for the next test."""
    page.fill(BODY, "")
    page.wait_for_timeout(200)
    saved(page)


def stored(page: Page) -> str:
    """What the server gives to the same person in a fresh profile."""
    context = page.context.browser.new_context(base_url=page.url.split("/notes")[0])
    other = context.new_page()
    sign_in(other, "member")
    other.goto(COMPOSER)
    value = other.input_value(BODY)
    context.close()
    return value


def test_typing_saves_itself_and_is_there_on_another_machine(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("窗口那几分钟，我从明天的第一个电话改起。", delay=20)
    saved(page)
    assert stored(page) == "窗口那几分钟，我从明天的第一个电话改起。"


def test_offline_says_so_and_saves_when_the_line_is_back(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("第一句。")
    saved(page)
    page.context.set_offline(True)
    page.locator(BODY).press_sequentially("断网后写的第二句。")
    expect(page.locator(STATUS).first).to_contain_text("网络断开，内容留在本机", timeout=SAVED)
    page.context.set_offline(False)
    saved(page)
    assert stored(page) == "第一句。断网后写的第二句。"


def test_a_proxy_that_answers_200_with_a_page_is_a_failure(
    line: Line, open_at: Callable[..., Page]
) -> None:
    page = open_at(line.address, "member")
    line.mode = "page"
    page.locator(BODY).press_sequentially("门户页面吞不掉的一句话。")
    expect(page.locator(STATUS).first).to_contain_text("没存上", timeout=SAVED)
    line.mode = "cut"
    page.get_by_role("button", name="重试").click()
    expect(page.locator(STATUS).first).to_contain_text("网络断开", timeout=SAVED)
    line.mode = "pass"
    page.get_by_role("button", name="重试").click()
    saved(page)
    assert stored(page) == "门户页面吞不掉的一句话。"


def test_a_server_whose_disk_is_full_says_so_and_is_asked_again(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    sentence = not_stored(RequestFactory().post("/", headers={"X-Saving": "1"}), FULL)
    page.route(
        "**/copies/**", lambda route: route.fulfill(status=503, body=sentence.content.decode())
    )
    page.locator(BODY).press_sequentially("磁盘满的时候写的话。")
    line = page.locator(STATUS).first
    expect(line).to_contain_text("没存上：服务器磁盘满了", timeout=SAVED)
    assert page.input_value(BODY) == "磁盘满的时候写的话。"
    page.unroute("**/copies/**")
    line.get_by_role("button", name="重试").click()
    saved(page)
    assert stored(page) == "磁盘满的时候写的话。"


def test_a_sign_in_that_ended_is_renewed_in_place_and_the_words_are_saved(
    site: str, open_at: Callable[..., Page]
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
    assert stored(page) == "登录过期时正写着的话。"


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


def test_a_browser_that_was_killed_finds_the_words_again(
    line: Line, open_at: Callable[..., Page]
) -> None:
    page = open_at(line.address, "member")
    page.locator(BODY).press_sequentially("送到的话。")
    saved(page)
    line.mode = "cut"
    page.locator(BODY).press_sequentially("没来得及送到的话。")
    page.wait_for_timeout(1500)
    # A crash: the page goes without a chance to say good-bye, its profile stays.
    state = page.context
    page.close(run_before_unload=False)
    again = state.new_page()
    again.wait_for_timeout(1000)  # what the page still tried to send is lost
    line.mode = "pass"
    again.goto(COMPOSER)
    expect(again.locator(BODY)).to_have_value("送到的话。没来得及送到的话。", timeout=SAVED)
    expect(again.locator(STATUS).first).to_contain_text("已保存", timeout=SAVED)
    assert stored(again) == "送到的话。没来得及送到的话。"


def test_two_tabs_never_overwrite_each_other(site: str, open_at: Callable[..., Page]) -> None:
    first = open_at(site, "member")
    second = first.context.new_page()
    second.goto(COMPOSER)
    first.locator(BODY).press_sequentially("第一个窗口的话。")
    saved(first)
    second.locator(BODY).press_sequentially("第二个窗口的话。")
    expect(second.locator(STATUS).first).to_contain_text("没有盖掉它", timeout=SAVED)
    assert second.input_value(BODY) == "第二个窗口的话。"
    assert stored(first) == "第一个窗口的话。"
    second.get_by_role("button", name="用我写的").click()
    saved(second)
    assert stored(second) == "第二个窗口的话。"


def test_words_in_composition_are_not_disturbed(site: str, open_at: Callable[..., Page]) -> None:
    page = open_at(site, "member")
    page.focus(BODY)
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "xue", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(3500)
    assert page.input_value(BODY) == "xue"
    expect(page.locator(STATUS).first).not_to_contain_text("已保存")
    client.send("Input.insertText", {"text": "学"})
    saved(page)
    assert stored(page) == "学"


def test_signing_out_sends_first_and_leaves_no_words_on_the_machine(
    site: str, open_at: Callable[..., Page]
) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("退出前最后一句。")
    page.locator("form.signout button").click()
    page.wait_for_url("**/login/**")
    kept = page.evaluate(
        "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"
    )
    assert "copy:" not in kept
    page.go_back()
    assert page.locator(BODY).count() == 0
    sign_in(page, "member")
    page.goto(COMPOSER)
    assert page.input_value(BODY) == "退出前最后一句。"


def test_a_handed_in_note_is_not_offered_again(site: str, open_at: Callable[..., Page]) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("交上去的一条。")
    page.click("button[value=draft]")
    page.wait_for_url(lambda url: "/notes/new/" not in url)
    page.goto(COMPOSER)
    page.wait_for_timeout(1000)
    assert page.input_value(BODY) == ""
