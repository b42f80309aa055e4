"""Whatever comes in: which views take files, and what their pages say before one is sent."""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from django import forms
from django.urls import get_resolver

import studyapp
from studyapp.access.checks import walk
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


def forms_with_files() -> dict[str, type[forms.BaseForm]]:
    """Return every form of the program that has a file in it."""
    found = {}
    for module in walk_packages(studyapp.__path__, "studyapp."):
        if ".forms" not in module.name and ".views" not in module.name:
            continue
        for name, value in vars(import_module(module.name)).items():
            if inspect.isclass(value) and issubclass(value, forms.BaseForm):
                fields = getattr(value, "base_fields", {}).values()
                if any(isinstance(one, forms.FileField) for one in fields):
                    found[name] = value
    return found


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
    assert {"ImportForm", "VersionForm", "ScanForm", "RosterForm"} <= with_files.keys()
    # TextForm is what two of them are made from.
    unused = [name for name in with_files if not re.search(rf"\b{name}\(", marked)]
    assert unused == ["TextForm"]


def test_every_page_knows_how_large_a_file_may_be() -> None:
    silent = [
        name
        for name, form in forms_with_files().items()
        for field in getattr(form, "base_fields", {}).values()
        if isinstance(field, forms.FileField) and not field.widget.attrs.get("data-most")
    ]
    assert silent == []
    for path in (ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r'<input[^>]*type="file"[^>]*>', path.read_text()):
            assert "data-most=" in tag, path


def _hidden(request: Any) -> object:
    return request.FILES


def reads_a_file(request: Any) -> object:
    return _hidden(request)


def reads_none(request: Any) -> object:
    return request.POST


reads_none.takes_files = True  # type: ignore[attr-defined]


def test_a_wrong_mark_is_seen() -> None:
    assert wrongly_marked({"a": reads_a_file, "b": reads_none}) == ["a", "b"]
