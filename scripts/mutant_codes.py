"""Other code in place of a module: loaded by an import hook, or put into functions that live.

The second is quicker by far, for what was imported once serves every fault. It cannot change what
ran at import: tables, declarations, defaults of arguments.
"""

import ast
import gc
import importlib
import inspect
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from django.urls import clear_url_caches

import mutations

Codes = dict[str, str | ast.Module]
"""What to load, by path from the root of the project."""


class Instead:
    """Finds the modules that are to be loaded otherwise than they stand in their files."""

    def __init__(self, codes: Codes) -> None:
        self.codes = {module_of(path): code for path, code in codes.items()}

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Return the usual place of a module with the other code."""
        spec = PathFinder.find_spec(name, path) if name in self.codes else None
        if spec and spec.origin:
            spec.loader = _Loader(name, spec.origin, self.codes[name])
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: str | ast.Module) -> None:
        super().__init__(name, path)
        self.given = code

    def get_code(self, fullname: str) -> Any:
        return compile(self.given, self.path, "exec", dont_inherit=True)


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def watched(source: str, path: str) -> ast.Module:
    """Return a module whose functions and methods say that they run."""
    tree = ast.parse(source)
    for where, place in mutations.places(tree):
        for node in ast.walk(place):
            if isinstance(node, ast.FunctionDef):
                said = ast.parse(f"__reach__({f'{path} {where}'!r})").body
                node.body[1 if ast.get_docstring(node) is not None else 0 : 0] = said
    return ast.fix_missing_locations(tree)


def same_at_import(before: str, after: str) -> bool:
    """Tell whether two wordings of a module do the same when it is imported."""
    return _bodies(_compiled(before)) == _bodies(_compiled(after))


def put_in(file: Path, before: str, after: str) -> int:
    """Put the functions of ``after`` into those of a loaded module; return how many differ."""
    new = dict(_functions(_compiled(after, file)))
    lines = {
        (code.co_qualname, code.co_firstlineno): new[key]
        for key, code in _functions(_compiled(before))
        if key in new and _said(code) != _said(new[key])
    }
    count = 0
    for one in gc.get_objects():
        # Not isinstance: asking a lazy object for its class would wake it.
        if type(one) is FunctionType and one.__code__.co_filename == str(file):
            code = lines.get((one.__code__.co_qualname, one.__code__.co_firstlineno))
            if code and len(code.co_freevars) == len(one.__code__.co_freevars):
                one.__code__ = code
                count += 1
    return count


def declare(file: Path, name: str, code: str) -> None:
    """Make a loaded module of views anew with other code, and all addresses of the project."""
    exec(compile(code, file, "exec", dont_inherit=True), vars(sys.modules[name]))  # noqa: S102
    named = [one for one in sys.modules if one.startswith("studyapp.") and one.endswith(".urls")]
    # Those of the apps before the list of them all, which keeps what it imported.
    for one in sorted(named, key=lambda one: -one.count(".")):
        importlib.reload(sys.modules[one])
    clear_url_caches()


def assign(file: Path, name: str, code: str) -> None:
    """Work out the tables of a loaded module anew, for all who imported them by their names."""
    tree = ast.parse(code)
    tree.body = [one for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    before = vars(sys.modules[name])
    after = dict(before)
    exec(compile(tree, file, "exec", dont_inherit=True), after)  # noqa: S102
    changed = [(key, old) for key, old in before.items() if after[key] is not old]
    for names in [getattr(module, "__dict__", {}) for module in list(sys.modules.values())]:
        for key, old in changed:
            if names.get(key) is old:
                names[key] = after[key]


def _compiled(source: str, file: Path | str = "module") -> CodeType:
    return compile(source, str(file), "exec", dont_inherit=True)


def _bodies(code: CodeType) -> list[object]:
    """Return what a module and its classes do, without what their functions do."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    classes = [one for one in inner if not one.co_flags & inspect.CO_OPTIMIZED]
    consts = [one.co_qualname if isinstance(one, CodeType) else one for one in code.co_consts]
    return [code.co_code, code.co_names, repr(consts), *map(_bodies, classes)]


def _said(code: CodeType) -> list[object]:
    """Return all that a function does, wherever it stands."""
    inner = [_said(one) for one in code.co_consts if isinstance(one, CodeType)]
    consts = [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]
    return [code.co_code, code.co_names, code.co_freevars, consts, inner]


def _functions(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """Yield every function below ``code``, by its name and number among those of that name."""
    numbers: dict[str, int] = {}
    waiting = [code]
    while waiting:
        for one in waiting.pop().co_consts:
            if isinstance(one, CodeType):
                waiting.append(one)
                if one.co_flags & inspect.CO_OPTIMIZED and "comp>" not in one.co_name:
                    number = numbers[one.co_qualname] = numbers.get(one.co_qualname, 0) + 1
                    yield (one.co_qualname, number), one
