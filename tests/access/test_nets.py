"""The four nets of access (ADR 0003), each shown a planted bad view that it must catch."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.views.decorators.http import require_GET

from studyapp.access.checks import check_views, undeclared, walk
from studyapp.access.decorators import Access, office, public, requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.models import Unit
from studyapp.meetings.models import Meeting
from tests.access import test_matrix as matrix
from tests.access.world import World, build
from tests.conftest import Cast

Instead = Callable[[str, Callable[..., HttpResponse]], None]


def naked(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Declares nothing."""
    return HttpResponse("secret")


@public(reason="Open on purpose.")
def opened(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@require_GET
def forgetful(request: HttpRequest, pk: int) -> HttpResponse:
    """Says that it asks for a permission, and gives the object to everybody."""
    return HttpResponse(Meeting.objects.get(pk=pk).title)


forgetful.access = Access("object", P.MEETING_READ, Meeting)  # type: ignore[attr-defined]


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def too_open(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Asks for less than the table says."""
    return HttpResponse(meeting.title)


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def counting(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Writes when it is looked at."""
    Meeting.objects.filter(pk=meeting.pk).update(place="三楼")
    return HttpResponse(meeting.title)


def urlconf(*more: Any) -> ModuleType:
    """Return the site's own addresses and planted ones."""
    module = ModuleType("planted")
    module.urlpatterns = [path("", include("studyapp.urls")), *more]  # type: ignore[attr-defined]
    return module


# --- First: closed by default --------------------------------------------------------------------


@pytest.mark.attack(7)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_view_that_declares_nothing_is_closed_to_strangers(
    client: Client, db: None, settings, method: str
) -> None:
    settings.ROOT_URLCONF = urlconf(path("naked/", naked), path("opened/", opened))
    answer = getattr(client, method)("/naked/")
    assert (answer.status_code, b"secret" in answer.content) == (302, False)
    assert client.get("/opened/").content == b"open"


def test_a_fragment_of_a_closed_view_leads_to_the_sign_in_page(
    client: Client, db: None, settings
) -> None:
    settings.ROOT_URLCONF = urlconf(path("naked/", naked))
    answer = client.get("/naked/?a=1", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login/?next=%2Fnaked%2F%3Fa%3D1")


# --- Second: loading is the check ----------------------------------------------------------------


def test_what_is_invisible_does_not_exist_and_what_is_visible_may_be_forbidden(
    cast: Cast, signed_in, settings
) -> None:
    @requires(P.UNIT_EDIT, on=Unit)
    @require_GET
    def edit(request: HttpRequest, unit: Unit) -> HttpResponse:
        return HttpResponse(unit.name)

    settings.ROOT_URLCONF = urlconf(path("planted/<int:pk>/", edit))
    address = f"/planted/{cast.branch.pk}/"
    people = ("sysadmin", "member", "secadmin", "visitor", "auditor")
    found = [signed_in(getattr(cast, who)).get(address).status_code for who in people]
    assert found == [200, 403, 403, 404, 404]
    assert signed_in(cast.sysadmin).get("/planted/999999/").status_code == 404


@pytest.mark.attack(12)
def test_access_comes_before_the_method(cast: Cast, signed_in, settings) -> None:
    """A stranger does not learn from 405 that something is there."""

    @requires(P.UNIT_READ, on=Unit)
    @require_GET
    def read(request: HttpRequest, unit: Unit) -> HttpResponse:
        return HttpResponse(unit.name)

    settings.ROOT_URLCONF = urlconf(path("planted/<int:pk>/", read))
    address = f"/planted/{cast.branch.pk}/"
    found = [signed_in(who).post(address).status_code for who in (cast.member, cast.visitor)]
    assert found == [405, 404]


@pytest.mark.attack(6)
def test_an_office_is_looked_up_at_every_request(cast: Cast, signed_in, settings) -> None:
    @office(P.AUDIT_READ)
    @require_GET
    def log(request: HttpRequest) -> HttpResponse:
        return HttpResponse("log")

    settings.ROOT_URLCONF = urlconf(path("planted/", log))
    client = signed_in(cast.auditor)
    before = client.get("/planted/").status_code
    cast.auditor.office = ""
    cast.auditor.save(update_fields=["office"])
    assert (before, client.get("/planted/").status_code) == (200, 404)


@pytest.mark.attack(6)
def test_a_role_that_ended_opens_nothing_more(cast: Cast, signed_in) -> None:
    client = signed_in(cast.member)
    address = f"/branches/{cast.branch.pk}/"
    before = client.get(address).status_code
    cast.member.memberships.update(ended_on="2099-01-01")
    assert (before, client.get(address).status_code) == (200, 404)


def test_content_is_not_there_for_administrators(cast: Cast, signed_in, settings) -> None:
    from studyapp.access import decorators

    @decorators.signed_in(reason="Planted.", offices=False)
    @require_GET
    def content(request: HttpRequest) -> HttpResponse:
        return HttpResponse("words")

    settings.ROOT_URLCONF = urlconf(path("planted/", content))
    found = [signed_in(who).get("/planted/").status_code for who in cast.people().values()]
    assert found == [200] * 5 + [404] * 3


# --- Third: the start refuses --------------------------------------------------------------------


def test_the_start_refuses_a_view_without_a_declaration() -> None:
    planted = [
        path("fine/", opened, name="fine"),
        path("bad/", naked, name="bad"),
        path("inner/", include(([path("<int:pk>/", naked, name="deep")], "app"))),
    ]
    found = undeclared(planted)
    assert [(error.id, error.msg) for error in found] == [
        ("access.E001", "View bad at /bad/ does not declare who may open it."),
        ("access.E001", "View app:deep at /inner/<int:pk>/ does not declare who may open it."),
    ]


def test_the_site_itself_declares_everything(settings) -> None:
    assert check_views(None) == []
    settings.ROOT_URLCONF = urlconf(path("bad/", naked, name="bad"))
    assert [error.id for error in check_views(None)] == ["access.E001"]


@pytest.mark.parametrize("decorator", [public, signed_in])
def test_an_open_door_needs_its_reason(decorator: Any) -> None:
    with pytest.raises(TypeError):
        decorator()


# --- Fourth: the matrix --------------------------------------------------------------------------


def addresses(*more: Any) -> dict[str, Any]:
    return {name: (route, view) for route, name, view in walk(urlconf(*more).urlpatterns)}


def test_the_matrix_misses_a_row_and_sees_a_changed_declaration() -> None:
    planted = addresses(path("new/<int:pk>/", too_open, name="new"))
    assert matrix.differing(planted) == ["new"]
    loosened = addresses() | {"meetings:roll": ("meetings/<int:pk>/roll/", too_open)}
    assert matrix.differing(loosened) == ["meetings:roll"]
    gone = addresses()
    del gone["minutes:export"]
    assert matrix.differing(gone) == ["minutes:export"]


@pytest.fixture
def world(cast: Cast, settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return build(cast)


@pytest.fixture
def instead(settings, monkeypatch: pytest.MonkeyPatch) -> Instead:
    """Return a function that puts another view where the matrix asks for one of an object."""

    def put(name: str, view: Callable[..., HttpResponse]) -> None:
        settings.ROOT_URLCONF = urlconf(path("planted/<int:pk>/", view))
        monkeypatch.setitem(matrix.ADDRESSES, name, ("planted/<int:pk>/", view))

    return put


@pytest.mark.parametrize("who", ["visitor", "former_member", "sysadmin", "general_member"])
def test_the_matrix_catches_a_view_that_forgets_to_ask(
    signed_in, world: World, instead: Instead, who: str
) -> None:
    instead("meetings:detail", forgetful)
    found = matrix.complaints(signed_in(world.people[who]), who, "meetings:detail", world)
    assert f"{who} get meetings:detail (Meeting): 200 for something invisible" in found


def test_the_matrix_catches_a_view_that_asks_too_little(
    signed_in, world: World, instead: Instead
) -> None:
    instead("meetings:roll", too_open)
    found = matrix.complaints(signed_in(world.people["member"]), "member", "meetings:roll", world)
    assert "member get meetings:roll (Meeting): 200 without the permission" in found


def test_the_matrix_catches_a_read_that_writes(signed_in, world: World, instead: Instead) -> None:
    instead("meetings:detail", counting)
    found = matrix.complaints(signed_in(world.people["member"]), "member", "meetings:detail", world)
    assert [one[:43] for one in found] == ["member get meetings:detail (Meeting) writes"]


@pytest.mark.parametrize(
    ("status", "sees", "may", "said"),
    [
        (404, False, False, ""),
        (403, False, False, "403 for something invisible"),
        (405, False, False, "405 for something invisible"),
        (403, True, False, ""),
        (405, True, False, "405 without the permission"),
        (404, True, True, "404 with the permission"),
        (500, True, True, "500 with the permission"),
        (422, True, True, ""),
    ],
)
def test_an_answer_is_judged_by_what_it_tells(
    status: int,
    sees: bool,  # noqa: FBT001 -- columns of the table above
    may: bool,  # noqa: FBT001
    said: str,
) -> None:
    assert matrix.complaint(status, sees=sees, may=may) == said
