"""The administration of people: accounts by the 系统管理员, roles and locks by the 安全管理员."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.access.roles import allows
from studyapp.accounts import actions as account_actions
from studyapp.accounts import again, passwords, second_factor
from studyapp.accounts.models import Office, User
from studyapp.branches import actions, queries
from studyapp.branches.forms import STALE, GrantForm, NewPersonForm, PersonForm, PlaceForm
from studyapp.branches.models import Membership, Unit, UnitKind
from studyapp.branches.views.slips import slips_page
from studyapp.errors import Refused
from studyapp.text.cleaning import clean_name
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_PAGE = 50
SLIPS = 100
"""First passwords made at once: some seconds of hashing. The page tells how many are left."""


def person_page(request: Request, user: User, *, status: int = 200, **more: Any) -> HttpResponse:
    """Show a person to the administrator; ``more`` are forms that came back, or a refusal."""
    mine = request.user.offices
    held = Membership.objects.filter(user=user).select_related("unit")
    current = list(held.filter(ended_on__isnull=True).order_by("-is_home", "rank", "pk"))
    now = timezone.now()
    locked = AxesProxyHandler.is_locked(request, {"username": user.username})
    locked = locked or second_factor.is_locked(user, at=now) or again.is_closed(user, now)
    grant_forms = more.pop("grant_forms", {})
    context = {
        "person": user,
        "chosen": user.office,
        "form": PersonForm(instance=user),
        "place_form": PlaceForm(),
        "memberships": [
            (m, grant_forms.get(m.pk) or GrantForm(instance=m, prefix=str(m.pk))) for m in current
        ],
        "past": held.filter(ended_on__isnull=False).order_by("-ended_on", "-pk"),
        "edits": allows(mine, P.PERSON_EDIT),
        "grants": allows(mine, P.ROLE_GRANT),
        "offices": Office.choices,
        "locked": locked,
        "branch": UnitKind.BRANCH,
        "has_second": second_factor.of(user) is not None,
        "resets": user.resets.waiting(timezone.now()).select_related("asked_by"),
        "asks_password": not again.is_fresh(request),
        **more,
    }
    return render_page(request, "branches/person.html", context, status=status)


def asks_password(request: Request, name: str, user: User) -> str:
    """Ask for the own password once in ten minutes before power over an account is given away.

    Returns the sentence to show, "" when it was typed just now.
    """
    if again.is_fresh(request):
        return ""
    typed = request.POST.get("password", "")
    if not typed:
        return "先输入你登录用的密码，再点一次。"
    target = user.name_with_username
    wrong = again.what_is_wrong(request, typed, name=name, target=target)
    if not wrong:
        again.remember(request)
    return wrong


def _do(request: Request, user: User, act: Callable[[], object], done: str) -> HttpResponse:
    """Do one thing from a person's page; a refusal is told on that page."""
    try:
        act()
    except Refused as refusal:
        fresh = User.objects.get(pk=user.pk)
        return person_page(request, fresh, refusal=str(refusal), status=refusal.status)
    messages.success(request, done)
    own = "person_edit" if allows(request.user.offices, P.PERSON_EDIT) else "person_roles"
    return redirect(f"branches:{own}", user.pk)


def _asked(request: Request, given: Any) -> tuple[dict[str, str], list[int]]:
    """Return what a list of people was narrowed to, and their ids."""
    chosen = whole_number(given.get("unit", ""))
    unit = Unit.objects.filter(pk=chosen).first() if chosen else None
    asked = {
        "q": clean_name(given.get("q", ""))[:50],
        "unit": str(unit.pk) if unit else "",
        "state": given.get("state", "") if given.get("state") in dict(queries.STATES) else "",
    }
    found = queries.find_people(text=asked["q"], unit=unit, state=asked["state"])
    return asked, found


def _find(request: Request) -> HttpResponse:
    asked, found = _asked(request, request.GET)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    edits = allows(request.user.offices, P.PERSON_EDIT)
    waiting = len(found) if asked["state"] == "waiting" else 0
    context = {
        "page": page,
        "people": queries.listed(page.object_list),
        **asked,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "units": queries.unit_choices(Unit.objects.all())[1:],
        "states": queries.STATES,
        "edits": edits,
        "slips": min(waiting, SLIPS) if edits else 0,
        "waiting": waiting,
    }
    return render_page(request, "branches/people.html", context)


@office(P.PERSON_EDIT)
@require_GET
def people(request: Request) -> HttpResponse:
    """All people, for the 系统管理员."""
    return _find(request)


@office(P.ROLE_GRANT)
@require_GET
def roles(request: Request) -> HttpResponse:
    """All people, for the 安全管理员."""
    return _find(request)


@office(P.PERSON_EDIT)
@require_http_methods(["GET", "POST"])
def person_new(request: Request) -> HttpResponse:
    """Create a person; the first password is shown once, as a slip to print."""
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        slip = actions.create_person(by=request.user, at=timezone.now(), **given)
        return slips_page(request, [slip])
    status = 422 if form.errors else 200
    return render_page(request, "branches/person_new.html", {"form": form}, status=status)


