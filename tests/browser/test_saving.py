"""Nothing typed is lost: the loss table (security.md), row by row, in a real browser.

Each row with the tests that fail when it is broken:

- typing, here: ``test_typing_…``, ``test_a_handed_in_note_…``, ``test_leaving_asks_only_…``;
  pace, numbers and growth in tests/saving/test_actions.py
- session expired, password changed, other tab signed in, nobody else sees it:
  test_loss_signing_in.py; the server's half in tests/saving/test_held.py and test_views.py
- two tabs, two recorders, role taken, meeting closed, a stream that moves: test_loss_together.py;
  both wordings side by side in tests/saving/test_compare.py
- network down, a proxy's page, a tab that slept, here: ``test_offline_…``, ``test_a_proxy_…``,
  ``test_a_tab_that_slept_…``
- crash of the browser, here: ``test_a_browser_that_was_killed_…``; plain http ``test_plain_http_…``
- double submit and replay, here: ``test_a_double_click_…``, ``test_an_answer_that_got_lost_…``
- clock set back, here: ``test_a_clock_set_back_…``, and tests/saving/test_views.py
- deleted by mistake: tests/meetings/test_bin.py; here ``test_a_deletion_is_undone_…``
- user disabled, branch left: tests/saving/test_views.py (``test_who_is_shut_out_…``)
- disk full, here: ``test_a_server_whose_disk_is_full_…``; it, kill and lock in the fault tests;
  migration and backup: theirs
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest
from django.test import RequestFactory
from playwright.sync_api import Dialog, Page, Request, expect

from studyapp.web.errors import not_stored
from studyapp.web.storage import FULL
from tests.browser.proxy import Line, line_to
from tests.browser.words import (
    BODY,
    COMPOSER,
    SAVED,
    STATUS,
    STORES,
    said,
    saved,
    stored,
    type_in,
)
from tests.losses import Kept

pytestmark = pytest.mark.browser


@pytest.fixture
def line(site: str) -> Iterator[Line]:
    with line_to(site) as found:
        yield found


@pytest.mark.loss("typing")
def test_typing_saves_itself_and_is_there_on_another_machine(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("窗口那几分钟，我从明天的第一个电话改起。", delay=20)
    saved(page)
    kept(stored(page), "窗口那几分钟，我从明天的第一个电话改起。")


@pytest.mark.loss("line")
def test_offline_says_so_and_saves_when_the_line_is_back(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("第一句。")
    saved(page)
    page.context.set_offline(True)
    page.locator(BODY).press_sequentially("断网后写的第二句。")
    expect(page.locator(STATUS).first).to_contain_text("网络断开，内容留在本机", timeout=SAVED)
    page.context.set_offline(False)
    saved(page)
    kept(stored(page), "第一句。断网后写的第二句。")


@pytest.mark.loss("line")
def test_a_proxy_that_answers_200_with_a_page_is_a_failure(
    line: Line, open_at: Callable[..., Page], kept: Kept
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
    kept(stored(page), "门户页面吞不掉的一句话。")


@pytest.mark.loss("full")
def test_a_server_whose_disk_is_full_says_so_and_is_asked_again(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    request = RequestFactory().post("/", headers={"X-Saving": "1"})
    # In a thread: here the browser's loop runs, and the answer closes the database.
    with ThreadPoolExecutor(1) as thread:
        sentence = thread.submit(not_stored, request, FULL).result()
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
    kept(stored(page), "磁盘满的时候写的话。")


@pytest.mark.loss("browser")
def test_a_browser_that_was_killed_finds_the_words_again(
    line: Line, open_at: Callable[..., Page], kept: Kept
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
    kept(stored(again), "送到的话。没来得及送到的话。")


@pytest.mark.loss("typing")
def test_words_in_composition_are_not_disturbed(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    page.focus(BODY)
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "xue", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(3500)
    assert page.input_value(BODY) == "xue"
    expect(page.locator(STATUS).first).not_to_contain_text("已保存")
    client.send("Input.insertText", {"text": "学"})
    saved(page)
    kept(stored(page), "学")


@pytest.mark.loss("typing")
def test_a_handed_in_note_is_not_offered_again(site: str, open_at: Callable[..., Page]) -> None:
    page = open_at(site, "member")
    page.locator(BODY).press_sequentially("交上去的一条。")
    page.click("button[value=draft]")
    page.wait_for_url(lambda url: "/notes/new/" not in url)
    page.goto(COMPOSER)
    page.wait_for_timeout(1000)
    assert page.input_value(BODY) == ""


@pytest.mark.loss("line")
def test_a_tab_that_slept_sends_its_words_once_when_it_wakes(
    line: Line, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(line.address, "member")
    sends: list[str] = []
    page.on("request", lambda request: sends.append(_sent(request)))
    client = page.context.new_cdp_session(page)
    line.mode = "cut"
    type_in(page, "睡着以前写的话。")
    client.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.wait_for_timeout(4000)  # longer than the pause after which a page awake would send
    sends.clear()
    line.mode = "pass"
    client.send("Page.setWebLifecycleState", {"state": "active"})
    saved(page)
    assert [body for body in sends if body] == ["睡着以前写的话。"]
    kept(stored(page), "睡着以前写的话。")


def _sent(request: Request) -> str:
    """The words that a request carries to the working copy, or nothing."""
    if "/copies/" not in request.url:
        return ""
    return dict(parse_qsl(request.post_data or "")).get("body", "")


@pytest.mark.loss("clock")
def test_a_clock_set_back_saves_on_and_the_newest_words_stay(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    type_in(page, "钟拨回去以前。")
    saved(page)
    page.evaluate(
        """() => {
          const now = Date.now;
          Date.now = () => now.call(Date) - 3 * 3600 * 1000;
        }"""
    )
    first = int(page.locator(BODY).get_attribute("data-base") or 0)
    type_in(page, "钟拨回去以后。")
    expect(page.locator(BODY)).to_have_attribute("data-base", str(first + 1), timeout=SAVED)
    kept(stored(page), "钟拨回去以前。钟拨回去以后。")


@pytest.mark.loss("twice")
def test_a_double_click_is_one_note(site: str, open_at: Callable[..., Page], kept: Kept) -> None:
    page = open_at(site, "member")
    page.fill(BODY, "连点两下的一条。")
    page.dblclick("button[value=post]")
    page.wait_for_url(lambda url: "/notes/new/" not in url)
    page.goto("/notes/?show=posted")
    kept(page.locator(".stream >> text=连点两下的一条。").count(), 1)


@pytest.mark.loss("line", "twice")
def test_an_answer_that_got_lost_is_asked_for_again_and_nothing_is_stored_twice(
    line: Line, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(line.address, "member")
    before = int(page.locator(BODY).get_attribute("data-base") or 0)
    tokens: list[str] = []
    page.on("request", lambda request: tokens.append(_token(request)))
    line.mode = "deaf"
    type_in(page, "回音没听见的话。")
    said(page, "网络断开")
    line.mode = "pass"
    page.get_by_role("button", name="重试").first.click()
    saved(page)
    used = [token for token in tokens if token]
    assert (len(used), len(set(used))) == (2, 1)
    # One revision for the two requests.
    assert page.locator(BODY).get_attribute("data-base") == str(before + 1)
    kept(stored(page), "回音没听见的话。")


def _token(request: Request) -> str:
    if "/copies/" not in request.url:
        return ""
    return dict(parse_qsl(request.post_data or "")).get("token", "")


@pytest.mark.loss("typing")
def test_leaving_asks_only_while_something_is_unsaved(
    line: Line, open_at: Callable[..., Page]
) -> None:
    page = open_at(line.address, "member")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    type_in(page, "存好了才走。")
    saved(page)
    page.goto("/notes/")
    assert asked == []
    page.goto(COMPOSER)
    line.mode = "page"
    type_in(page, "没存上就想走。")
    said(page, "没存上")
    page.close(run_before_unload=True)
    page.wait_for_event("close")
    assert asked == ["beforeunload"]


@pytest.mark.loss("deleted")
def test_a_deletion_is_undone_on_the_page_that_follows(
    site: str, open_at: Callable[..., Page], kept: Kept
) -> None:
    page = open_at(site, "member")
    page.fill(BODY, "手快删掉的一条。")
    page.click("button[value=draft]")
    page.wait_for_url(lambda url: "/notes/new/" not in url)
    page.goto("/notes/")
    page.locator(".stream > li", has_text="手快删掉的一条。").get_by_text("打开").click()
    page.locator("summary", has_text="删除").click()
    page.locator(".confirm button").click()
    page.locator("#messages").get_by_role("button", name="撤销").click()
    page.wait_for_url(lambda url: "show=" not in url)
    kept(page.locator("main >> text=手快删掉的一条。").count(), 1)


@pytest.mark.loss("browser")
def test_plain_http_keeps_the_copy_in_this_window_and_says_so(
    line: Line, open_at: Callable[..., Page]
) -> None:
    """Without crypto.subtle, as on any address but localhost without https."""
    page = open_at(line.address, "member")
    page.context.add_init_script(
        "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })"
    )
    page.reload()
    said(page, "只留在这个窗口里，关掉窗口就没有了")
    line.mode = "cut"
    type_in(page, "明文连接上写的话。")
    said(page, "网络断开，内容留在本机")
    kept = page.evaluate("[JSON.stringify(localStorage), JSON.stringify(sessionStorage)]")
    assert ("明文连接上写的话" in kept[0], "明文连接上写的话" in kept[1]) == (False, True)
    line.mode = "pass"
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(BODY)).to_have_value("明文连接上写的话。", timeout=SAVED)
    saved(page)
    page.locator("form.signout button").click()
    page.wait_for_url("**/login/**")
    assert "明文连接上写的话" not in page.evaluate(STORES)
