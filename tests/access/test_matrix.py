"""Every address × every person × every state of what it opens: no route can escape.

What is expected is told by hand in ``table.py``; an address that is not in it fails.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from studyapp.access.checks import walk
from studyapp.access.permissions import P
from studyapp.access.roles import ADMINISTRATORS, TABLE
from studyapp.accounts.models import User
from tests.access.table import (
    ADMINISTRATION,
    CONTENT,
    HOLDS,
    MAY,
    OFFICES,
    PEOPLE,
    POSTED_BY_FEWER,
    ROUTES,
    SEES,
    THERE_FOR,
)
from tests.access.world import World, build
from tests.conftest import make_cast
from tests.crawl import methods
from tests.factories import make_note

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ADDRESSES = {name: (route, view) for route, name, view in walk(get_resolver().url_patterns)}
GET_WRITES = re.compile(
    r'\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b[^"]*"(?!django_session|audit_entry|papers_issuedfile)',
    re.IGNORECASE,
)


@pytest.fixture(scope="module", autouse=True)
def world(built_once: None) -> World:
    """Build it once for all tests here, around the transaction of each."""
    return build(make_cast())


def declared(view: Callable[..., object]) -> tuple[str, str, object]:
    """Return what a view says of itself, in the form of the table."""
    access = view.access  # type: ignore[attr-defined]
    return access.kind, access.model.__name__ if access.model else "", access.permission


def differing(addresses: dict[str, tuple[str, Callable[..., object]]]) -> list[str]:
    """Return the addresses that the table does not hold, or holds otherwise."""
    return sorted(
        name
        for name in ROUTES.keys() | addresses.keys()
        if name not in addresses or ROUTES.get(name) != declared(addresses[name][1])
    )


def states_of(model: str) -> Iterator[str]:
    """Yield the states of the table that are about ``model``."""
    return (key for key in SEES if re.match(rf"{model}(?:$|[ ,])", key))


def fill(route: str, key: int, inside: dict[str, int]) -> tuple[str, bool]:
    """Return the address for an object, and whether everything it names is there."""
    values = {"pk": key, "suffix": "docx", **inside}
    named = re.findall(r"<\w+:(\w+)>", route)
    filled = re.sub(r"<\w+:(\w+)>", lambda found: str(values.get(found[1], 999_999)), route)
    return f"/{filled}", set(named) <= set(values)


def asked(client: Client, address: str, method: str, form: dict[str, int] | None = None) -> int:
    """Ask once, and leave everything as it was."""
    with transaction.atomic():
        answer = client.get(address) if method == "get" else client.post(address, form)
        transaction.set_rollback(True)
    if answer.streaming:
        # Read to its end, or closing the file would close the database too.
        list(answer.streaming_content)  # type: ignore[attr-defined]
    return answer.status_code


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect what reading may not write meanwhile: sign-ins and the log apart."""
    found: list[str] = []

    def watch(execute: Any, sql: str, *more: Any) -> Any:
        if GET_WRITES.match(sql):
            found.append(sql[:60])
        return execute(sql, *more)

    with connection.execute_wrapper(watch):
        yield found


def complaint(status: int, *, sees: bool, may: bool, there: bool = True) -> str:
    """Return what is wrong with an answer; "" when it is right."""
    if not sees:
        return "" if status == 404 else f"{status} for something invisible"
    if not may:
        return "" if status == 403 else f"{status} without the permission"
    if not there:
        return "" if status in {404, 405} else f"{status} for something that is not there"
    return "" if status in {200, 204, 302, 405, 409, 422} else f"{status} with the permission"


