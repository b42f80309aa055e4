"""A file that is too large, in a real Chromium: told before it is sent, and in words after."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.attack(46)]
WORDS = "粘贴的话，一个字都不能丢。"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 30 MB that takes no room."""
    path = tmp_path / "讲话.docx"
    with path.open("wb") as file:
        file.truncate(30 * 1024 * 1024)
    return path


def test_a_file_that_is_too_large_is_told_of_on_the_page_and_refused_in_words(
    site: str, open_at: Callable[..., Page], large: Path
) -> None:
    assert settings.UPLOAD_LIMIT == 20 * 1024 * 1024
    page = open_at(site, "secretary", "/speeches/new/")
    page.fill("[name=text]", WORDS)
    page.set_input_files("[name=file]", large)
    said = page.locator("#field-file .field__err")
    expect(said).to_have_text("文件有 30 MB，超过 20 MB，没有收下。换小的文件。")
    page.click("text=识别并校对")
    assert page.url.endswith("/speeches/new/")
    expect(said).to_be_visible()

    # Without the script of the page, the server says it, and the words are still on the page before.
    page.locator("[name=file]").evaluate("field => field.setCustomValidity('')")
    page.click("text=识别并校对")
    expect(page.locator("h1")).to_have_text("内容太大", timeout=20_000)
    page.go_back()
    expect(page.locator("[name=text]")).to_have_value(WORDS)
