"""What every test about typed words does: sign in, type, see it saved, look what is stored."""

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.conftest import PASSWORD

COMPOSER = "/notes/new/?speech=1"
BODY = "textarea[name=body]"
STATUS = "p.save"
SAVED = 8_000  # milliseconds: a pause of three seconds and the way there and back
STORES = """async () => {
  const found = [Object.entries(localStorage), Object.entries(sessionStorage)];
  for (const each of await indexedDB.databases()) found.push(each.name);
  return JSON.stringify(found);
}"""
"""Everything that the browser keeps for this site."""
_readers: dict[str, StorageState] = {}


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.goto("/login/")
    fill_sign_in(page, username, password)


def fill_sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("form button.btn--pri")
    page.wait_for_url(lambda url: "/login/" not in url)


def sign_in_again(page: Page, username: str, password: str = PASSWORD) -> None:
    """Answer the dialog that an ended sign-in brings up."""
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible(timeout=SAVED)
    dialog.locator("[name=username]").fill(username)
    dialog.locator("[name=password]").fill(password)
    dialog.locator("button.btn--pri").click()


def end_sign_in(context: BrowserContext) -> None:
    """Let the sign-in be over, as after half an hour."""
    context.clear_cookies(name="sid")


def type_in(page: Page, words: str, field: str = BODY) -> None:
    page.locator(field).press_sequentially(words)


def saved(page: Page) -> None:
    said(page, "已保存")


def said(page: Page, words: str) -> None:
    expect(page.locator(STATUS).filter(has_text=words).first).to_be_visible(timeout=SAVED)


def clear(page: Page) -> None:
    """Leave no unfinished words behind for the next test."""
    page.fill(BODY, "")
    page.wait_for_timeout(200)
    saved(page)


def stored(page: Page, username: str = "member", path: str = COMPOSER, field: str = BODY) -> str:
    """What the server gives to somebody in a fresh profile."""
    browser = page.context.browser
    assert browser is not None
    # One sign-in of each reader is enough for all tests; one that was ended is made again.
    context = browser.new_context(
        base_url=page.evaluate("location.origin"),
        locale="zh-CN",
        storage_state=_readers.get(username),
    )
    other = context.new_page()
    other.goto(path)
    if "/login/" in other.url:
        sign_in(other, username)
        other.goto(path)
    _readers[username] = {"cookies": context.storage_state().get("cookies", []), "origins": []}
    value = other.input_value(field)
    context.close()
    return value