def complaints(client: Client, who: str, name: str, world: World) -> list[str]:
    """Return what is wrong with one address for one person, in every state of its object.

    A method that the view does not take is asked in one state: no state makes it taken.
    """
    route, view = ADDRESSES[name]
    _, model, permission = ROUTES[name]
    found = []
    for number, state in enumerate(states_of(model)):
        target, inside = world.objects[state], world.inside.get(state, {})
        address, there = fill(route, target.pk, inside)
        there = there and who in THERE_FOR.get(name, PEOPLE)
        may = MAY[state].get(permission, set())  # type: ignore[arg-type]
        statuses = {}
        for method in ("get", "post"):
            if number and method.upper() not in methods(view):
                continue
            fewer = POSTED_BY_FEWER.get(name, may) if method == "post" else may
            with writes() as written:
                statuses[method] = asked(client, address, method, inside)
            if method == "get" and written:
                found.append(f"{who} get {name} ({state}) writes: {written}")
            wrong = complaint(
                statuses[method],
                sees=who in SEES[state],
                may=who in may & fewer,
                there=there,
            )
            found += [f"{who} {method} {name} ({state}): {wrong}"] if wrong else []
        if set(statuses.values()) == {405}:
            found.append(f"{name} takes no method")
    return found


# --- The table and the site ----------------------------------------------------------------------


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    assert differing(ADDRESSES) == []


def test_every_object_has_its_states() -> None:
    models = {model for _, model, _ in ROUTES.values() if model}
    assert {model for model in models if not list(states_of(model))} == set()
    assert MAY.keys() == SEES.keys()
    assert [key for key in MAY if not set().union(*MAY[key].values()) <= SEES[key]] == []


def test_no_role_holds_what_an_administrator_holds() -> None:
    # A second person confirms a reset: another 安全管理员 or the 系统管理员.
    held = [TABLE[role] - {P.RESET_CONFIRM} for role in ADMINISTRATORS]
    others = frozenset().union(*(TABLE[role] for role in TABLE if role not in ADMINISTRATORS))
    assert [list(one & others) for one in held] == [[], [], []]
    assert P.RESET_CONFIRM not in others
    assert sum(map(len, held)) == len(frozenset().union(*held))


# --- The matrix ----------------------------------------------------------------------------------


@pytest.mark.attack(1, 8, 53)
@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_each_object_opens_to_whom_the_table_says_and_reading_it_writes_nothing(
    signed_in: SignIn, world: World, who: str
) -> None:
    client = signed_in(world.people[who])
    client.get("/me/")
    names = [name for name, (kind, _, _) in ROUTES.items() if kind == "object"]
    found = [wrong for name in names for wrong in complaints(client, who, name, world)]
    assert "\n".join(found) == ""


@pytest.mark.attack(8)
@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_each_page_of_an_office_opens_to_its_holder_only(
    signed_in: SignIn, world: World, who: str
) -> None:
    client = signed_in(world.people[who])
    visitor = world.people["visitor"]
    place = visitor.memberships.get()
    wrong = []
    for name, (kind, _, permission) in ROUTES.items():
        if kind != "office":
            continue
        route, _ = ADDRESSES[name]
        key = place.pk if "memberships" in route else visitor.pk
        for method in ("get", "post"):
            status = asked(client, fill(route, key, {})[0], method)
            holds = HOLDS[permission] == who  # type: ignore[index]
            said = complaint(status, sees=holds, may=holds)
            wrong += [f"{method} {name}: {said}"] if said else []
    assert wrong == []


@pytest.mark.attack(8)
@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_content_is_closed_to_administrators_and_administration_to_others(
    signed_in: SignIn, world: World, who: str
) -> None:
    client = signed_in(world.people[who])
    note = make_note(world.people["member"], world.objects["Unit"])
    found = {}
    for name in CONTENT | ADMINISTRATION:
        address, _ = fill(ADDRESSES[name][0], note.pk, {})
        found[name] = asked(client, address, "get")
    outside = CONTENT if who in OFFICES else ADMINISTRATION
    assert {name: found[name] for name in outside if found[name] != 404} == {}
    # An own deleted note alone is restored; the right to schedule or import is a role's.
    # What was scanned a while ago is no claim.
    asks_more = {
        "meetings:claim",
        "meetings:note_restore",
        "meetings:new",
        "speeches:new",
        "meetings:note_new",
    }
    inside = {name: found[name] for name in found.keys() - outside - asks_more}
    assert {name: s for name, s in inside.items() if s not in {200, 302}} == {}


