"""No pattern of the program takes long, whatever it is asked of."""

import ast
import gc
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from time import process_time
from types import ModuleType

import pytest

import studyapp

WAYS = {"match", "fullmatch", "search", "findall", "finditer", "split", "sub"}


FROM_THE_START = {"studyapp.documents.blocks", "studyapp.speeches.boilerplate"}
"""Modules whose tables are asked with ``match`` or ``fullmatch``."""


@cache
def patterns() -> dict[str, tuple[re.Pattern[str], set[str]]]:
    """Return every pattern of the program by module and line or name, with the ways it is asked.

    Those in tables and inside functions, too: they are read from the source. One that is kept in a
    table is searched for, unless its module asks only from where it stands.
    """
    source = "".join(path.read_text() for path in Path(studyapp.__path__[0]).rglob("*.py"))
    found: dict[str, tuple[re.Pattern[str], set[str]]] = {}
    for info in walk_packages(studyapp.__path__, "studyapp."):
        if re.search(r"\.migrations\.|^studyapp\.[aw]sgi$|_verify$|__main__$", info.name):
            continue
        module = import_module(info.name)
        named = {}
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                ways = set(re.findall(rf"\b{name}\.({'|'.join(WAYS)})\(", source))
                found[f"{info.name}.{name}"] = value, ways
                named[value.pattern] = name
        for pattern, line, way in _written(module):
            if pattern.pattern not in named:
                table = "match" if info.name in FROM_THE_START else "search"
                found[f"{info.name}:{line}"] = pattern, {table if way == "compile" else way}
    return found


def _written(module: ModuleType) -> Iterator[tuple[re.Pattern[str], int, str]]:
    """Yield each pattern in the text of a module; one made of what only runs knows is left out."""
    text = Path(module.__file__ or "").read_text(encoding="utf-8") if module.__file__ else ""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) != "re" or node.func.attr not in WAYS | {"compile"}:
            continue
        with suppress(NameError):
            pattern = eval(ast.unparse(node.args[0]), dict(vars(module)))  # noqa: S307
            if isinstance(pattern, str):
                yield re.compile(pattern), node.lineno, node.func.attr


# Asked of one title or one stripped line (400 letters at most), never of a whole text; a module for
# what stands in its tables.
SHORT_TEXTS = {
    "studyapp.speeches.boilerplate",
    "studyapp.documents.titles._SOLID",
    "studyapp.speeches.heads._TITLE_MARK",
    "studyapp.speeches.heads._TITLE_TAIL",
}


def seconds(pattern: re.Pattern[str], way: str, text: str) -> float:
    """Return what one asking costs. Without the collector: its time is that of other tests."""
    gc.disable()
    try:
        return _seconds(pattern, way, text)
    finally:
        gc.enable()


def _seconds(pattern: re.Pattern[str], way: str, text: str) -> float:
    started = process_time()
    if way in {"finditer", "findall", "split"}:
        list(pattern.finditer(text))
    elif way == "sub":
        pattern.sub("", text)
    else:
        getattr(pattern, way)(text)
    return process_time() - started


@pytest.mark.attack(45)
def test_no_pattern_of_the_program_takes_long() -> None:
    slow = {}
    for name, (pattern, ways) in patterns().items():
        # A small text first, so that a bad pattern is told and not waited for.
        short = name.partition(":")[0] in SHORT_TEXTS
        for length in [400] if short else [5_000, 50_000]:
            for unit in ("a", "[({<", "（", "一", "1", " ", "\n", "<a ", "第一"):
                text = unit * (length // len(unit))
                took = max((seconds(pattern, way, text) for way in ways), default=0)
                # Ten times what is allowed: a guard, not a benchmark.
                if took > length / 50_000:
                    slow[f"{name} on {length} of {unit!r}"] = round(took, 2)
            if slow:
                break
    assert slow == {}
    assert len(patterns()) > 150
