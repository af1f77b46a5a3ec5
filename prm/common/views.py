"""Health for machines, and the place where browsers report CSP violations."""

import logging

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from prm.common.models import Job, OutboxMail

log = logging.getLogger(__name__)
LONGEST_REPORT, MOST_REPORTS = 2_000, 60  # bytes of one; in the log within a minute


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The database answers and has the tables of this code; 503 otherwise."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"ready": False, "why": "The database does not answer."}, status=503)
    if missing:
        return JsonResponse({"ready": False, "why": "Run manage.py migrate."}, status=503)
    return JsonResponse({"ready": True})


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """Queue depths in the text format of Prometheus."""
    waiting = Job.objects.filter(state=Job.State.WAITING).count()
    dead = Job.objects.filter(state=Job.State.DEAD).count()
    mail = OutboxMail.objects.filter(sent_at=None).count()
    lines = [f"prm_jobs_waiting {waiting}", f"prm_jobs_dead {dead}", f"prm_mail_unsent {mail}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser blocked something: a line in the log, so that nobody overlooks it."""
    text = request.read(LONGEST_REPORT).decode("utf-8", "replace")
    if cache.add("csp.reports", 0, timeout=60) or cache.incr("csp.reports") <= MOST_REPORTS:
        # anybody may send one: no line breaks and no control characters into the log
        log.error("CSP report: %s", "".join(sign if sign.isprintable() else "?" for sign in text))
    return HttpResponse(status=204)
