"""A real server with demo data, and a real Chromium to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "Demo-Study-2026"
CODE_SECONDS, CODE_GRACE = 10, 5
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server, where its key lies."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def site(folder: Path) -> Iterator[str]:
    """Address of the production server on its own data folder."""
    with serving(folder) as address:
        yield address


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a demo from a data folder, and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "STUDYAPP_DATA": str(folder),
        # A code turns over while a test waits for it.
        "STUDYAPP_CODE_SECONDS": str(CODE_SECONDS),
        "STUDYAPP_CODE_GRACE": str(CODE_GRACE),
        "DATABASE_URL": "",
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "PYTHONUTF8": "1",
    }
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/healthz")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(address: str) -> None:
    last = ""
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError as error:
            last = str(error)
            time.sleep(0.5)
    raise AssertionError(f"the server did not come up: {last}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(site: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page signed in as somebody; console errors fail the test."""
    contexts = []
    complaints: list[str] = []

    def open_as(username: str, path: str = "/", *, width: int = 1366, height: int = 768) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=site, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.click("form button.btn--pri")
        page.wait_for_url(lambda url: "/login/" not in url)
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def open_at(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that signs in at an address, in a browser profile of its own.

    Its composer is empty; ``more`` is for the profile.
    """
    from tests.browser import words

    contexts: list[BrowserContext] = []

    def open_page(address: str, username: str, path: str = words.COMPOSER, **more: Any) -> Page:
        context = browser.new_context(base_url=address, locale="zh-CN", **more)
        contexts.append(context)
        page = context.new_page()
        words.sign_in(page, username)
        page.goto(path)
        if path == words.COMPOSER and page.input_value(words.BODY):
            words.clear(page)
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
