"""What monitoring asks, and the status page of the system administrator."""

from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import office, public
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.upkeep import making, queries
from studyapp.web import storage
from studyapp.web.management.commands.prepare import migrations_are_due
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@public(reason="Monitoring asks whether the service is up; says nothing else.")
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer ok when a change could be stored and logged, and the audit triggers stand."""
    ok = queries.healthy()
    return JsonResponse({"ok": ok}, status=200 if ok else 503)


@public(reason="A front server asks whether to send people here; says nothing else.")
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer ready when the database answers and has the tables that this program works with."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ready = _tables_fit()
    except Exception:  # noqa: BLE001  # whatever is wrong, the answer is "not ready"
        storage.reconnect()
        ready = False
    return JsonResponse({"ready": ready}, status=200 if ready else 503)


@lru_cache(maxsize=1)
def _tables_fit() -> bool:
    """Look once per process; what raises is looked at again."""
    if migrations_are_due():
        raise Refused("数据库结构还不是最新的，先执行 manage.py prepare。")
    return True


@office(P.STATUS_READ)
@require_GET
def status(request: Request) -> HttpResponse:
    """运行状态: whether all is well, room, backup, ends of the chains, jobs, slow pages."""
    now = timezone.now()
    last = making.last()
    context = {
        "healthy": queries.healthy(),
        "store": queries.store(),
        "last": last,
        "overdue": queries.is_overdue(last, now),
        "chains": queries.chains(),
        "jobs": queries.jobs(now),
        "scanner": queries.scanner(),
        "versions": queries.versions(),
        "slow": queries.slow_pages(now),
        "slow_seconds": settings.SLOW_SECONDS,
    }
    return render_page(request, "upkeep/status.html", context)
