"""A site full of attacks in a real browser, on the real server, under the real content policy."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

from tests.attack.planted import SHORT
from tests.browser.conftest import ROOT, serving
from tests.browser.words import sign_in
from tests.crawl import Answer, crawl

pytestmark = pytest.mark.browser
PLANT = """
import django, json
django.setup()
from studyapp.accounts.models import User
from tests.attack.planted import replace_all
before = dict(User.objects.values_list("pk", "username"))
replace_all()
print(json.dumps({name: User.objects.get(pk=pk).username for pk, name in before.items()}))
"""
# What words of people would have become, had they become anything.
BECAME = """() => [...document.querySelectorAll("*")].filter((one) =>
  one.localName.includes("evil")
  || ["id", "name", "for"].some((key) => (one.getAttribute(key) || "").includes("evil"))
  || [...one.attributes].some((each) => each.name.includes("evil") || each.name.startsWith("on"))
).map((one) => one.outerHTML.slice(0, 80)).concat(window.ran || [])"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a server whose every text is an attack, and what its people are called now."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    with serving(folder) as address:
        environment = {
            **os.environ,
            "STUDYAPP_DATA": str(folder),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "studyapp.settings",
            "PYTHONUTF8": "1",
        }
        command = [sys.executable, "-c", PLANT]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-300:]
        yield address, json.loads(done.stdout)


def complaint(said: ConsoleMessage) -> list[str]:
    """Return what the browser complains of; it asks for an icon where it shows a bare text."""
    is_icon = said.location["url"].endswith("/favicon.ico")
    return [said.text] if said.type == "error" and not is_icon else []


def look(page: Page, path: str, seen: list[str], wrong: list[str]) -> Answer:
    """Open a page and note what became of the words on it; a file is left where it is."""
    if "." in urlsplit(path).path.rpartition("/")[2]:
        return Answer(200, "a file", "")
    try:
        answer = page.goto(path)
    except Error as error:
        if "Download is starting" not in str(error):
            raise
        return Answer(200, "a file", "")
    assert answer is not None
    wrong += [f"{path}: {found}" for found in page.evaluate(BECAME)]
    seen.append(page.inner_text("body"))
    return Answer(answer.status, "text/html", page.content())


@pytest.mark.attack(25, 26, 27, 29, 30, 35)
@pytest.mark.parametrize("who", ["secretary", "sysadmin"])
def test_no_word_becomes_an_element_runs_or_fetches_anything(
    browser: Browser, hostile: tuple[str, dict[str, str]], who: str
) -> None:
    site, names = hostile
    context = browser.new_context(base_url=site, locale="zh-CN")
    context.add_init_script("window.evil = () => { window.ran = ['ran']; }")
    wrong: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((site, "data:", "blob:")) or urlsplit(
            request.url
        ).path.startswith("/evil"):
            wrong.append(f"fetched {request.url}")

    context.on("request", note)
    page = context.new_page()
    page.on("console", lambda said: wrong.extend(complaint(said)))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    sign_in(page, names[who])
    seen: list[str] = []
    crawl(lambda path: look(page, path, seen, wrong), each=1)
    context.close()
    assert wrong == []
    assert len(seen) > 10
    assert sum(SHORT[:20] in words for words in seen) > len(seen) / 2


@pytest.mark.attack(29)
def test_no_page_shows_in_a_frame(browser: Browser, hostile: tuple[str, Any]) -> None:
    site, _ = hostile
    page = browser.new_page()
    page.set_content(f'<iframe src="{site}/login/"></iframe>')
    page.wait_for_timeout(500)
    frame = page.frames[1]
    assert frame.locator("[name=password]").count() == 0
    page.close()


@pytest.mark.attack(21, 48)
def test_the_server_gives_no_file_of_its_own_and_takes_no_other_host(
    hostile: tuple[str, Any],
) -> None:
    """Sent as they stand: a browser would tidy them up."""
    host = urlsplit(hostile[0]).netloc
    paths = (
        "/static/../db.sqlite3", "/static/%2e%2e/db.sqlite3", "/static/..%2f..%2fsecret.key",
        "/static/css/../../secret.key", "//etc/passwd", "/static//etc/passwd", "/.git/config",
        "/media/x", "/secret.key", "/../secret.key", "/static/..%5csecret.key", "/static/%00",
    )  # fmt: skip
    found = {}
    for path in paths:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", path)
        found[path] = connection.getresponse().status
        connection.close()
    assert {path: status for path, status in found.items() if status not in {400, 404}} == {}
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("GET", "/login/", headers={"Host": "evil.example"})
    answer = connection.getresponse()
    assert (answer.status, b"evil" in answer.read()) == (400, False)
    connection.close()
