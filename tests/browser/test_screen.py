"""The picture on the wall and checking in by its code, in a real Chromium."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from studyapp.meetings import codes
from tests.browser.conftest import CODE_GRACE, CODE_SECONDS, PASSWORD

pytestmark = pytest.mark.browser

MEETING = "/meetings/7/"
SOON = 20_000  # milliseconds: some polls and their answers on a slow machine


def sign_in(page: Page, username: str) -> None:
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("form button.btn--pri")


@pytest.fixture
def wall(site: str, browser: Browser, visit: Callable[..., Page]) -> Iterator[Page]:
    """The screen in the room: opened by the recorder, on a machine where nobody is signed in."""
    address = visit("recorder", f"{MEETING}projector/").url
    context = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=site)
    page = context.new_page()
    page.goto(address)
    assert "sid" not in {cookie.get("name") for cookie in context.cookies()}
    yield page
    context.close()


@pytest.fixture
def key(folder: Path, settings) -> None:
    """Make the codes of the running server here too."""
    settings.SECRET_KEY = (folder / "secret.key").read_text().strip()
    settings.CODE_SECONDS, settings.CODE_GRACE = CODE_SECONDS, CODE_GRACE


def test_the_screen_follows_what_is_chosen_and_what_is_posted(
    wall: Page, visit: Callable[..., Page]
) -> None:
    recorder = visit("recorder", MEETING)
    recorder.click("button[name=place]:has-text('守住民心')")
    wall.wait_for_selector("h1:has-text('守住民心')", timeout=SOON)
    recorder.click("button[name=points][value=yes]")
    recorder.wait_for_selector("button[name=points][value=no]")
    member = visit("member", f"{MEETING}?view=notes")
    member.click(".tabs a:has-text('守住民心')")
    member.fill("#compose", "写给屏幕看的一条。")
    member.click("button[value=post]")
    wall.wait_for_selector(".screen__points >> text=写给屏幕看的一条。", timeout=SOON)
    assert wall.locator(".screen__steps [aria-current]").inner_text() == "二、守住民心"


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (1024, 768)])
def test_everything_fits_and_is_read_from_the_last_row(wall: Page, width: int, height: int) -> None:
    wall.set_viewport_size({"width": width, "height": height})
    fits = "e => e.scrollHeight <= innerHeight && e.scrollWidth <= innerWidth"
    assert wall.locator("html").evaluate(fits)
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    smallest = min(
        wall.locator(part).first.evaluate(size)
        for part in ("h1", "q", ".screen__ask", ".screen__hint", ".screen__steps li")
    )
    assert smallest >= 28 * min(width, 1366) / 1366


def test_the_sign_tells_of_a_lost_line_and_goes_when_it_is_back(wall: Page) -> None:
    sign = wall.locator("text=连接断开，正在重连")
    assert not sign.is_visible()
    wall.context.set_offline(True)
    sign.wait_for(state="visible", timeout=SOON)
    assert wall.locator("h1").is_visible()
    wall.context.set_offline(False)
    sign.wait_for(state="hidden", timeout=SOON)


def test_the_clock_says_nought_after_midnight_by_the_servers_time(wall: Page) -> None:
    wall.context.set_offline(True)  # no newer time comes in between
    clock = wall.locator("[data-clock]")
    clock.evaluate("e => { e.dataset.now = 1795622700 }")  # five past midnight in Beijing
    expect(clock).to_have_text("00:05")


def test_a_code_turns_over_and_the_old_one_is_refused_after_its_grace(
    site: str, browser: Browser, wall: Page
) -> None:
    shown = wall.locator(".screen__figures")
    old = shown.inner_text()
    shown.filter(has_not_text=old).wait_for(timeout=(CODE_SECONDS + 10) * 1000)
    wall.wait_for_timeout((CODE_GRACE + 1) * 1000)
    # A context of its own: the refused code is a complaint of the console.
    context = browser.new_context(base_url=site)
    typing = context.new_page()
    typing.goto("/check-in/")
    sign_in(typing, "secretary")
    typing.fill("[name=figures]", old)
    with typing.expect_response("**/check-in/") as answer:
        typing.click("main button.btn--pri")
    assert answer.value.status == 422
    typing.wait_for_selector("text=已经换新的了")
    typing.fill("[name=figures]", shown.inner_text())
    typing.click("main button.btn--pri")
    typing.wait_for_selector("text=已签到（输入签到码）")
    context.close()


@pytest.mark.usefixtures("key")
def test_a_scan_by_somebody_signed_out_ends_with_a_check_in(
    site: str, browser: Browser, wall: Page
) -> None:
    wall.reload()
    drawn = wall.locator(".screen__qr path").get_attribute("d")
    # What a telephone reads off the wall is this address, of now or of a second ago.
    scanned, before = (
        f"{site}/check-in/7/{codes.current(7, timezone.now() - timedelta(seconds=ago)).token}/"
        for ago in (0, CODE_SECONDS)
    )
    assert drawn in {codes.square(scanned).path, codes.square(before).path}
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site)
    page = context.new_page()
    page.goto(scanned)
    page.wait_for_timeout((CODE_SECONDS + CODE_GRACE + 1) * 1000)  # the code has turned over
    sign_in(page, "member")
    page.wait_for_selector("text=“敢担责任”专题学习")
    page.click("main button.btn--pri")
    page.wait_for_selector("text=已签到（扫码）")
    context.close()
