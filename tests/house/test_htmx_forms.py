"""No words are lost in a form that htmx sends: it is a plain form, and held without a script.

With a script the page stays and asks for the sign-in (static/js/app.js); without one it is a post
like any other, which is held for its writer when it is for words (saving.held.FORMS).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from studyapp.saving.held import FORMS

TEMPLATES = sorted((Path(__file__).resolve().parents[2] / "templates").rglob("*.html"))
_SENDS = re.compile(
    r"<(\w+)\b([^>]*?\bhx-(?:post|put|patch|delete)=[^>]*)>(.*?)(?=</form>|\Z)", re.DOTALL
)
_NAMED = re.compile(r"""{%\s*url\s+'([\w:-]+)'[^%]*?as\s+(\w+)\s*%}""")
_TYPED = re.compile(r"<(?:textarea|select)\b|<input\b(?![^>]*\btype=\"hidden\")|{{\s*form\b")


def escaping(text: str) -> Iterator[str]:
    """Yield what is wrong with the forms of a template that htmx sends."""
    named = {variable: name for name, variable in _NAMED.findall(text)}
    for tag, attributes, inside in _SENDS.findall(text):
        to = re.search(r'hx-post="(.*?)"', attributes)
        plain = re.search(r'\saction="(.*?)"', attributes)
        if tag != "form" or not to or not plain or to[1] != plain[1]:
            yield "no plain form of the same address"
        elif _TYPED.search(inside) and named.get(to[1].strip("{ }")) not in FORMS:
            yield "words that are not held"


@pytest.mark.parametrize("path", [path for path in TEMPLATES if "hx-" in path.read_text()], ids=str)
def test_a_form_that_htmx_sends_loses_no_words(path: Path) -> None:
    assert list(escaping(path.read_text())) == []


FORM = """{% url 'ADDRESS' 1 as there %}
<form method="post" action="{{ there }}" hx-post="{{ there }}">INSIDE</form>"""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (FORM.replace("ADDRESS", "speeches:theme").replace("INSIDE", "<textarea>"), []),
        (FORM.replace("ADDRESS", "speeches:cut").replace("INSIDE", "<button>"), []),
        (
            FORM.replace("ADDRESS", "speeches:cut").replace("INSIDE", '<input name="a">'),
            ["words that are not held"],
        ),
        ('<button hx-post="/a/">', ["no plain form of the same address"]),
        ('<form action="/b/" hx-post="/a/"></form>', ["no plain form of the same address"]),
        ('<form action="/a/" hx-put="/a/"></form>', ["no plain form of the same address"]),
    ],
)
def test_a_form_that_loses_words_is_found(text: str, wrong: list[str]) -> None:
    assert list(escaping(text)) == wrong
