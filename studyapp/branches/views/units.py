"""支部: the own units, one unit's people; the administration's tree."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import may, office, requires, signed_in
from studyapp.access.permissions import P
from studyapp.accounts.models import Feedback, Office, User
from studyapp.accounts.notices import notices
from studyapp.accounts.resets import told
from studyapp.branches import actions
from studyapp.branches.forms import STALE, UnitForm
from studyapp.branches.models import Unit
from studyapp.branches.queries import advice, find_people, in_tree_order, people_in
from studyapp.errors import Refused
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_PEOPLE = Count(
    "memberships",
    filter=Q(memberships__ended_on__isnull=True, memberships__user__is_active=True),
)


@signed_in(reason="Lists only the units that the person may see.", offices=False)
@require_GET
def unit_list(request: Request) -> HttpResponse:
    """The own units and those below."""
    units = in_tree_order(Unit.objects.visible_to(request.user).active())
    return render_page(request, "branches/list.html", {"units": units})


@requires(P.UNIT_READ, on=Unit)
@require_GET
def unit_detail(request: Request, unit: Unit) -> HttpResponse:
    """One unit: its people by rank, then 姓氏笔画; its groups; advice on size."""
    people = people_in(unit)
    context = {
        "unit": unit,
        "people": people,
        "advice": advice(unit, people),
        "may_read_archive": may(request.user, P.ARCHIVE_READ, unit),
        "may_set_papers": may(request.user, P.PAPER_LAYOUT, unit),
        "may_plan": may(request.user, P.MEETING_SCHEDULE, unit),
        "below": in_tree_order(Unit.objects.visible_to(request.user).active().filter(parent=unit)),
    }
    return render_page(request, "branches/detail.html", context)


@signed_in(reason="Sends each administrator to the own pages; others get 404.")
@require_GET
def admin(request: Request) -> HttpResponse:
    """管理: what this administrator can do."""
    office_held = request.user.office
    if not office_held:
        raise Http404
    if office_held == Office.AUDIT:
        return redirect("audit:list")
    context = notices(request) | told(timezone.now())
    if office_held == Office.SYSTEM:
        context |= {
            "waiting": User.objects.waiting().count(),
            "homeless": len(find_people(state="homeless")),
            "questions": Feedback.objects.waiting().count(),
        }
    return render_page(request, "branches/admin.html", context)


@office(P.UNIT_EDIT)
@require_GET
def unit_tree(request: Request) -> HttpResponse:
    """All units, in use or not."""
    return _tree_page(request)


def _tree_page(request: Request, *, refusal: str = "", status: int = 200) -> HttpResponse:
    units = in_tree_order(Unit.objects.annotate(people=_PEOPLE))
    context = {"units": units, "refusal": refusal}
    return render_page(request, "branches/unit_tree.html", context, status=status)


@office(P.UNIT_EDIT)
@require_http_methods(["GET", "POST"])
def unit_new(request: Request) -> HttpResponse:
    """Create a unit."""
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            unit = actions.create_unit(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"已新建{unit.name}。")
            return redirect("branches:unit_tree")
    status = 422 if form.errors else 200
    return render_page(request, "branches/unit_form.html", {"form": form}, status=status)


@requires(P.UNIT_EDIT, on=Unit)
@require_http_methods(["GET", "POST"])
def unit_edit(request: Request, unit: Unit) -> HttpResponse:
    """Change or move a unit."""
    form = UnitForm(request.POST or None, instance=Unit.objects.get(pk=unit.pk))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_unit(unit, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已保存。")
            return redirect("branches:unit_tree")
    context = {"form": form, "unit": unit, "advice": advice(unit, people_in(unit))}
    status = 200
    if form.errors:
        status = 409 if form.has_error("__all__", STALE) else 422
    return render_page(request, "branches/unit_form.html", context, status=status)


@requires(P.UNIT_EDIT, on=Unit)
@require_POST
def unit_active(request: Request, unit: Unit) -> HttpResponse:
    """Disable or enable a unit."""
    active = request.POST.get("active") == "1"
    try:
        actions.set_unit_active(unit, active=active, by=request.user)
    except Refused as refusal:
        return _tree_page(request, refusal=str(refusal), status=refusal.status)
    messages.success(request, f"已{'启用' if active else '停用'}{unit}。")
    return redirect("branches:unit_tree")
