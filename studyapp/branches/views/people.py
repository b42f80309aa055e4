"""The administration of people: accounts by the 系统管理员, roles and locks by the 安全管理员."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.access.roles import allows
from studyapp.accounts import actions as account_actions
from studyapp.accounts.models import Office, User
from studyapp.branches import actions
from studyapp.branches.forms import GrantForm, NewPersonForm, PersonForm, PlaceForm
from studyapp.branches.models import Membership, Unit
from studyapp.errors import Refused
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_PAGE = 50


def _person_page(
    request: Request,
    user: User,
    *,
    status: int = 200,
    place_form: PlaceForm | None = None,
    form: PersonForm | None = None,
) -> HttpResponse:
    mine = request.user.offices
    context = {
        "person": user,
        "form": form or PersonForm(instance=user),
        "place_form": place_form or PlaceForm(),
        "memberships": [
            (m, GrantForm(instance=m, prefix=str(m.pk)))
            for m in Membership.objects.filter(user=user, ended_on__isnull=True)
            .select_related("unit")
            .order_by("rank", "pk")
        ],
        "edits": allows(mine, P.PERSON_EDIT),
        "grants": allows(mine, P.ROLE_GRANT),
        "offices": Office.choices,
    }
    return render_page(request, "branches/person.html", context, status=status)


def _find(request: Request) -> HttpResponse:
    text, unit = request.GET.get("q", "").strip(), request.GET.get("unit", "")
    people = User.objects.order_by("username").prefetch_related(
        Prefetch(
            "memberships",
            to_attr="current",
            queryset=Membership.objects.filter(ended_on__isnull=True).select_related("unit"),
        )
    )
    if text:
        people = people.filter(Q(name__contains=text) | Q(username__contains=text))
    if unit.isdigit():
        people = people.filter(memberships__unit=int(unit), memberships__ended_on__isnull=True)
    page = Paginator(people, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "q": text,
        "unit": unit,
        "units": Unit.objects.order_by("path"),
        "edits": allows(request.user.offices, P.PERSON_EDIT),
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
        user, password = actions.create_person(by=request.user, at=timezone.now(), **given)
        return render_page(request, "branches/slips.html", {"slips": [(user, password)]})
    status = 422 if form.errors else 200
    return render_page(request, "branches/person_new.html", {"form": form}, status=status)


@office(P.PERSON_EDIT)
@require_http_methods(["GET", "POST"])
def person_edit(request: Request, pk: int) -> HttpResponse:
    """Change facts of a person."""
    user = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=User.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        actions.edit_person(user, by=request.user, **form.cleaned_data)
        messages.success(request, "已保存。")
        return redirect("branches:person_edit", pk)
    return _person_page(request, user, form=form, status=422 if form.errors else 200)


@office(P.ROLE_GRANT)
@require_GET
def person_roles(request: Request, pk: int) -> HttpResponse:
    """A person's roles, for the 安全管理员."""
    return _person_page(request, get_object_or_404(User, pk=pk))


@office(P.PERSON_EDIT)
@require_POST
def person_active(request: Request, pk: int) -> HttpResponse:
    """Disable or enable an account."""
    user = get_object_or_404(User, pk=pk)
    account_actions.set_active(user, active=request.POST.get("active") == "1", by=request.user)
    messages.success(request, "已保存。")
    return redirect("branches:person_edit", pk)


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
            messages.success(request, "已保存。")
            return redirect("branches:person_edit", pk)
    return _person_page(request, user, place_form=form, status=422)


@office(P.PERSON_EDIT)
@require_POST
def person_leave(request: Request, pk: int) -> HttpResponse:
    """End a membership."""
    membership = get_object_or_404(Membership, pk=pk, ended_on__isnull=True)
    actions.leave(membership, by=request.user)
    messages.success(request, "已移出，任职经历还在。")
    return redirect("branches:person_edit", membership.user_id)


@office(P.ROLE_GRANT)
@require_POST
def person_grant(request: Request, pk: int) -> HttpResponse:
    """Grant a role in a unit."""
    membership = get_object_or_404(Membership, pk=pk, ended_on__isnull=True)
    form = GrantForm(request.POST, prefix=str(pk))
    if not form.is_valid():
        raise Refused("角色没有保存：排名要填数字。")
    actions.grant(membership, by=request.user, **form.cleaned_data)
    messages.success(request, "已授予。")
    return redirect("branches:person_roles", membership.user_id)


@office(P.ROLE_GRANT)
@require_POST
def person_office(request: Request, pk: int) -> HttpResponse:
    """Give or take an administrator's office."""
    user = get_object_or_404(User, pk=pk)
    held = request.POST.get("office", "")
    if held not in Office.values:
        raise Refused("没有这个管理员身份。")
    account_actions.grant_office(user, office=held, by=request.user)
    messages.success(request, "已保存。")
    return redirect("branches:person_roles", pk)


@office(P.UNLOCK)
@require_POST
def person_unlock(request: Request, pk: int) -> HttpResponse:
    """Lift the lock after wrong passwords."""
    account_actions.unlock(get_object_or_404(User, pk=pk), by=request.user)
    messages.success(request, "已解除锁定。")
    return redirect("branches:person_roles", pk)


@office(P.UNLOCK)
@require_POST
def person_reset(request: Request, pk: int) -> HttpResponse:
    """Give a new one-time password, shown once."""
    user = get_object_or_404(User, pk=pk)
    if user.pk == request.user.pk:
        raise Refused("自己的密码在“我的”里改。")
    password = account_actions.give_first_password(user, by=request.user, at=timezone.now())
    return render_page(request, "branches/slips.html", {"slips": [(user, password)]})
