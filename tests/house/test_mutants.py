"""The faults that `make deep` plants: which they are, that they run, and what is said of them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENUMS = {"Role": ["MEMBER", "LEADER", "AUTHOR"], "P": ["READ", "WRITE"]}


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """Return the scripts as modules, imported as they import each other."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import mutant_codes
        import mutant_results
        import mutant_runs
        import mutants
        import mutations

        yield {
            "codes": mutant_codes,
            "results": mutant_results,
            "runs": mutant_runs,
            "mutants": mutants,
            "mutations": mutations,
        }
    finally:
        sys.path.remove(str(ROOT / "scripts"))
        for name in [name for name in sys.modules if name.startswith(("mutant", "mutations"))]:
            del sys.modules[name]


def faults(scripts: dict[str, ModuleType], source: str, path: str = "studyapp/a/models.py"):
    return scripts["mutations"].find(source, path, ENUMS)


def told(found) -> list[str]:
    return [f"{one.before} → {one.after}" for one in found]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        # Sets lose each element and gain a neighbour; a choice takes either side.
        (
            "roles = {Role.MEMBER}",
            ["{Role.MEMBER} → ()", "{Role.MEMBER} → {Role.MEMBER, Role.LEADER}"],
        ),
        ("return a if mine else b", ["a if mine else b → (a)", "a if mine else b → (b)"]),
        # Conditions are left out, turned, shifted by one.
        (
            "x = a and b and c",
            [f"a and b and c → ({two})" for two in ("a and b", "a and c", "b and c")],
        ),
        ("x = not a", ["not a → (a)"]),
        ("x = a < 3", ["3 → 4", "a < 3 → (a <= 3)"]),
        ("x = kind == 'life'", ["'life' → 'lifex'", "kind == 'life' → (kind != 'life')"]),
        ("x = True", ["True → False"]),
        ("x = [m for m in all if m.open]", ["m.open → True"]),
        # Roles and permissions become the next one, the last the first.
        ("x = Role.AUTHOR", ["Role.AUTHOR → Role.MEMBER"]),
        # What narrows rows goes, whole and by its parts.
        ("x = self.filter(by=user)", ["self.filter(by=user) → self.all()"]),
        (
            "x = rows().filter(Q(a=1, b=2) & c)",
            [
                "1 → 2",
                "2 → 3",
                "Q(a=1, b=2) → Q(a=1)",
                "Q(a=1, b=2) → Q(b=2)",
                "Q(a=1, b=2) & c → (Q(a=1, b=2))",
                "Q(a=1, b=2) & c → (c)",
                "rows().filter(Q(a=1, b=2) & c) → rows()",
            ],
        ),
        # What is added is not added.
        ("roles |= more", ["roles |= more → pass"]),
        ("roles.add(one)", ["roles.add(one) → pass"]),
        # A question is answered always and never.
        (
            "x = may(user, P.READ, unit)",
            [f"may(user, P.READ, unit) → {b}" for b in ("False", "True")] + ["P.READ → P.WRITE"],
        ),
    ],
)
def test_each_part_of_a_decision_is_changed(scripts, line: str, said: list[str]) -> None:
    found = faults(scripts, f"def may_read(user):\n    {line}\n")
    assert sorted(told(found)) == sorted(said)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("bool", "(not (found()))"),
        ("'UnitQuerySet'", "(found()).none()"),
        ("frozenset[Role]", "frozenset()"),
        ("list[Unit]", "list()"),
        ("Unit | None", "None"),
        ("str", None),
    ],
)
def test_an_answer_is_turned_round_or_empty(scripts, kind: str, said: str | None) -> None:
    found = faults(scripts, f"def may_read(user) -> {kind}:\n    return found()\n")
    assert told(found) == ([f"found() → {said}"] if said else [])


