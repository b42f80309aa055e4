"""后台任务: one's own long work, how far it is, its file."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from studyapp.access.decorators import requires, signed_in
from studyapp.access.permissions import P
from studyapp.accounts import again as password
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.jobs import actions, registry
from studyapp.jobs.models import Job, JobState
from studyapp.jobs.queries import ahead_of
from studyapp.jobs.runner import look_after
from studyapp.web.requests import Request
from studyapp.web.shortcuts import download, render_page

_PAGE = 20


@signed_in(reason="Lists only the person's own jobs.", offices=False)
@require_GET
def job_list(request: Request) -> HttpResponse:
    """What I asked for, newest first."""
    jobs = Job.objects.visible_to(request.user)
    page = Paginator(jobs, _PAGE).get_page(request.GET.get("page"))
    return render_page(request, "jobs/list.html", {"page": page})


@requires(P.JOB_OWN, on=Job)
@require_GET
def detail(request: Request, job: Job) -> HttpResponse:
    """One job."""
    return _show(request, job)


@requires(P.JOB_OWN, on=Job)
@require_GET
def progress(request: Request, job: Job) -> HttpResponse:
    """The part of the page that an open one fetches again; by hand it is the whole page."""
    return _show(request, job)


def _show(request: Request, job: Job) -> HttpResponse:
    if job.is_open:
        look_after(timezone.now())
    context = {
        "job": job,
        "ahead": ahead_of(job) if job.state == JobState.WAITING else 0,
        "is_lost": job.is_lost(timezone.now()),
    }
    return render_page(request, "jobs/detail.html", context, partials=("job",))


@requires(P.JOB_OWN, on=Job)
@require_POST
def cancel(request: Request, job: Job) -> HttpResponse:
    """Stop it."""
    try:
        actions.cancel(job, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("jobs:detail", job.pk)


@requires(P.JOB_OWN, on=Job)
@require_POST
def again(request: Request, job: Job) -> HttpResponse:
    """Do the same once more."""
    if _needs_password(request, job):
        return password.ask(reverse("jobs:detail", args=[job.pk]))
    new = actions.again(job, by=request.user, at=timezone.now())
    look_after(timezone.now())
    return redirect("jobs:detail", new.pk)


@requires(P.JOB_OWN, on=Job)
@require_GET
def file(request: Request, job: Job) -> HttpResponseBase:
    """The file, to whom it may still be given."""
    if not job.file or (job.expires_at and job.expires_at <= timezone.now()):
        raise Stale("文件只留一周，已经清除。回到任务页，再做一次。")
    if registry.allowed(job.kind, request.user, job.params) is None:
        raise Refused("现在没有权限看这些内容，文件不能下载。")
    if _needs_password(request, job):
        return password.ask(reverse("jobs:detail", args=[job.pk]))
    try:
        content = job.file.open("rb")
    except FileNotFoundError as error:
        raise Stale("文件不在服务器上了。回到任务页，再做一次。") from error
    record(
        "下载后台任务的文件",
        operation=Operation.READ,
        by=request.user,
        target=job.title,
        job=job.pk,
        file=job.file_name,
        sha256=job.sha256,
    )
    return download(content, job.file_name)


def _needs_password(request: Request, job: Job) -> bool:
    """Tell whether it holds papers of other branches and the password was not typed just now."""
    kind = registry.find(job.kind)
    return (
        kind is not None
        and kind.outside(request.user, job.params)
        and not password.is_fresh(request)
    )
