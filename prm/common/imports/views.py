"""Pages about imports: the list with the upload, one run with its progress and problems."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from prm.common import access
from prm.common.errors import InvalidInput
from prm.common.imports import resources, services, undo
from prm.common.imports.forms import ImportForm
from prm.common.imports.models import Import, ImportProblem
from prm.common.lists import Column, Filter, Listing, at, csv_of, page_of, wants_csv

SHOWN_PROBLEMS = 50
RUNNING = (Import.State.WAITING, Import.State.RUNNING)


def import_listing() -> Listing[Import]:
    """Return the list of runs, newest first."""
    return Listing(
        columns=(
            Column("file", gettext_lazy("File"), at("file_name"), "file_name"),
            Column("resource", gettext_lazy("Holds"), at("resource"), "resource"),
            Column("source", gettext_lazy("From"), at("source"), "source", hide_small=True),
            Column("state", gettext_lazy("Status"), at("state"), "state"),
            Column("created", gettext_lazy("New"), at("created"), "created", is_number=True),
            Column("updated", gettext_lazy("Changed"), at("updated"), "updated", is_number=True),
            Column("rejected", gettext_lazy("Refused"), at("rejected"), "rejected", is_number=True),
            Column("by", gettext_lazy("Started by"), at("by"), hide_small=True),
            Column("started", gettext_lazy("Started"), at("started_at"), "started_at"),
        ),
        filters=(
            Filter(
                "state",
                gettext_lazy("Status"),
                [("", gettext_lazy("All")), *Import.State.choices],
                lambda rows, value: rows.filter(state=value),
            ),
        ),
        search=lambda rows, text: rows.filter(file_name__icontains=text),
        default_sort="-started",
    )


@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest) -> HttpResponseBase:
    """All runs, and the form that starts one."""
    runs = access.scope(access.actor_of(request), Import).select_related("by")
    if wants_csv(request):
        return csv_of(request, runs, import_listing(), "imports")
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and (run := _started(request, form)):
        return redirect("imports:import_detail", run.public_id)
    context = {"page": page_of(request, runs, import_listing()), "form": form}
    return render(request, "imports/list.html", context, status=422 if form.errors else 200)


def _started(request: HttpRequest, form: ImportForm) -> Import | None:
    """Start the import; a refusal of the service becomes an error of its field."""
    if not form.is_valid():
        return None
    user = access.actor_of(request).user
    try:
        return services.start_import(by=user, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None


@require_GET
def import_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One run: how far it is, what it did, which rows it refused, how to take it back."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id, "by")
    problems = access.scope(actor, ImportProblem).filter(run=run)
    context = {
        "run": run,
        "resource": resources.get(run.resource),
        "problems": problems[:SHOWN_PROBLEMS],
        "is_running": run.state in RUNNING,
        "can_undo": undo.is_possible(run, timezone.now()),
        "undo_until": run.finished_at + undo.KEPT_FOR if run.finished_at else None,
    }
    return render(request, "imports/detail.html", context)


@require_GET
def import_errors(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused rows as a file, with line, column and reason, ready to be corrected."""
    run = access.get_or_404(access.actor_of(request), Import, public_id)
    path = services.error_path(run)
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"refused-{path.name}")


@require_POST
def import_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a run back."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    services.undo_import(run, by=actor.user, now=timezone.now())
    messages.success(request, _("The import is taken back: its rows are as they were before."))
    return redirect("imports:import_detail", run.public_id)
