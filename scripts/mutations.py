"""Small faults in what decides who sees and may do what: the operators of mutation testing.

`find(source, path, enums)` returns the faults of one module. Where a function decides (it is named
so, or it reads roles), each of its parts is changed; elsewhere only guards are: a scope that is
asked for, a decision that is asked for, a refusal as 404 or 403, the decorator of a view.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WHOLE = ("studyapp/access/", "studyapp/archive/rights.py")
"""Files in which everything decides."""
DECIDES = re.compile(
    r"\w+QuerySet\.(?:visible_to|shown_to|current|under)"
    r"|\w+\.(?:roles_for|offices|ancestor_ids)"
    r"|roles_in|memberships_of|may_\w+|allowed|is_beyond|any_beyond|known|known_to|_led_by|_below"
    r"|units_to_\w+|withdrawn|texts_for|organ_above|acts_\w+|[A-Z_]*ROLES?[A-Z_]*|_?LEADS"
)
"""Functions, methods and tables that say who stands how to what."""
READS_ROLES = {"memberships_of", "roles_in", "roles_for"}
ABOVE = ("views", "actions", "forms", "migrations")
"""Parts of an app that ask for decisions, whatever they are named."""
SCOPES = {"visible_to", "shown_to"}
ASKED = {"may", "allows", "may_show", "may_withdraw", "may_be_returned", "is_beyond"}
NARROWS = SCOPES | {"filter", "exclude", "current", "active", "under", "posted", "in_use"}
OPEN = "(lambda view: view)"
DECORATORS = {"requires", "office", "signed_in", "public"}
REFUSALS = {"Http404", "PermissionDenied"}
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
Enums = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: bytes ``start`` to ``end`` of the file replaced; ``where`` is the function.

    ``declares`` is True for what a view declares, which is compared with a table as a whole.
    """

    path: str
    where: str
    line: int
    before: str
    after: str
    start: int
    end: int
    declares: bool = False

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.path}:{self.line} {self.where}: {before} → {after}"

    def apply(self, source: str) -> str:
        """Return the module with this fault."""
        data = source.encode()
        return (data[: self.start] + self.after.encode() + data[self.end :]).decode()


def enums_of(folder: Path) -> Enums:
    """Return the members of every enum below a folder, by its name."""
    found: Enums = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            bases = (
                {_name(base) for base in node.bases} if isinstance(node, ast.ClassDef) else set()
            )
            if isinstance(node, ast.ClassDef) and bases & {"Enum", "TextChoices"}:
                assigned = [one.targets[0] for one in node.body if isinstance(one, ast.Assign)]
                found[node.name] = [one.id for one in assigned if isinstance(one, ast.Name)]
    return found


def places(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield name and node of the functions, methods and assignments of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef):
                    yield f"{node.name}.{one.name}", one
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield ast.unparse(target), node


