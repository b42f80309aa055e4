"""Resets of passwords and second factors: by one 安全管理员, for administrators by two people."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import office, requires
from studyapp.access.permissions import P
from studyapp.accounts import again, resets
from studyapp.accounts.models import Reset, User
from studyapp.branches.views.people import asks_password, person_page
from studyapp.branches.views.slips import slips_page
from studyapp.errors import Refused
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_NAMES = {Reset.What.PASSWORD: "发放一次性密码", Reset.What.FACTOR: "取消两步验证"}
_ASKED = "已申请，24小时内有效。请另一位安全管理员或系统管理员在“管理”里确认。"


def _begin(request: Request, pk: int, what: Reset.What) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    if sentence := asks_password(request, _NAMES[what], user):
        return person_page(request, user, refusal=sentence, status=422)
    try:
        password = resets.begin(user, what, by=request.user, at=timezone.now())
    except Refused as refusal:
        fresh = User.objects.get(pk=pk)
        return person_page(request, fresh, refusal=str(refusal), status=refusal.status)
    if password:
        return slips_page(request, [(user, password)])
    messages.success(request, _ASKED if password is None else "两步验证已取消。")
    return redirect("branches:person_roles", pk)


@office(P.UNLOCK)
@sensitive_post_parameters("password")
@require_POST
def person_reset(request: Request, pk: int) -> HttpResponse:
    """Give a new one-time password, shown once; for an administrator ask for it."""
    return _begin(request, pk, Reset.What.PASSWORD)


@office(P.UNLOCK)
@sensitive_post_parameters("password")
@require_POST
def person_second(request: Request, pk: int) -> HttpResponse:
    """Switch off the second factor of somebody who lost telephone and recovery codes."""
    return _begin(request, pk, Reset.What.FACTOR)


@requires(P.RESET_CONFIRM, on=Reset, joined=("user", "asked_by", "ended_by"))
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def reset(request: Request, reset: Reset) -> HttpResponse:
    """What is asked for; a second person confirms it, and is shown the one-time password once."""
    if request.method != "POST":
        return _page(request, reset)
    if sentence := asks_password(request, "确认重置", reset.user):
        return _page(request, reset, refusal=sentence, status=422)
    try:
        password = resets.confirm(reset, by=request.user, at=timezone.now())
    except Refused as refusal:
        fresh = Reset.objects.select_related("user", "asked_by", "ended_by").get(pk=reset.pk)
        return _page(request, fresh, refusal=str(refusal), status=refusal.status)
    if password:
        return slips_page(request, [(reset.user, password)])
    messages.success(request, f"{reset.user.name}的两步验证已取消，此人的登录已退出。")
    return redirect("branches:admin")


@requires(P.RESET_CONFIRM, on=Reset)
@require_POST
def reset_drop(request: Request, reset: Reset) -> HttpResponse:
    """Take a request back, or turn it down."""
    resets.drop(reset, by=request.user, at=timezone.now())
    messages.success(request, "申请已作废，什么也没有改。")
    return redirect("branches:admin")


def _page(request: Request, reset: Reset, *, refusal: str = "", status: int = 200) -> HttpResponse:
    mine = reset.asked_by_id == request.user.pk
    context = {
        "reset": reset,
        "open": reset.state == Reset.State.WAITING and timezone.now() < reset.until,
        "mine": mine,
        "confirms": not mine and reset.user_id != request.user.pk,
        "asks_password": not again.is_fresh(request),
        "refusal": refusal,
    }
    return render_page(request, "branches/reset.html", context, status=status)
