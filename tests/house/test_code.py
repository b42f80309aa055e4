"""Conventions of the Python code that no linter knows; each check is shown a planted fault."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "studyapp"
MODULES = sorted(path for path in APP.rglob("*.py") if "migrations" not in path.parts)
ACTIONS = [path for path in MODULES if path.stem == "actions" or path.parent.name == "actions"]
VIEWS = [path for path in MODULES if path.stem == "views" or path.parent.name == "views"]
DECORATED_VIEW_LINES = 45
LINES = 400
# A private reading position is no business of the log (security.md, Audit).
UNAUDITED = {"remember"}
# Takes the hash of a file in pieces: nothing of it is kept, read or handed out.
HASHED = {"studyapp/minutes/views/checking.py"}
ACCESS = {"requires", "office", "signed_in", "public"}
METHODS = {"require_GET", "require_POST", "require_safe", "require_http_methods"}
DRAWERS = {"common", "core", "utils", "util", "helpers", "misc", "services", "signals"}

Function = ast.FunctionDef


def functions(text: str) -> Iterator[Function]:
    """Yield the functions at the top of a module."""
    for node in ast.parse(text).body:
        if isinstance(node, Function):
            yield node


def named(node: ast.expr) -> str:
    """Return the last word of a (called) dotted name."""
    if isinstance(node, ast.Call):
        return named(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def calls(function: Function) -> set[str]:
    return {named(node) for node in ast.walk(function) if isinstance(node, ast.Call)}


def actions(text: str) -> Iterator[Function]:
    """Yield the public functions that act in somebody's name."""
    for function in functions(text):
        arguments = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
        if "by" in arguments and function.name != "record" and not function.name.startswith("_"):
            yield function


def loose_actions(text: str) -> list[str]:
    """Return actions whose actor or clock may be passed by position, or that are not atomic."""
    return [
        function.name
        for function in actions(text)
        if {"by", "at"} & {a.arg for a in function.args.args}
        or "atomic" not in {named(d) for d in function.decorator_list}
    ]


def auditing(texts: list[str]) -> set[str]:
    """Return the names of functions that reach ``record`` themselves or through another."""
    reach: dict[str, set[str]] = {}
    for text in texts:
        for function in functions(text):
            reach.setdefault(function.name, set()).update(calls(function))
    found = {"record"}
    # An app may know `record` by another name.
    for text in texts:
        found |= set(re.findall(r"import record as (\w+)", text))
    while more := {name for name, called in reach.items() if called & found} - found:
        found |= more
    return found


def unaudited_actions(text: str, known: set[str] | None = None) -> list[str]:
    """Return actions that leave no trace in the audit log."""
    found = (known or set()) | auditing([text])
    return [f.name for f in actions(text) if f.name not in found | UNAUDITED]


def wrong_views(text: str) -> list[str]:
    """Return views that do not begin with the access decorator, or take any method."""
    wrong = []
    for function in functions(text):
        names = [named(d) for d in function.decorator_list]
        if not set(names) & (ACCESS | METHODS):
            continue
        if names[0] not in ACCESS or not METHODS & set(names):
            wrong.append(function.name)
    return wrong


def long_views(text: str) -> list[str]:
    """Return views that outgrew what one can take in at a glance."""
    return [
        function.name
        for function in functions(text)
        if set(map(named, function.decorator_list)) & ACCESS
        and (function.end_lineno or 0) - function.lineno > DECORATED_VIEW_LINES
    ]


def hidden_effects(text: str) -> list[str]:
    """Return signals, own ``save()`` methods, generic keys and text declared safe."""
    found = re.findall(
        r"\b(?:GenericForeignKey|pre_save|post_save|pre_delete|post_delete|m2m_changed|mark_safe)\b",
        text,
    )
    found += ["save()" for line in text.splitlines() if re.match(r"\s+def save\(self", line)]
    return found


def too_long(text: str) -> list[str]:
    count = len(text.splitlines())
    return [f"{count} lines"] if count > LINES else []


def unseen_uploads(text: str) -> list[str]:
    """Return what a module does with uploads past ``uploads.taking.take``."""
    if "request.FILES" not in text:
        return []
    found = re.findall(r"\.(?:read|chunks|multiple_chunks|temporary_file_path)\(\)", text)
    return found if re.search(r"\btake\(", text) else [*found, "request.FILES"]