def decides(path: str, name: str, node: ast.stmt) -> bool:
    """Tell whether every part of a place is to be changed."""
    if path.startswith(WHOLE) or DECIDES.fullmatch(name):
        return True
    if set(Path(path).with_suffix("").parts) & set(ABOVE):
        return False
    calls = {_name(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
    return isinstance(node, ast.FunctionDef) and bool(calls & READS_ROLES)


def find(source: str, path: str, enums: Enums) -> list[Mutant]:
    """Return the faults of a module, in the order of its lines, each once."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[tuple[int, int, str], Mutant] = {}
    for where, place in places(ast.parse(source)):
        inside = _parts if decides(path, where, place) else _guards
        changes = [(node, after, False) for node, after in inside(place, enums)]
        changes += [(node, after, True) for node, after in _declared(place, enums)]
        for node, after, declares in changes:
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            before = source.encode()[start:end].decode()
            if after not in {before, f"({before})"}:
                mutant = Mutant(path, where, node.lineno, before, after, start, end, declares)
                found.setdefault((start, end, after), mutant)
    return sorted(found.values(), key=lambda one: (one.start, one.end, one.after))


Change = tuple[ast.expr | ast.stmt, str]


def _parts(place: ast.stmt, enums: Enums) -> Iterator[Change]:
    """Yield every change of a place that decides."""
    # What stands in a set is left out, and more is put in: a change of the element would be both.
    sets = (one for one in _walk(place) if isinstance(one, ast.Set | ast.Tuple | ast.List))
    listed = {id(element) for one in sets for element in one.elts}
    returns = ""
    for node in _walk(place):
        if isinstance(node, ast.FunctionDef):
            returns = ast.unparse(node.returns) if node.returns else ""
        if isinstance(node, ast.expr):
            yield from _expression(node, enums)
            if id(node) not in listed:
                yield from _neighbour(node, enums)
        elif isinstance(node, ast.If):
            yield from ((node.test, word) for word in ("True", "False"))
        elif isinstance(node, ast.AugAssign) or _is_call(node):
            yield node, "pass"  # type: ignore[misc]  # both are statements
        elif isinstance(node, ast.Return) and node.value:
            yield from _returned(node.value, returns)


def _guards(place: ast.stmt, enums: Enums) -> Iterator[Change]:
    """Yield the changes of a place that asks others for decisions."""
    for node in _walk(place):
        if isinstance(node, ast.Call) and _name(node.func) in SCOPES:
            yield from _without_call(node)
        elif isinstance(node, ast.Call) and _name(node.func) in ASKED:
            yield from ((node, word) for word in ("True", "False"))
        elif isinstance(node, ast.If) and _refuses(node.body[-1]):
            yield node.test, "False"
            for inside in _walk(node.test):
                if isinstance(inside, ast.BoolOp):
                    yield from _expression(inside, enums)


def _declared(place: ast.stmt, enums: Enums) -> Iterator[Change]:
    """Yield changes of what a view declares."""
    for one in getattr(place, "decorator_list", ()):
        if isinstance(one, ast.Call) and _name(one.func) in DECORATORS:
            yield one, OPEN
            for argument in one.args:
                yield from _neighbour(argument, enums)


def _expression(node: ast.expr, enums: Enums) -> Iterator[Change]:  # noqa: PLR0912
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in _COMPARISONS:
            other = ast.Compare(left, [_COMPARISONS[type(operator)]()], [right])
            yield node, f"({ast.unparse(other)})"
            for side in (left, right):
                if isinstance(side, ast.Constant) and isinstance(side.value, str):
                    yield side, repr(f"{side.value}x")
        case ast.BoolOp(operator, values):
            for at in range(len(values)):
                kept = values[:at] + values[at + 1 :]
                fewer = kept[0] if len(kept) == 1 else ast.BoolOp(operator, kept)
                yield node, f"({ast.unparse(fewer)})"
        case ast.BinOp(left, ast.BitOr() | ast.BitAnd() | ast.Sub(), right):
            yield node, f"({ast.unparse(left)})"
            if not isinstance(node.op, ast.Sub):
                yield node, f"({ast.unparse(right)})"
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Constant(bool() as value):
            yield node, repr(not value)
        case ast.Constant(int() as value):
            yield node, repr(value + 1)
        case ast.Set(elements) | ast.Tuple(elements, ast.Load()) | ast.List(elements, ast.Load()):
            for at in range(len(elements)):
                kept = elements[:at] + elements[at + 1 :]
                yield node, ast.unparse(type(node)(kept)) if kept else "()"
                there = [ast.unparse(one) for one in elements]
                for more in (more for _, more in _neighbour(elements[at], enums)):
                    if more in there:
                        continue
                    extra = ast.parse(more, mode="eval").body
                    yield node, ast.unparse(type(node)([*elements, extra]))
        case ast.IfExp(_, body, otherwise):
            yield from ((node, f"({ast.unparse(one)})") for one in (body, otherwise))
        case ast.Call(func) if _name(func) in NARROWS:
            yield from _without_call(node)
            yield from _fewer_arguments(node)
        case ast.Call(func) if _name(func) in ASKED:
            yield from ((node, word) for word in ("True", "False"))
        case ast.Call(func) if _name(func) == "Q":
            yield from _fewer_arguments(node)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from ((test, "True") for one in node.generators for test in one.ifs)


def _neighbour(node: ast.expr, enums: Enums) -> Iterator[Change]:
    """A role, permission or state becomes the next one of its kind."""
    if isinstance(node, ast.Attribute) and node.attr in enums.get(_name(node.value), ()):
        members = enums[_name(node.value)]
        following = members[(members.index(node.attr) + 1) % len(members)]
        yield node, f"{_name(node.value)}.{following}"


def _returned(value: ast.expr, kind: str) -> Iterator[Change]:
    """An answer turned round, or an empty one."""
    said = ast.unparse(value)
    if kind == "bool" and not isinstance(value, ast.BoolOp | ast.Compare | ast.UnaryOp):
        yield value, f"(not ({said}))"
    elif kind.strip("'").partition("[")[0].endswith("QuerySet"):
        yield value, f"({said}).none()"
    elif kind.startswith(("frozenset", "set", "list")):
        yield value, f"{kind.partition('[')[0]}()"
    elif kind.endswith("| None"):
        yield value, "None"


def _without_call(node: ast.Call) -> Iterator[Change]:
    """Rows as they were before this call narrowed them."""
    if isinstance(node.func, ast.Attribute):
        receiver = node.func.value
        ends = "" if isinstance(receiver, ast.Call) else ".all()"
        yield node, ast.unparse(receiver) + ends


def _fewer_arguments(node: ast.Call) -> Iterator[Change]:
    """The call with one argument less, unless it is the only one."""
    if len(node.args) + len(node.keywords) > 1:
        for left_out in (*node.args, *node.keywords):
            args = [one for one in node.args if one is not left_out]
            keywords = [one for one in node.keywords if one is not left_out]
            yield node, ast.unparse(ast.Call(node.func, args, keywords))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs: no annotations, decorators, words of a refusal, parts of an f-string."""
    yield node
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        if isinstance(node, ast.Dict) and name == "keys":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _refuses(node: ast.stmt) -> bool:
    raised = node.exc if isinstance(node, ast.Raise) else None
    return _name(raised.func if isinstance(raised, ast.Call) else raised) in REFUSALS


def _name(node: ast.AST | None) -> str:
    """Return the last part of a dotted name; "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
