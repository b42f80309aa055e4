"""Hands for a browser that is older than Playwright: it finds and waits by plain script alone.

What Playwright itself does inside a page needs functions that Chromium 86 lacks; its keyboard, its
mouse and `evaluate` do not.
"""

from playwright.sync_api import Page

_MIDDLE = """selector => {
    const found = [...document.querySelectorAll(selector)].find(one => one.offsetParent);
    if (!found) throw new Error(`not on the page: ${selector}`);
    found.scrollIntoView({block: "center"});
    const box = found.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
}"""
_SEEN = """([selector, words]) => [...document.querySelectorAll(selector)]
    .some(one => one.offsetParent && one.textContent.includes(words))"""


def click(page: Page, selector: str) -> None:
    """Click in the middle of the first such element that can be seen."""
    x, y = page.evaluate(_MIDDLE, selector)
    page.mouse.click(x, y)


def write(page: Page, selector: str, words: str) -> None:
    """Click into a field and type."""
    click(page, selector)
    page.keyboard.type(words, delay=10)


def wait_for(page: Page, selector: str, words: str = "", timeout: float = 15_000) -> None:
    """Wait until such an element with these words can be seen."""
    page.wait_for_function(_SEEN, arg=[selector, words], timeout=timeout)


def follow(page: Page, selector: str) -> None:
    """Click what leads to another page and wait for it."""
    with page.expect_navigation():
        click(page, selector)


def answer_of(page: Page, address: str) -> list[object]:
    """Fetch an address as the page would; return status, kind and the first bytes."""
    found: list[object] = page.evaluate(
        """async address => {
            const answer = await fetch(address);
            const bytes = new Uint8Array(await answer.arrayBuffer());
            const first = String.fromCharCode(...bytes.slice(0, 2));
            return [answer.status, answer.headers.get("Content-Type"), first];
        }""",
        address,
    )
    return found
