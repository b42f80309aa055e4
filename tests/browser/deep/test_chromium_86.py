"""Sign in, write in the running meeting, post, open a record, export it; every page: Chromium 86."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, PASSWORD
from tests.browser.deep.hands import answer_of, click, follow, wait_for, write
from tests.crawl import Answer, crawl

CHROMIUM_86 = os.environ.get("CHROMIUM_86", "")
PICTURES = os.environ.get("DEEP_PICTURES", "")
WORDS = "窗口那几分钟，我从明天的第一个电话改起。"
SIZES = ((1366, 768), (390, 844))


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def page(site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a page of the old browser; what it complains of fails the test."""
    if not CHROMIUM_86:
        pytest.skip("optional: scripts/old_browser.py fetches the browser")
    complaints: list[str] = []
    width, height = request.param
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM_86, args=FLAGS)
        assert browser.version.startswith("86.")
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=site, locale="zh-CN"
        )
        opened = context.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        yield opened
        browser.close()
    assert complaints == []


def width_of(page: Page) -> int:
    return page.viewport_size["width"] if page.viewport_size else 0


def looked_at(page: Page, name: str) -> None:
    """Nothing sticks out sideways; with DEEP_PICTURES a picture is kept there."""
    width = width_of(page)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name.replace('/', '_')}-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def sign_in(page: Page, username: str) -> None:
    page.goto("/login/")
    looked_at(page, "sign-in")
    write(page, "[name=username]", username)
    write(page, "[name=password]", PASSWORD)
    follow(page, "form button.btn--pri")
    wait_for(page, "h1")


def test_the_core_story(page: Page) -> None:
    sign_in(page, "member")
    looked_at(page, "today")

    follow(page, "main a[href='/meetings/7/']")
    words = f"{WORDS}（{width_of(page)}）"
    write(page, "textarea[data-save]", words)
    wait_for(page, "p.save", "已保存")
    looked_at(page, "meeting")
    click(page, "button[value=post]")
    wait_for(page, ".stream li", words)
    assert page.evaluate("document.querySelector('textarea[data-save]').value") == ""
    looked_at(page, "posted")

    page.goto("/minutes/")
    looked_at(page, "records")
    follow(page, "main a[href^='/minutes/']:not([href*='?'])")
    looked_at(page, "record")
    address = page.evaluate("document.querySelector('main a[href*=\"docx\"]').href")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert answer_of(page, address) == [200, kind, "PK"]


def test_every_page_opens_without_a_complaint(page: Page) -> None:
    sign_in(page, "recorder")

    def fetch(path: str) -> Answer:
        status, kind, _ = answer_of(page, path)
        if status != 200 or not str(kind).startswith("text/html"):
            return Answer(int(str(status)), str(kind), "")
        page.goto(path)
        looked_at(page, path)
        return Answer(200, str(kind), page.content())

    visits = crawl(fetch, each=1)
    assert {visit.path: visit.answer.status for visit in visits if visit.answer.status >= 400} == {}
    assert len({visit.route for visit in visits if visit.answer.is_page}) > 40
