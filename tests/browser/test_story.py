"""What people do, in a real Chromium on the production server."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def test_a_member_reads_quotes_writes_and_exports(visit: Callable[..., Page]) -> None:
    page = visit("member", "/speeches/")
    page.click("text=重点工作推进会上的讲话")
    page.wait_for_selector("#theme-notes .stream", timeout=8000)
    assert page.locator(".toc .no:not(:empty)").count() == 6

    # Select a sentence; the button that appears starts a note which quotes it.
    page.evaluate(
        """() => {
          const paragraph = document.querySelector("#t2 .prose p");
          const range = document.createRange();
          const node = paragraph.firstChild;
          range.setStart(node, 0); range.setEnd(node, 12);
          const selection = window.getSelection();
          selection.removeAllRanges(); selection.addRange(range);
          document.dispatchEvent(new MouseEvent("mouseup"));
        }"""
    )
    page.click("#quote-button")
    assert page.locator("blockquote.quote").inner_text().startswith("群众对公安工作的看法")
    page.fill("textarea[name=body]", "窗口那几分钟，我从明天的第一个电话改起。")
    page.click("button[value=post]")
    page.wait_for_url("**/speeches/**")
    page.goto(page.url.split("#", maxsplit=1)[0])
    page.locator("#t2 >> text=看笔记").click()
    page.wait_for_selector("#theme-notes >> text=我从明天的第一个电话改起")

    page.goto("/minutes/?state=signed")
    page.locator("tbody a").first.click()
    with page.expect_download() as download:
        page.click("text=会议记录 PDF")
    path = download.value.path()
    assert path.read_bytes()[:5] == b"%PDF-"
    assert download.value.suggested_filename.endswith("会议记录.pdf")


def test_the_recorder_takes_a_running_meeting_to_a_signed_record(
    visit: Callable[..., Page],
) -> None:
    page = visit("recorder", "/meetings/")
    page.click("text=“敢担责任”专题学习")
    address = page.url
    page.goto(address + "sheet/")
    page.fill("[name=speaker]", "whf")
    page.fill("textarea[name=text] >> nth=0", "首接负责，一个人盯到底。")
    page.click("text=记下")
    page.wait_for_selector("#sheet-agenda >> text=首接负责，一个人盯到底。")
    page.fill("[name=d-text]", "试行首接负责清单")
    page.fill("[name=d-responsible]", "赵一鸣")
    page.fill("[name=d-due_on]", "2027-01-31")
    page.click("text=加一项决定")
    page.fill("[name=s-text]", "今天定下来的事下次先汇报。")
    with page.expect_navigation():
        page.click("text=保存小结")
    page.goto(address)
    # Who checked in by the code and was not confirmed is called with the rest.
    page.click("text=其余全部到会")
    page.click("text=散会，整理记录")
    page.click("text=整理会议记录")
    page.wait_for_url("**/edit/")
    page.locator("form[action$='/submit/'] button").click()
    page.wait_for_url("**/minutes/*/")
    record = page.url
    page.fill("[name=password]", "Demo-Study-2026")
    page.locator("form[action$='/confirm/'] button").click()
    page.wait_for_selector("text=还等其他人签字")

    chair = visit("secretary", record)
    chair.fill("[name=password]", "Demo-Study-2026")
    chair.locator("form[action$='/confirm/'] button").click()
    chair.wait_for_selector("text=已签字，记录生效")
    assert chair.locator("text=草稿").count() == 0


def press(page: Page, button: str) -> None:
    """Press a button, say yes where it asks, and wait until it is gone: that was done."""
    page.locator(button).first.click()
    sure = page.locator("dialog[open] .btn--pri")
    if sure.count():
        sure.click()
    page.wait_for_selector(button, state="detached")


SPEECH = """在全市公安机关接访工作会上的讲话
（2026年10月9日）

同志们：

我讲两点意见。

一、听得进去。来访的话先听完，再说政策。

二、办得下去。能办的当天办，不能办的讲清楚为什么。
"""


def test_a_text_is_sent_down_and_a_branch_plans_and_opens_a_meeting_on_it(
    visit: Callable[..., Page],
) -> None:
    page = visit("inspector", "/speeches/new/")
    file = {"name": "接访讲话.txt", "mimeType": "text/plain", "buffer": SPEECH.encode("gb18030")}
    page.set_input_files("[name=file]", file)  # type: ignore[arg-type]
    page.fill("[name=source]", "接访工作会材料")
    page.click("main form:has([name=file]) button.btn--pri")
    page.wait_for_url("**/review/")
    assert page.locator("text=听得进去").count() > 0
    review = page.url
    for step in ("vouch", "release", "send"):
        page.goto(review)
        press(page, f"form[action$='/{step}/'] button")

    page = visit("secretary", "/meetings/new/")
    now = timezone.localtime()
    start = now.replace(hour=max(0, now.hour - 1), minute=0)
    page.select_option("[name=kind]", "study")
    page.fill("[name=title]", "接访讲话专题学习")
    page.fill("[name=day]", f"{start:%Y-%m-%d}")
    page.fill("[name=start]", f"{start:%H:%M}")
    page.fill("[name=end]", f"{start:%H}:59")
    option = page.locator("[name=text1] option", has_text="接访工作会").get_attribute("value")
    page.select_option("[name=text1]", option)
    page.click("main form:has([name=text1]) button.btn--pri")
    page.wait_for_url(re.compile(r"/meetings/\d+/$"))
    press(page, "button:has-text('开始签到')")
    page.click("main button:has-text('开会')")
    page.wait_for_selector("text=进行中")
    assert page.locator("text=听得进去").count() > 0


def test_everything_works_without_javascript(site: str, browser: Browser) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", "member")
    page.fill("[name=password]", "Demo-Study-2026")
    page.click("form button.btn--pri")
    page.goto("/notes/new/")
    page.fill("textarea[name=body]", "没有脚本也能写。")
    page.click("button[value=draft]")
    page.goto("/notes/")
    assert page.locator("text=没有脚本也能写。").count() == 1
    context.close()
