"""Sign-in, the own page, password, text size and feedback."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import office, public, requires, signed_in
from studyapp.access.permissions import P
from studyapp.accounts import actions
from studyapp.accounts.forms import AnswerForm, FeedbackForm, PasswordForm, SignInForm
from studyapp.accounts.models import Feedback
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next

WRONG = "登录名或密码不对。连续输错 5 次将锁定 15 分钟；忘了密码，找单位的管理员重置。"


def _sign_in_page(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
    context = {"form": form, "next": safe_next(request, "/")}
    return render(request, "accounts/sign_in.html", context, status=status)


@public(reason="Strangers sign in here.")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password; unknown, wrong, locked and disabled look the same."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(safe_next(request, "/"))
        return _sign_in_page(request, SignInForm(), 200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, 422)
    name = form.cleaned_data["username"]
    user: Any = authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        record("登录", operation=Operation.SIGN_IN, succeeded=False, target=name[:50])
        form.add_error(None, WRONG)
        return _sign_in_page(request, form, 422)
    login(request, user)
    record("登录", operation=Operation.SIGN_IN, by=user, target=user.username)
    return redirect(safe_next(request, "/"))


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """Answer a locked account with the same words and status as a wrong password."""
    form = SignInForm(request.POST)
    form.is_valid()
    if not form.non_field_errors():
        form.add_error(None, WRONG)
    return _sign_in_page(request, form, 422)


@signed_in(reason="Ends the own sign-in.")
@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End this sign-in."""
    record("退出", operation=Operation.SIGN_OUT, by=request.user, target=request.user.username)
    logout(request)
    return redirect("accounts:sign_in")


@signed_in(reason="Own page: shows only what is the person's own.")
@require_GET
def me(request: Request) -> HttpResponse:
    """The own page."""
    memberships = request.user.memberships.filter(ended_on__isnull=True)
    context = {
        "memberships": memberships.select_related("unit"),
        "feedback": Feedback.objects.filter(author=request.user)[:20],
    }
    return render_page(request, "accounts/me.html", context)


@signed_in(reason="Changes the own password.")
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Change the own password."""
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        actions.change_password(request.user, new=form.cleaned_data["new"], at=timezone.now())
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已改。其他设备上的登录已退出。")
        return redirect("dashboards:today")
    status = 422 if form.errors else 200
    return render_page(request, "accounts/password.html", {"form": form}, status=status)


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
    """All feedback, newest first."""
    entries = Feedback.objects.select_related("author", "answered_by")[:200]
    return render_page(request, "accounts/feedback_list.html", {"entries": entries})


@requires(P.FEEDBACK_ANSWER, on=Feedback)
@require_http_methods(["GET", "POST"])
def answer(request: Request, feedback: Feedback) -> HttpResponse:
    """Answer one entry."""
    form = AnswerForm(request.POST or None, instance=feedback)
    if request.method == "POST" and form.is_valid():
        actions.answer_feedback(
            feedback, answer=form.cleaned_data["answer"], by=request.user, at=timezone.now()
        )
        return redirect("accounts:feedback_list")
    context = {"form": form, "entry": feedback}
    return render_page(request, "accounts/answer.html", context, status=422 if form.errors else 200)