VIEW = '''
@requires(P.READ, on=Unit)
@require_GET
def page(request, unit):
    """Words 3."""
    if unit.kind == 3 or not shown:
        raise Http404("9")
    if unit.kind == 4:
        return Page(5)
    return Page(Meeting.objects.visible_to(request.user), may(request.user, P.WRITE, unit))
'''


def test_who_asks_for_decisions_is_changed_where_it_asks(scripts) -> None:
    found = faults(scripts, VIEW, "studyapp/a/views/pages.py")
    asked = "may(request.user, P.WRITE, unit)"
    assert told(found) == [
        "requires(P.READ, on=Unit) → (lambda view: view)",
        "P.READ → P.WRITE",
        "unit.kind == 3 or not shown → (not shown)",
        "unit.kind == 3 or not shown → (unit.kind == 3)",
        "unit.kind == 3 or not shown → False",
        "Meeting.objects.visible_to(request.user) → Meeting.objects.all()",
        f"{asked} → False",
        f"{asked} → True",
    ]
    assert [one.declares for one in found] == [True, True, *[False] * 6]


@pytest.mark.parametrize(
    ("path", "name", "body", "decides"),
    [
        ("studyapp/a/models.py", "may_read", "pass", True),
        ("studyapp/a/models.py", "title", "pass", False),
        ("studyapp/a/queries.py", "tasks", "return memberships_of(user)", True),
        ("studyapp/a/views.py", "tasks", "return memberships_of(user)", False),
        ("studyapp/access/again.py", "title", "pass", True),
    ],
)
def test_a_place_decides_by_its_name_or_because_it_reads_roles(
    scripts, path: str, name: str, body: str, *, decides: bool
) -> None:
    (place,) = ast.parse(f"def {name}(user):\n    {body}\n").body
    assert scripts["mutations"].decides(path, name, place) is decides


def test_every_fault_of_the_project_is_code_and_differs(scripts) -> None:
    mutations = scripts["mutations"]
    enums = mutations.enums_of(ROOT / "studyapp")
    assert enums["Office"] == ["NONE", "SYSTEM", "SECURITY", "AUDIT"]
    broken, count = [], 0
    for path in (ROOT / "studyapp/access").glob("*.py"):
        source = path.read_text("utf-8")
        before = ast.dump(ast.parse(source))
        for one in mutations.find(source, f"studyapp/access/{path.name}", enums):
            count += 1
            if ast.dump(ast.parse(one.apply(source))) == before:
                broken.append(str(one))
    assert broken == []
    assert count > 100


def test_words_in_chinese_before_a_fault_do_not_shift_it(scripts) -> None:
    source = 'def may_read(user):\n    return ("支部", user.open and user.here)\n'
    (fault,) = (one for one in faults(scripts, source) if one.after == "(user.open)")
    assert fault.apply(source) == 'def may_read(user):\n    return ("支部", (user.open))\n'


def test_the_tests_that_are_named_are_there(scripts) -> None:
    mutants = scripts["mutants"]
    assert [name for name in mutants.TESTS if not (ROOT / "tests" / name).is_dir()] == []
    file, _, name = mutants.DECLARED.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text("utf-8")


# --- Running them --------------------------------------------------------------------------------


def test_a_module_is_loaded_with_its_fault(scripts, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "planted.py").write_text("def may() -> bool:\n    return False\n")
    monkeypatch.syspath_prepend(tmp_path)
    code = "def may() -> bool:\n    return True\n"
    monkeypatch.setattr(
        sys, "meta_path", [scripts["codes"].Instead({"planted.py": code}), *sys.meta_path]
    )
    import planted  # type: ignore[import-not-found]

    assert planted.may() is True
    monkeypatch.delitem(sys.modules, "planted")


BOTH = """
def asks(question):
    def inner(one, least=1):
        return question(one) and one > least
    return inner

class Rows:
    def seen(self):
        return [one for one in (1, 2, 3) if may(one)]

@asks
def may(one, really=True):
    return True
"""