@office(P.PERSON_EDIT)
@require_POST
def first_passwords(request: Request) -> HttpResponse:
    """Give first passwords to those of a list who never signed in; shown once, as slips.

    ``since`` is the second in which the first batch of a longer list was asked for: whoever got
    one since then is not in the next batch.
    """
    now = timezone.now()
    given = request.POST.get("since", "")
    since = whole_number(given, 10)
    asked, found = _asked(request, {**request.POST.dict(), "state": "waiting"})
    done: set[int] = set()
    if since is not None:
        done = queries.given_first_password(found, datetime.fromtimestamp(since, UTC))
    left = [pk for pk in found if pk not in done]
    people = queries.listed(left[:SLIPS])
    slips = account_actions.give_first_passwords(
        people, passwords.prepare(len(people)), by=request.user, at=now
    )
    asked["since"] = str(int(now.timestamp()) if since is None else since)
    return slips_page(request, slips, left=len(left) - len(people), asked=asked)


@office(P.PERSON_EDIT)
@require_http_methods(["GET", "POST"])
def person_edit(request: Request, pk: int) -> HttpResponse:
    """Change facts of a person."""
    user = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=User.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        return _do(
            request,
            user,
            lambda: actions.edit_person(user, by=request.user, **form.cleaned_data),
            "已保存。",
        )
    status = 200
    if form.errors:
        status = 409 if form.has_error("__all__", STALE) else 422
    return person_page(request, user, form=form, status=status)


@office(P.ROLE_GRANT)
@require_GET
def person_roles(request: Request, pk: int) -> HttpResponse:
    """A person's roles, for the 安全管理员."""
    return person_page(request, get_object_or_404(User, pk=pk))


@office(P.PERSON_EDIT)
@require_POST
def person_active(request: Request, pk: int) -> HttpResponse:
    """Disable or enable an account."""
    user = get_object_or_404(User, pk=pk)
    active = request.POST.get("active") == "1"
    return _do(
        request,
        user,
        lambda: account_actions.set_active(user, active=active, by=request.user, at=timezone.now()),
        "账号已启用。" if active else "账号已停用，此人的登录已退出。",
    )


@office(P.PERSON_EDIT)
@require_POST
def person_place(request: Request, pk: int) -> HttpResponse:
    """Put a person into a unit."""
    user = get_object_or_404(User, pk=pk)
    form = PlaceForm(request.POST)
    if form.is_valid():
        try:
            actions.place(user, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("unit", str(refusal))
        else:
            messages.success(request, f"已编入{form.cleaned_data['unit']}。")
            return redirect("branches:person_edit", pk)
    return person_page(request, user, place_form=form, status=422)


@office(P.PERSON_EDIT)
@require_POST
def person_home(request: Request, pk: int) -> HttpResponse:
    """Bring the 组织关系 to a branch that the person already works in."""
    membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    return _do(
        request,
        membership.user,
        lambda: actions.bring_home(membership, by=request.user),
        "组织关系已转入，原支部的任职结束。",
    )


@office(P.PERSON_EDIT)
@require_POST
def person_leave(request: Request, pk: int) -> HttpResponse:
    """End a membership."""
    membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    return _do(
        request,
        membership.user,
        lambda: actions.leave(membership, by=request.user),
        "已移出，任职经历还在。",
    )


@office(P.ROLE_GRANT)
@sensitive_post_parameters("password")
@require_POST
def person_grant(request: Request, pk: int) -> HttpResponse:
    """Grant a role in a unit."""
    membership = get_object_or_404(Membership.objects.select_related("user", "unit"), pk=pk)
    stored = Membership.objects.select_related("unit").get(pk=pk)
    form = GrantForm(request.POST, prefix=str(pk), instance=stored)
    sentence = asks_password(request, "授予角色", membership.user)
    if sentence:
        form.add_error(None, sentence)
    elif form.is_valid():
        try:
            actions.grant(membership, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("role", str(refusal))
        else:
            messages.success(request, "角色已保存。")
            return redirect("branches:person_roles", membership.user_id)
    return person_page(request, membership.user, grant_forms={pk: form}, status=422)


@office(P.ROLE_GRANT)
@sensitive_post_parameters("password")
@require_POST
def person_office(request: Request, pk: int) -> HttpResponse:
    """Give or take an administrator's office."""
    user = get_object_or_404(User, pk=pk)
    held = request.POST.get("office", "")
    if held not in Office.values:
        raise Refused("没有这个管理员身份。返回上一页重新选。")
    if sentence := asks_password(request, "变更管理员身份", user):
        return person_page(request, user, refusal=sentence, chosen=held, status=422)
    return _do(
        request,
        user,
        lambda: account_actions.grant_office(user, office=held, by=request.user, at=timezone.now()),
        "管理员身份已保存。" if held == user.office else "管理员身份已保存，此人的登录已退出。",
    )


@office(P.UNLOCK)
@require_POST
def person_unlock(request: Request, pk: int) -> HttpResponse:
    """Lift the lock after wrong passwords."""
    user = get_object_or_404(User, pk=pk)
    account_actions.unlock(user, by=request.user)
    messages.success(request, "已解除锁定。")
    return redirect("branches:person_roles", pk)