@pytest.mark.attack(7)
def test_strangers_are_sent_to_the_sign_in_page_from_everywhere(
    client: Client, world: World
) -> None:
    wrong = []
    for name, (kind, model, _) in ROUTES.items():
        state = next(states_of(model), "") if model else ""
        key = world.objects[state].pk if state else 1
        address, _ = fill(ADDRESSES[name][0], key, world.inside.get(state, {}))
        for answer in (client.get(address), client.post(address)):
            away = answer.status_code == 302 and answer["Location"].startswith("/login/")
            if away == (kind == "public"):
                wrong.append(name)
        if kind != "public":
            answer = client.get(address, headers={"HX-Request": "true"})
            if answer.status_code != 401 or not answer["HX-Redirect"].startswith("/login/"):
                wrong.append(f"{name} in a fragment")
    assert wrong == []


@pytest.mark.attack(53)
@pytest.mark.parametrize("who", ["secretary", "member", "inspector", "sysadmin", "secadmin"])
def test_reading_a_page_of_no_object_writes_nothing(
    signed_in: SignIn, world: World, who: str
) -> None:
    client = signed_in(world.people[who])
    client.get("/me/")
    wrong = {}
    for name, (kind, _, _) in ROUTES.items():
        if kind != "object":
            address, _ = fill(ADDRESSES[name][0], world.people["visitor"].pk, {})
            with writes() as written:
                asked(client, address, "get")
            if written:
                wrong[name] = written
    assert wrong == {}


# --- What lies inside ----------------------------------------------------------------------------


@pytest.mark.attack(1, 4)
@pytest.mark.parametrize(
    ("who", "own", "foreign"),
    [
        ("secretary", "Meeting", "Meeting of the group"),
        ("group_leader", "Meeting of the group", "Meeting"),
        ("secretary", "Speech", "Speech sent down"),
        ("inspector", "Speech sent down", "Speech"),
    ],
)
def test_an_id_from_elsewhere_is_not_found_under_the_own_object(
    signed_in: SignIn, world: World, who: str, own: str, foreign: str
) -> None:
    client = signed_in(world.people[who])
    wrong = {}
    for name, (_, model, _) in ROUTES.items():
        route, _ = ADDRESSES[name]
        if not model or model != own.split(maxsplit=1)[0] or len(re.findall("<int:", route)) < 2:
            continue
        address, _ = fill(route, world.objects[own].pk, world.inside[foreign])
        for method in ("get", "post"):
            status = asked(client, address, method)
            if status not in {404, 405}:
                wrong[f"{method} {name}"] = status
    assert wrong == {}


@pytest.mark.attack(1)
@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_a_list_names_only_what_its_reader_sees(signed_in: SignIn, world: World, who: str) -> None:
    titles = {}
    for state in SEES:
        kind = state.split()[0].rstrip(",")
        row = world.objects[state]
        if kind in {"Speech", "Meeting"}:
            titles[state] = f"只此一篇{state.replace(' ', '')}。"
            type(row).objects.filter(pk=row.pk).update(title=titles[state])
        elif kind == "Record":
            titles[state] = row.meeting.title
        elif kind == "Note":
            titles[state] = f"只此一句{state.replace(' ', '').replace(',', '')}。"
            type(row).objects.filter(pk=row.pk).update(body=titles[state])
    client = signed_in(world.people[who])
    pages = "".join(
        client.get(address).content.decode()
        for address in ("/", "/speeches/", "/meetings/", "/minutes/", "/notes/", "/branches/")
    )
    hidden = {state for state in titles if who not in SEES[state]}
    # A record's title is its meeting's: whoever sees the meeting may read it there.
    if who in SEES["Meeting"]:
        hidden -= {"Record, draft", "Record, submitted", "Record, returned", "Record, signed"}
    assert {state for state in hidden if titles[state] in pages} == set()