def test_a_fault_is_put_into_functions_that_live(scripts, tmp_path: Path) -> None:
    put_in = scripts["codes"].put_in
    file = tmp_path / "rows.py"
    names: dict[str, Any] = {}
    exec(compile(BOTH, str(file), "exec"), names)  # noqa: S102
    rows = names["Rows"]()
    assert rows.seen() == [2, 3]
    # In a closure that was made before, in a method, in the function behind a decorator.
    assert put_in(file, BOTH, BOTH.replace("one > least", "one < least")) == 2
    assert rows.seen() == []
    assert put_in(file, BOTH, BOTH.replace(" and one > least", "\n")) == 2
    assert rows.seen() == [1, 2, 3]
    assert put_in(file, BOTH, BOTH.replace(" if may(one)", "").replace("(1, 2, 3)", "(4,)")) == 1
    assert rows.seen() == [4]
    assert put_in(file, BOTH, BOTH) == 0
    assert put_in(tmp_path / "other.py", BOTH, BOTH.replace("return True", "return False")) == 0


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("one > least", "one < least", True),
        ("if may(one)", "", True),
        ("really=True", "really=False", False),
        ("@asks\n", "", False),
        ("class Rows:\n", "class Rows:\n    more = True\n", False),
    ],
)
def test_what_runs_at_import_is_told_from_what_runs_later(
    scripts, before: str, after: str, *, same: bool
) -> None:
    assert scripts["codes"].same_at_import(BOTH, BOTH.replace(before, after)) is same


