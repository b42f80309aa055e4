"""axe-core finds nothing, and nothing sticks out sideways, on any page that links lead to.

The pages are found by walking the site, and compared with the addresses that exist: a new page
cannot be forgotten. Each page is looked at wide and narrow, then at 320 px and in every text size.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from studyapp.dashboards.demo.bureau import ACCOUNTS
from tests.crawl import Answer, Visit, crawl, routes_to_open

pytestmark = pytest.mark.browser
WIDTHS = {1366: 768, 390: 844}
NARROWEST = 320
SIZES = ("md", "lg", "xl")
# Meetings and records look different in each state; of the others one or two tell all.
EXAMPLES = {"meetings:detail": 9, "minutes:detail": 7, "meetings:sheet": 3, "minutes:edit": 3}
# Opened by no link and looked at below, or no page.
APART = {
    "accounts:again",
    "accounts:code",
    "accounts:sign_in",
    "upkeep:healthz",
    "upkeep:readyz",
    "saving:held",
    "meetings:scan",
    "meetings:claim",
    "jobs:progress",
}
SIDEWAYS = "document.documentElement.scrollWidth"


def walk(page: Page) -> list[Visit]:
    """Follow every link as the person whose browser this is."""

    def fetch(path: str) -> Answer:
        answer = page.request.get(path)
        kind = answer.headers.get("content-type", "")
        text = answer.text() if kind.startswith("text/html") else ""
        return Answer(answer.status, kind, text)

    return crawl(fetch)


def findings(page: Page, path: str) -> Iterator[str]:
    """Yield what is wrong with one page, at every width and size."""
    answer = page.goto(path)
    if answer is None or answer.status != 200:
        yield f"{path}: {answer.status if answer else 'no answer'}"
        return
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for found in Axe().run(page).response["violations"]:
            yield f"{path} {width}: {found['id']}: {found['nodes'][0]['html'][:120]}"
        yield from _sideways(page, path, width)
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    yield from _sideways(page, path, NARROWEST)
    page.set_viewport_size({"width": 390, "height": 844})
    for size in SIZES:
        page.evaluate("size => document.documentElement.dataset.text = size", size)
        yield from _sideways(page, f"{path} text {size}", 390)


def _sideways(page: Page, what: str, width: int) -> Iterator[str]:
    found = page.evaluate(SIDEWAYS)
    if found > width:
        yield f"{what}: {found} px wide in {width}"


def test_no_finding_on_any_page(visit: Callable[..., Page]) -> None:
    wrong: list[str] = []
    count, reached = Counter[str](), set(APART)
    for username, _ in ACCOUNTS:
        page = visit(username)
        for seen in walk(page):
            reached.add(seen.route)
            limit = EXAMPLES.get(seen.route, 2)
            if seen.answer.is_page and count[seen.route] < limit:
                count[seen.route] += 1
                wrong += [f"{username} {found}" for found in findings(page, seen.path)]
    assert wrong == []
    assert routes_to_open() - reached == set()
    assert len(count) > 50


@pytest.mark.parametrize("path", ["/login/", "/nowhere/", "/speeches/1/review/"])
def test_no_finding_for_a_stranger_and_where_the_answer_is_no(
    visit: Callable[..., Page], browser: Browser, site: str, path: str
) -> None:
    context = browser.new_context(base_url=site)
    if path != "/login/":
        context.add_cookies(visit("member").context.cookies())
    page = context.new_page()
    page.goto(path)
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    assert list(_sideways(page, path, NARROWEST)) == []
    context.close()
