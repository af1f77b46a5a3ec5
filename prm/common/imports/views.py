"""Pages about imports: the list, the upload, one run with its progress, problems and undo."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_stubs_ext import StrOrPromise

from prm.common import access
from prm.common.errors import InvalidInput
from prm.common.exports import csv_response, file_of, wants_file
from prm.common.imports import drafts, fixing, resources, services
from prm.common.imports.forms import UploadForm
from prm.common.imports.listing import import_listing, problem_listing, told, undo_until
from prm.common.imports.models import Import, ImportMapping, ImportProblem
from prm.common.imports.pace import pace_of
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

SHOWN_PROBLEMS = 50
STEPS: tuple[StrOrPromise, ...] = (
    gettext_lazy("Upload"),
    gettext_lazy("Match columns"),
    gettext_lazy("Check"),
    gettext_lazy("Import"),
    gettext_lazy("Review"),
)


@require_safe
def import_list(request: HttpRequest) -> HttpResponseBase:
    """All runs, the newest first."""
    actor = access.actor_of(request)
    runs = access.scope(actor, Import).select_related("by")
    listing = import_listing(actor, timezone.now())
    if wants_file(request):
        return file_of(request, runs, listing, "imports")
    if wants_counts(request):
        return counts_of(request, runs, listing)
    return render(request, "imports/list.html", {"page": page_of(request, runs, listing)})


@require_safe
def import_problems(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What one run refused and nobody has brought since, to be filtered and taken along."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    problems = fixing.open_problems(actor, run)
    columns = list(problems.order_by("column").values_list("column", flat=True).distinct())
    listing = problem_listing(run, columns)
    if wants_file(request):
        return file_of(request, problems, listing, "problems")
    page = page_of(request, problems, listing)
    context = {"run": run, "page": page, "can_fix": _can_fix(run, page.rows)}
    return render(request, "imports/problems.html", context)


def _can_fix(run: Import, problems: list[ImportProblem]) -> bool:
    return fixing.can_fix(run) and any(problem.values for problem in problems)


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose what to import and upload the file."""
    actor = access.actor_of(request)
    last = access.scope(actor, Import).values_list("source", flat=True).first()
    mappings = access.scope(actor, ImportMapping)
    initial = {"source": last or "", "resource": request.GET.get("resource", "")}
    form = UploadForm(mappings, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and (run := _prepared(request, form)):
        return redirect("imports:import_match", run.public_id)
    kinds = [
        (choice, resources.words_of(one.name).about, one.name)
        for choice, one in zip(form["resource"], resources.ordered(), strict=True)
    ]
    context = {"form": form, "kinds": kinds, "steps": steps(0)}
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


def _prepared(request: HttpRequest, form: UploadForm) -> Import | None:
    """Keep the file; a refusal of the service becomes an error of its field."""
    if not form.is_valid():
        return None
    user = access.actor_of(request).user
    try:
        return drafts.prepare_import(by=user, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None


@require_safe
def import_template(request: HttpRequest, resource: str) -> HttpResponseBase:
    """An empty file with the columns of a resource, to be filled in."""
    known = {one.name: one for one in resources.ordered()}
    if resource not in known:
        raise Http404
    names = [column.name for column in known[resource].columns]
    return csv_response(names, iter(()), resource)


def steps(current: int, *, is_done: bool = False) -> list[tuple[StrOrPromise, str]]:
    """The steps of an import, each "done", "current" or still to come."""
    states = ["done"] * (current + is_done) + ["" if is_done else "current"] + [""] * len(STEPS)
    return list(zip(STEPS, states, strict=False))


def _steps_of(run: Import) -> list[tuple[StrOrPromise, str]]:
    if run.is_working:
        return steps(2 if run.dry_run else 3)
    if run.is_checked:
        return steps(3)
    if run.state in (Import.State.FAILED, Import.State.STOPPED):
        return steps(2 if run.dry_run else 3)
    return steps(4)


@require_safe
def import_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One run: how far it is, what it did, which rows it refused, how to take it back."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id, "by", "saved_mapping", "fixes")
    if run.state == Import.State.DRAFT:
        return redirect("imports:import_match", run.public_id)
    resource = resources.get(run.resource)
    context = {
        "run": run,
        "resource": resource,
        "steps": _steps_of(run),
        "pace": pace_of(run, timezone.now()),
        "undo_until": undo_until(run, timezone.now()),
        **({} if run.is_working else _refused(actor, run)),
    }
    return render(request, "imports/detail.html", context)


def _refused(actor: access.Actor, run: Import) -> dict[str, Any]:
    """The refused rows that are still open, with what was perhaps meant; who corrected others."""
    still = fixing.open_problems(actor, run)
    shown = told(run, list(still[:SHOWN_PROBLEMS]))
    later = access.scope(actor, Import).filter(fixes=run).exclude(state__in=fixing.GIVEN_UP)
    return {
        "problems": shown,
        "open_rows": still.values("line").distinct().count() if shown else 0,
        "can_fix": _can_fix(run, shown),
        "all_problems": access.scope(actor, ImportProblem).filter(run=run).exists(),
        "later": list(later.order_by("started_at")),
    }


@require_safe
def import_errors(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused rows as a file, with line, column and reason, ready to be corrected."""
    run = access.get_or_404(access.actor_of(request), Import, public_id)
    path = services.error_path(run)
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"refused-{path.name}")


@require_POST
def import_begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Import the file that was checked."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    strict = "all_or_nothing" in request.POST
    drafts.begin_import(run, by=actor.user, now=timezone.now(), all_or_nothing=strict)
    return redirect("imports:import_detail", run.public_id)


@require_POST
def import_stop(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop a run; nothing of it is stored."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    drafts.stop_import(run, by=actor.user, now=timezone.now())
    return redirect("imports:import_detail", run.public_id)


@require_POST
def import_discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Throw away a file that was not imported."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    drafts.discard_import(run, by=actor.user, now=timezone.now())
    messages.success(request, _("The file %(name)s is thrown away.") % {"name": run.file_name})
    return redirect("imports:import_list")


@require_POST
def import_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a run back."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    services.undo_import(run, by=actor.user, now=timezone.now())
    messages.success(request, _("The import is taken back: its rows are as they were before."))
    return redirect("imports:import_detail", run.public_id)