def test_views_are_declared_anew_and_with_them_their_addresses(tmp_path: Path) -> None:
    package = tmp_path / "studyapp"
    (package / "a").mkdir(parents=True)
    for folder in (package, package / "a"):
        (folder / "__init__.py").touch()
    (package / "a/views.py").write_text("def page(): ...\npage.access = 1\n")
    (package / "a/urls.py").write_text("from studyapp.a import views\npages = [views.page]\n")
    (package / "urls.py").write_text("from studyapp.a.urls import pages\n")
    # By itself: its package takes the name of the project.
    code = (
        "import sys; from pathlib import Path\n"
        f"sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT / 'scripts')!r}]\n"
        "import mutant_codes, studyapp.urls as addresses\n"
        "print(addresses.pages[0].access)\n"
        f"file = Path({str(package / 'a/views.py')!r})\n"
        "code = file.read_text().replace('= 1', '= 2')\n"
        "mutant_codes.declare(file, 'studyapp.a.views', code)\n"
        "print(addresses.pages[0].access)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n2\n"


def test_tables_are_made_anew_for_all_who_imported_them(scripts, monkeypatch) -> None:
    table, reader = ModuleType("table_of_roles"), ModuleType("reader_of_roles")
    source = "class Role: ...\nLEADS = {1}\nTABLE = {Role: LEADS | {2}}\n"
    exec(source, vars(table))  # noqa: S102
    vars(reader).update(TABLE=vars(table)["TABLE"], LEADS={1})
    for module in (table, reader):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    role = vars(table)["Role"]
    scripts["codes"].assign(Path("a.py"), "table_of_roles", source.replace("{1}", "{3}"))
    assert vars(reader)["TABLE"] == vars(table)["TABLE"] == {role: {2, 3}}
    # What only has the same name and value is another's.
    assert (vars(reader)["LEADS"], vars(table)["LEADS"]) == ({1}, {3})


def test_it_is_known_which_test_reaches_what(scripts) -> None:
    watching = scripts["runs"].Watching()
    source = 'class Rows:\n    def seen(self):\n        """Words."""\n        return 1\n\ndef far():\n    return 2\n'
    names = {"__reach__": watching.reach}
    exec(compile(scripts["codes"].watched(source, "a.py"), "a.py", "exec"), names)  # noqa: S102
    for watching.test in ("one", "two"):
        names["Rows"]().seen()  # type: ignore[operator]
    assert watching.reached == {"a.py Rows.seen": ["one", "two"]}
    assert watching.imported == set()
    watching.test = ""
    names["far"]()  # type: ignore[operator]
    assert watching.imported == {"a.py far"}
    assert names["Rows"].seen.__doc__ == "Words."  # type: ignore[attr-defined]


def test_quick_tests_of_the_module_then_of_the_app_come_first_and_long_ones_not_at_all(
    scripts,
) -> None:
    rules = "tests/access/test_rights.py::each"
    seconds = {"tests/a/far": 13.0, "tests/a/one": 2.0, "tests/b/two": 1.0, "tests/a/three": 20.0}
    seconds |= {rules: 3.0, "tests/a/test_models.py::one": 4.0}
    reached = scripts["mutants"].Reached(seconds, {"studyapp/a/models.py may_read": set(seconds)})
    (fault,) = faults(scripts, "def may_read(user):\n    return not user\n")
    own = "tests/a/test_models.py::one"
    assert reached.chosen(fault) == [own, rules, "tests/a/one", "tests/b/two"]
    (table,) = faults(scripts, "ROLES = Role.AUTHOR\n")
    assert reached.chosen(table) == reached.chosen(fault)


def test_processes_end_with_their_code_or_with_their_time(scripts, tmp_path: Path) -> None:
    # By itself: a fork of a process with threads is nothing to rely on.
    code = (
        "import sys, time; from pathlib import Path\n"
        f"sys.path.insert(0, {str(ROOT / 'scripts')!r})\n"
        "from mutant_runs import Processes\n"
        f"some = Processes(Path({str(tmp_path)!r}), 3)\n"
        "some.start('code', 60, lambda: print('said') or 3)\n"
        "some.start('fault', 60, lambda: 1 / 0)\n"
        "some.start('long', 0.2, lambda: time.sleep(60))\n"
        "print(sorted((key, code, said.split('\\n')[0][:9]) for key, code, said in some.rest()))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[('code', 3, 'said'), ('fault', 99, 'Traceback'), ('long', -1, '')]\n"


@pytest.mark.parametrize(
    ("decisions", "declarations", "code", "line"),
    [
        (["found"] * 9 + ["survived"], [], 0, "decisions: 10, found 9 (90.0%)\n"),
        (["found"] * 8 + ["unreached", "survived"], [], 1, "decisions: 10, found 8 (80.0%)\n"),
        (["found", "late"], ["found"], 0, "decisions: 2, found 2 (100.0%), 1 of them by time\n"),
        (["found"], ["survived"], 1, "declarations of views: 1, found 0 (0.0%)\n"),
        (["found"] * 20 + ["untried"], [], 1, "decisions: 21, found 20 (95.2%)\n"),
        ([], [], 1, "0 faults"),
    ],
)
def test_fewer_than_nine_in_ten_of_either_kind_are_too_few(
    scripts, capsys, decisions: list[str], declarations: list[str], code: int, line: str
) -> None:
    mutant = scripts["mutations"].Mutant
    verdicts = {
        mutant("a.py", "may", at, "a", "b", at, at, declares): verdict
        for declares, said in ((False, decisions), (True, declarations))
        for at, verdict in enumerate(said)
    }
    assert scripts["results"].report(verdicts, 1.0) == code
    assert line in capsys.readouterr().out


def test_a_run_that_broke_off_goes_on_with_what_nothing_found(
    scripts, capsys, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text("one\n")
    some = [scripts["mutations"].Mutant("a.py", "may", at, "a", "b", at, at) for at in range(3)]
    file, kept = tmp_path / "kept", scripts["results"].Kept
    before = kept(file, some)
    for fault, verdict in zip(some, ("found", "survived", "late"), strict=True):
        before.add(fault, verdict)
    assert capsys.readouterr().out == "survived: a.py:1 may: a → b\n"
    assert kept(file, some).verdicts == {some[0]: "found", some[2]: "late"}
    # Another wording of the module is another fault.
    Path("a.py").write_text("two\n")
    assert kept(file, some).verdicts == {}
    assert kept(None, some).verdicts == {}
