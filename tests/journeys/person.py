"""Somebody at a browser without scripts: opens pages and sends the forms that stand on them."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from django.test import Client
from lxml import html

PASSWORD = "Lantern-2026-river"
"""What everybody in the stories signs in with."""


class Person:
    """Keeps the page that is open; a form is found by where it leads, and sent as it stands."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.path = ""
        # The parser's own types are too wide to be of use.
        self.page: Any = html.document_fromstring("<html></html>")

    def open(self, path: str, *, status: int = 200) -> str:
        """Go to a page; return its words."""
        return self._show(path, self.client.get(path, follow=True), status)

    def status(self, path: str) -> int:
        """Return what the site answers for an address, without going there."""
        return self.client.get(path).status_code

    def file(self, path: str) -> bytes:
        """Download what lies at an address; who is asked for the password types it first."""
        answer = self.client.get(path)
        if answer.status_code == 302 and answer["Location"].startswith("/me/password/again/"):
            self.open(answer["Location"])
            self.send(password=PASSWORD)
            answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]

    def send(self, action: str = "", *, status: int = 200, **fields: object) -> str:
        """Fill the form that leads to ``action`` and send it; return the words that follow.

        What is not named goes as the page has it. A dash in a field's name is written as two
        underscores; bytes are a file named upload.txt, a pair is a file with its name.
        """
        form = self._form(action, {name.replace("__", "-") for name in fields})
        given = dict(_as_it_stands(form))
        # A browser sends the button that was pressed; the first one, unless another is named.
        for button in form.xpath(".//button[@name]")[:1]:
            given.setdefault(button.get("name"), button.get("value", ""))
        for name, value in fields.items():
            given[name.replace("__", "-")] = _as_file(value)
        answer = self.client.post(self._target(form), given, follow=True)
        return self._show(self.path, answer, status)

    def link(self, words: str) -> str:
        """Return where the first link with these words leads."""
        found = self.page.xpath(f"//a[contains(normalize-space(.), '{words}')]/@href")
        assert found, f"no link {words} on {self.path}"
        return str(found[0])

    def choice(self, field: str, words: str) -> str:
        """Return the value of the option that reads like ``words``."""
        found = self.page.xpath(f"//select[@name='{field}']/option[contains(., '{words}')]/@value")
        assert found, f"{field} does not offer {words} on {self.path}"
        return str(found[0])

    def _form(self, action: str, names: set[str]) -> html.FormElement:
        forms: list[html.FormElement] = [
            form
            for form in self.page.forms
            if form.method == "POST" and self._target(form).partition("?")[0].endswith(action)
        ]
        for form in forms:
            offered = {element.get("name") for element in form.xpath(".//*[@name]")}
            if names <= offered:
                return form
        offers = [(form.get("action"), sorted(form.fields)) for form in self.page.forms]
        raise AssertionError(f"{self.path} has no form {action} with {sorted(names)}: {offers}")

    def _target(self, form: html.FormElement) -> str:
        return urljoin(self.path, str(form.get("action") or self.path))

    def _show(self, path: str, answer: Any, status: int) -> str:
        assert answer.status_code == status, (path, answer.status_code, _errors(answer))
        chain = getattr(answer, "redirect_chain", [])
        self.path = chain[-1][0] if chain else path
        content = answer.content.decode()
        self.page = html.document_fromstring(content)
        main = self.page.xpath("//body")[0]
        return " ".join(main.text_content().split())


def _as_it_stands(form: html.FormElement) -> Iterator[tuple[str, object]]:
    """Yield what a browser sends of the fields of a form, without its buttons and files."""
    for field in form.xpath(".//*[self::input or self::select or self::textarea][@name]"):
        kind = field.get("type", "")
        if kind in {"submit", "file"} or field.get("disabled") is not None:
            continue
        if kind in {"checkbox", "radio"}:
            if field.checked:
                yield field.get("name"), field.get("value", "on")
        elif isinstance(field, html.SelectElement) and field.multiple:
            yield field.get("name"), list(field.value)
        else:
            yield field.get("name"), field.value or ""


def _as_file(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    name, data = value
    upload = BytesIO(data)
    upload.name = name
    return upload


def _errors(answer: Any) -> list[str]:
    page: Any = html.document_fromstring(answer.content.decode() or "<html></html>")
    said = page.xpath("//*[contains(@class, 'err') or @role='alert']")
    return [" ".join(one.text_content().split()) for one in said]