def drawers(paths: list[Path]) -> list[str]:
    """Return modules named for nothing."""
    return [path.as_posix() for path in paths if {path.stem, *path.parts} & DRAWERS]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def findings(paths: list[Path], check: Callable[[str], list[str]]) -> dict[str, list[str]]:
    return {
        path.relative_to(ROOT).as_posix(): wrong for path in paths if (wrong := check(read(path)))
    }


def test_actions_are_atomic_and_take_actor_and_clock_by_keyword() -> None:
    assert findings(ACTIONS, loose_actions) == {}


def test_every_action_writes_the_audit_log() -> None:
    known = auditing([read(path) for path in ACTIONS])
    assert findings(ACTIONS, lambda text: unaudited_actions(text, known)) == {}


def test_the_list_of_unaudited_actions_is_not_longer_than_needed() -> None:
    names = {function.name for path in ACTIONS for function in actions(read(path))}
    assert names >= UNAUDITED
    assert not auditing([read(path) for path in ACTIONS]) & UNAUDITED


def test_views_declare_access_first_and_name_their_methods() -> None:
    assert findings(VIEWS, wrong_views) == {}


def test_views_stay_short() -> None:
    assert findings(VIEWS, long_views) == {}


def test_nothing_happens_behind_the_back_of_the_caller() -> None:
    assert findings(MODULES, hidden_effects) == {}


def test_modules_stay_short() -> None:
    paths = [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    assert findings(paths, too_long) == {}


def test_whatever_is_uploaded_is_looked_at() -> None:
    assert set(findings(VIEWS, unseen_uploads)) == HASHED


def test_no_module_is_a_drawer() -> None:
    assert drawers([path.relative_to(APP) for path in MODULES]) == []


def test_every_app_has_tests() -> None:
    apps = {path.parent.name for path in APP.glob("*/__init__.py")}
    tested = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert apps - tested == set()


def test_there_is_something_to_check() -> None:
    assert len(ACTIONS) > 10
    assert len(VIEWS) > 10
    assert sum(len(list(actions(read(path)))) for path in ACTIONS) > 50


BAD_VIEW = "@require_GET\n@signed_in(reason='x')\ndef page(request):\n    return None\n"
BARE_VIEW = "@signed_in(reason='x')\ndef page(request):\n    return None\n"
LONG_VIEW = "@signed_in(reason='x')\n@require_GET\ndef page(request):\n" + "    x = 1\n" * 60
LOOSE = "@transaction.atomic\ndef sign(paper, by):\n    record('x', by=by)\n"
OPEN = "def sign(paper, *, by):\n    record('x', by=by)\n"
SILENT = "@transaction.atomic\ndef sign(paper, *, by):\n    paper.save()\n"


@pytest.mark.parametrize(
    ("check", "bad", "caught"),
    [
        (loose_actions, LOOSE, ["sign"]),
        (loose_actions, OPEN, ["sign"]),
        (unaudited_actions, SILENT, ["sign"]),
        (wrong_views, BAD_VIEW, ["page"]),
        (wrong_views, BARE_VIEW, ["page"]),
        (long_views, LONG_VIEW, ["page"]),
        (hidden_effects, "from django.db.models.signals import post_save", ["post_save"]),
        (hidden_effects, "class A:\n    def save(self):\n        pass\n", ["save()"]),
        (hidden_effects, "return mark_safe(text)", ["mark_safe"]),
        (too_long, "x = 1\n" * 401, ["401 lines"]),
        (unseen_uploads, "F(request.FILES)\ndata = f.read()", [".read()", "request.FILES"]),
        (unseen_uploads, "F(request.FILES)\ntake(f)\nf.chunks()", [".chunks()"]),
        (lambda text: drawers([Path(text)]), "meetings/utils.py", ["meetings/utils.py"]),
    ],
)
def test_each_check_catches_a_planted_fault(
    check: Callable[[str], list[str]], bad: str, caught: list[str]
) -> None:
    assert check(bad) == caught


GOOD_ACTION = (
    "@transaction.atomic\ndef sign(paper, *, by, at):\n    _note(by)\n"
    "def _note(by):\n    record('x', by=by)\n"
)
GOOD_VIEW = "@requires(P.X, on=M)\n@require_POST\ndef sign(request, paper):\n    return None\n"


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (loose_actions, GOOD_ACTION),
        (unaudited_actions, GOOD_ACTION),
        (wrong_views, GOOD_VIEW),
        (long_views, GOOD_VIEW),
        (hidden_effects, "paper.save(update_fields=['state'])"),
    ],
)
def test_no_check_complains_about_good_code(check: Callable[[str], list[str]], good: str) -> None:
    assert check(good) == []
