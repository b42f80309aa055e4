"""The own page, password, text size and feedback."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import office, requires, signed_in
from studyapp.access.permissions import P
from studyapp.accounts import actions, resets, sign_ins
from studyapp.accounts.again import remember as remember_password
from studyapp.accounts.again import what_is_wrong
from studyapp.accounts.forms import (
    AgainForm,
    AnswerForm,
    FeedbackForm,
    PasswordForm,
)
from studyapp.accounts.middleware import AGED, must_change_password
from studyapp.accounts.models import Feedback, SignIn
from studyapp.accounts.notices import last_sign_in
from studyapp.accounts.passwords import rules
from studyapp.errors import Refused, Stale
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next

_PAGE = 50


@signed_in(reason="Own page: shows only what is the person's own.")
@require_GET
def me(request: Request) -> HttpResponse:
    """The own page."""
    memberships = request.user.memberships.filter(ended_on__isnull=True)
    now = timezone.now()
    context = {
        "memberships": memberships.select_related("unit"),
        "sign_ins": SignIn.objects.running(now).filter(user=request.user),
        "here": request.session.session_key,
        "last": last_sign_in(request),
        "resets": resets.lately(request.user, at=now),
        "feedback": Feedback.objects.filter(author=request.user),
    }
    return render_page(request, "accounts/me.html", context)


@signed_in(reason="Ends an own sign-in.")
@require_POST
def end_sign_in(request: Request, pk: int) -> HttpResponse:
    """End one of the own sign-ins elsewhere."""
    now = timezone.now()
    own = SignIn.objects.running(now).filter(user=request.user)
    found = own.exclude(session_key=request.session.session_key).filter(pk=pk).first()
    if found is None:
        raise Refused("这个登录已经退出了。回到“我的”看现在的情况。")
    sign_ins.end(found, by=request.user, at=now)
    messages.success(request, "那台设备上的登录已退出。")
    return redirect("accounts:me")


@signed_in(reason="Ends own sign-ins.")
@require_POST
def end_other_sign_ins(request: Request) -> HttpResponse:
    """End all own sign-ins but this one."""
    key = str(request.session.session_key)
    count = sign_ins.end_others(request.user, but=key, at=timezone.now())
    messages.success(request, f"其他设备上的{count}处登录已退出。")
    return redirect("accounts:me")


@signed_in(reason="Changes the own password.")
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Change the own password."""
    user = request.user
    form = PasswordForm(
        request.POST or None,
        user=user,
        what_is_wrong=lambda typed: what_is_wrong(request, typed, name="修改本人密码"),
    )
    if request.method == "POST" and form.is_valid():
        before = str(request.session.session_key)
        with transaction.atomic():
            actions.change_password(user, new=form.cleaned_data["new"], at=timezone.now())
            update_session_auth_hash(request, user)
            sign_ins.move(before, str(request.session.session_key))
        request.session.pop(AGED, None)
        messages.success(request, "密码已改。其他设备上的登录已退出。")
        return redirect(safe_next(request, "/"))
    context = {
        "form": form,
        "rules": rules(user),
        "next": safe_next(request, "/"),
        "aged": request.session.get(AGED),
        "forced": must_change_password(request),
    }
    status = 422 if form.errors else 200
    return render_page(request, "accounts/password.html", context, status=status)


@signed_in(reason="Checks the own password.")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def again(request: Request) -> HttpResponse:
    """Ask for the password again and go back to where it was wanted."""
    form = AgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wrong = what_is_wrong(request, form.cleaned_data["password"], name="核对密码")
        if not wrong:
            remember_password(request)
            messages.success(request, "密码对了，10分钟内不再问。接着点刚才的按钮。")
            return redirect(safe_next(request, "/"))
        form.add_error("password", wrong)
    context = {"form": form, "next": safe_next(request, "/")}
    status = 422 if form.errors else 200
    return render_page(request, "accounts/again.html", context, status=status)


@signed_in(reason="Changes the own text size.")
@require_POST
def text_size(request: Request) -> HttpResponse:
    """Store the own text size and go back."""
    size = request.POST.get("size", "")
    if size in {"md", "lg", "xl"}:
        request.user.text_size = size
        request.user.save(update_fields=["text_size"])
    return redirect(safe_next(request, "/"))


@signed_in(reason="Everybody can write to the administration.")
@require_http_methods(["GET", "POST"])
def feedback(request: Request) -> HttpResponse:
    """Write a wish or complaint about the page one came from."""
    form = FeedbackForm(request.POST or None, initial={"page": request.GET.get("page", "")[:300]})
    if request.method == "POST" and form.is_valid():
        actions.send_feedback(by=request.user, **form.cleaned_data)
        messages.success(request, "意见已收到。答复会显示在“我的”页面。")
        return redirect("accounts:me")
    status = 422 if form.errors else 200
    return render_page(request, "accounts/feedback.html", {"form": form}, status=status)


@office(P.FEEDBACK_ANSWER)
@require_GET
def feedback_list(request: Request) -> HttpResponse:
    """Feedback, newest first; what waits for an answer, or all."""
    waiting = request.GET.get("show") != "all"
    entries = Feedback.objects.select_related("author", "answered_by")
    found = entries.waiting() if waiting else entries
    context = {
        "page": Paginator(found, _PAGE).get_page(request.GET.get("page")),
        "waiting": waiting,
        "any": entries.exists(),
    }
    return render_page(request, "accounts/feedback_list.html", context)


@requires(P.FEEDBACK_ANSWER, on=Feedback)
@require_http_methods(["GET", "POST"])
def answer(request: Request, feedback: Feedback) -> HttpResponse:
    """Answer one entry."""
    form = AnswerForm(request.POST or None, instance=Feedback.objects.get(pk=feedback.pk))
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.answer_feedback(
                feedback,
                answer=given["answer"],
                earlier=given["earlier"],
                by=request.user,
                at=timezone.now(),
            )
        except Stale as stale:
            now = Feedback.objects.get(pk=feedback.pk)
            seen = {"answer": given["answer"], "earlier": str(now.answered_at)}
            form = AnswerForm(seen, instance=now)
            form.add_error("answer", str(stale))
            status = stale.status
        else:
            messages.success(request, "答复已保存，提意见的人会在“我的”看到。")
            return redirect("accounts:feedback_list")
    elif form.errors:
        status = 422
    context = {"form": form, "entry": feedback}
    return render_page(request, "accounts/answer.html", context, status=status)
