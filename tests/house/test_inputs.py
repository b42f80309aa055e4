"""Whatever comes in: which views take files, and what their pages say before one is sent."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from django import forms
from django.urls import get_resolver

import studyapp
from studyapp.access.checks import walk
from studyapp.text.cleaning import clean, clean_name
from studyapp.web.fields import LineField, MarkField, TextField
from tests.house.test_code import ROOT

View = Callable[..., object]


def source_of(view: View) -> str:
    """Return the source of a view and of the functions of its module that it leads to."""
    found: dict[str, str] = {}
    waiting = [inspect.unwrap(view)]
    while waiting:
        function = waiting.pop()
        if function.__name__ in found:
            continue
        found[function.__name__] = inspect.getsource(function)
        around = inspect.getmodule(function)
        for name in re.findall(r"\b(\w+)\(", found[function.__name__]):
            other = getattr(around, name, None)
            if inspect.isfunction(other) and inspect.getmodule(other) is around:
                waiting.append(other)
    return "".join(found.values())


def views() -> Iterator[tuple[str, View]]:
    """Yield the name and view of every address."""
    for _, name, view in walk(get_resolver().url_patterns):
        yield name, view


@cache
def every_form() -> dict[str, dict[str, forms.Field]]:
    """Return the fields of every form of the program, by the names of both."""
    found = {}
    for module in walk_packages(studyapp.__path__, "studyapp."):
        if re.search(r"\.migrations\.|^studyapp\.[aw]sgi$|_verify$|__main__$", module.name):
            continue
        for name, value in vars(import_module(module.name)).items():
            if not inspect.isclass(value) or value.__module__ != module.name:
                continue
            if issubclass(value, forms.BaseForm):
                app = module.name.split(".")[1]
                found[f"{app}.{name}"] = dict(value.base_fields)  # type: ignore[attr-defined]
    return found


def forms_with_files() -> set[str]:
    """Return every form of the program that has a file in it."""
    return {
        name.partition(".")[2]
        for name, fields in every_form().items()
        if any(isinstance(one, forms.FileField) for one in fields.values())
    }


def wrongly_marked(found: dict[str, View]) -> list[str]:
    """Return the views that read files without the mark, or bear it and read none."""
    return [
        name
        for name, view in found.items()
        if (".FILES" in source_of(view)) != getattr(view, "takes_files", False)
    ]


@pytest.mark.attack(46)
def test_exactly_the_views_that_read_files_take_them() -> None:
    found = dict(views())
    assert wrongly_marked(found) == []
    assert sum(getattr(view, "takes_files", False) for view in found.values()) == 5


def test_every_form_with_a_file_belongs_to_a_view_that_takes_files() -> None:
    marked = "".join(source_of(view) for _, view in views() if hasattr(view, "takes_files"))
    with_files = forms_with_files()
    assert {"ImportForm", "VersionForm", "ScanForm", "RosterForm"} <= with_files
    # TextForm is what two of them are made from.
    unused = [name for name in with_files if not re.search(rf"\b{name}\(", marked)]
    assert unused == ["TextForm"]


def test_every_page_knows_how_large_a_file_may_be() -> None:
    silent = [
        name
        for name, fields in every_form().items()
        for field in fields.values()
        if isinstance(field, forms.FileField) and not field.widget.attrs.get("data-most")
    ]
    assert silent == []
    for path in (ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r'<input[^>]*type="file"[^>]*>', path.read_text()):
            assert "data-most=" in tag, path


# --- Words ---------------------------------------------------------------------------------------

NO_WORDS = {
    # Compared, never kept, and as they are typed: they are brought to NFKC before they are hashed.
    "accounts.AgainForm.password",
    "accounts.PasswordForm.again",
    "accounts.PasswordForm.new",
    "accounts.PasswordForm.old",
    "accounts.SignInForm.password",
    "minutes.ConfirmForm.password",
    "minutes.VoidForm.password",
    # Compared with what is stored; unknown ones are a plain failure and counted as one name.
    "accounts.SignInForm.username",
    # Six figures, or letters that are compared.
    "accounts.CodeForm.code",
    "meetings.CodeForm.figures",
}
NO_LIMIT = {
    # The limit of a text beside a file (5 MB) is the form's.
    "speeches.ImportForm.text",
    "speeches.TextForm.text",
    "speeches.VersionForm.text",
    # The action counts, so that a part that is too long comes back beside the others.
    "minutes.PartForm.text",
    # The name is brought to its stored form first; longer ones are simply wrong.
    "accounts.SignInForm.password",
    "accounts.SignInForm.username",
}
UNCLEAN = "甲\x00\x1f乙\u202e丙\u2066\u200b\ufeff\ufffe丁e\u0301\r\n戊"


def uncleaned(found: dict[str, dict[str, forms.Field]]) -> set[str]:
    """Return the fields of words that let through what cleaning drops."""
    dirty = set()
    for form, fields in found.items():
        for name, field in fields.items():
            if not isinstance(field, forms.CharField):
                continue
            came = field.to_python(UNCLEAN)
            if came not in {clean(UNCLEAN), clean_name(UNCLEAN), "?"}:
                dirty.add(f"{form}.{name}")
    return dirty


@pytest.mark.attack(31, 33)
def test_every_field_of_words_is_cleaned() -> None:
    assert uncleaned(every_form()) == NO_WORDS
    words = [one for fields in every_form().values() for one in fields.values()]
    assert sum(isinstance(one, forms.CharField) for one in words) > 80


@pytest.mark.attack(46)
def test_every_field_of_words_has_a_limit() -> None:
    endless = {
        f"{form}.{name}"
        for form, fields in every_form().items()
        for name, field in fields.items()
        if isinstance(field, forms.CharField) and not isinstance(field, MarkField)
        if field.max_length is None
    }
    assert endless == NO_LIMIT
    assert MarkField().clean("x" * 65) == "?"


def test_no_form_makes_a_plain_field_of_words_while_it_runs() -> None:
    """What a form adds in its ``__init__`` is in no list: it takes the fields that clean."""
    found = []
    for path in (ROOT / "studyapp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
                names = {ast.unparse(one.func) for one in calls}
                found += [f"{path.name} {node.name}"] if names & PLAIN else []
    assert found == []


PLAIN = {f"forms.{name}" for name, value in vars(forms).items() if inspect.isclass(value)
         and issubclass(value, forms.CharField)}  # fmt: skip


def test_a_field_that_is_plain_or_endless_is_seen() -> None:
    class Planted(forms.Form):
        line = LineField(max_length=10)
        text = TextField()
        mark = MarkField()
        plain = forms.CharField(max_length=10)
        address = forms.EmailField()

    fields = dict(Planted.base_fields)
    assert uncleaned({"x.Planted": fields}) == {"x.Planted.plain", "x.Planted.address"}
    assert {"forms.CharField", "forms.SlugField", "forms.URLField"} <= PLAIN


def _hidden(request: Any) -> object:
    return request.FILES


def reads_a_file(request: Any) -> object:
    return _hidden(request)


def reads_none(request: Any) -> object:
    return request.POST


reads_none.takes_files = True  # type: ignore[attr-defined]


def test_a_wrong_mark_is_seen() -> None:
    assert wrongly_marked({"a": reads_a_file, "b": reads_none}) == ["a", "b"]
