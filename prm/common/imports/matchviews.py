"""The page on which the columns of a file are matched with fields, and the saved mappings."""

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prm.common import access
from prm.common.errors import InvalidInput
from prm.common.exports import file_of, wants_file
from prm.common.imports import drafts, resources
from prm.common.imports.listing import mapping_listing, with_use
from prm.common.imports.look import samples
from prm.common.imports.mapping import as_toml
from prm.common.imports.matchform import OWN_PARTS, MatchForm
from prm.common.imports.models import Import, ImportMapping
from prm.common.imports.preview import preview
from prm.common.imports.views import steps
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts


@require_http_methods(["GET", "HEAD", "POST"])
def import_match(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Match columns, see the first rows as they would be stored, save the choices, check."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id, "saved_mapping")
    if not run.can_match:
        return redirect("imports:import_detail", run.public_id)
    saved = _chosen(actor, run, request)
    base = saved.data if saved else run.mapping
    form = MatchForm(
        resources.get(run.resource), samples(run), base, request.POST or None,
        decided=() if saved else run.found.get("matched_values", ()),
    )  # fmt: skip
    do = request.POST.get("do", "")
    if do in {"check", "save"} and form.is_valid() and _done(request, run, form, do, saved):
        page = "imports:import_detail" if do == "check" else "imports:import_match"
        return redirect(page, run.public_id)
    context = _shown(run, form, saved) | {
        "mappings": access.scope(actor, ImportMapping).filter(resource=run.resource),
        "same": _same_file(actor, run),
    }
    return render(request, "imports/match.html", context, status=422 if form.errors else 200)


def _chosen(actor: access.Actor, run: Import, request: HttpRequest) -> ImportMapping | None:
    """The saved mapping that the address or the form names; else the one of the draft."""
    wanted = request.POST.get("base") or request.GET.get("mapping", "")
    try:
        public_id = UUID(wanted)
    except ValueError:
        return None
    mappings = access.scope(actor, ImportMapping)
    return mappings.filter(resource=run.resource, public_id=public_id).first()


def _done(
    request: HttpRequest, run: Import, form: MatchForm, do: str, saved: ImportMapping | None
) -> bool:
    """Keep the choices, then check the file or save them; a refusal becomes an error."""
    user, now = access.actor_of(request).user, timezone.now()
    mapping = form.mapping()
    if do == "check" and (missing := form.missing(mapping)):
        names = ", ".join(column.label for column in missing)
        form.add_error(None, _("Choose a column or a fixed value for: %s.") % names)
        return False
    try:
        if do == "save":
            name = form.cleaned_data["mapping_name"]
            saved = drafts.save_mapping(name, resource=run.resource, data=mapping, by=user, now=now)
            messages.success(request, _("The mapping %(name)s is saved.") % {"name": saved.name})
        used = saved or run.saved_mapping
        used = used if used and used.data == mapping else None
        shown = [one.column.name for one in form.value_sets]
        drafts.match_columns(run, mapping, by=user, now=now, saved=used, matched_values=shown)
        if do == "check":
            drafts.check_import(run, by=user, now=now)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    return True


def _shown(run: Import, form: MatchForm, saved: ImportMapping | None) -> dict[str, Any]:
    """What the page shows for the choices made so far."""
    mapping = form.proposed()
    if form.is_bound:
        mapping = form.mapping() if form.is_valid() else {}
    missing = form.missing(mapping) if mapping or not form.is_bound else []
    can_look = bool(mapping) and not missing
    return {
        "run": run,
        "form": form,
        "saved": saved,
        "resource": form.resource,
        "steps": steps(1),
        "missing": missing,
        "preview": preview(run, mapping, timezone.now()) if can_look else None,
        "words": _other_words(form),
        "more_parts": [key for key in form.base if key not in (*OWN_PARTS, "values")],
    }


def _other_words(form: MatchForm) -> list[tuple[str, dict[str, str]]]:
    """What the mapping says of values that the table does not show."""
    shown = {(one.column.name, row.text) for one in form.value_sets for row in one.rows}
    found = [
        (name, {theirs: ours for theirs, ours in pairs.items() if (name, theirs) not in shown})
        for name, pairs in form.base.get("values", {}).items()
    ]
    return [(resources.label_of(name), pairs) for name, pairs in found if pairs]


def _same_file(actor: access.Actor, run: Import) -> Import | None:
    """An earlier import that stored the very same file."""
    runs = access.scope(actor, Import).exclude(pk=run.pk)
    same = {"file_hash": run.file_hash, "resource": run.resource, "source": run.source}
    return runs.filter(state=Import.State.DONE, dry_run=False, **same).first()


@require_safe
def import_mapping(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The mapping of an import as a file for the command line."""
    run = access.get_or_404(access.actor_of(request), Import, public_id)
    return _toml(run.mapping, run.resource)


@require_safe
def mapping_list(request: HttpRequest) -> HttpResponseBase:
    """The saved mappings."""
    actor = access.actor_of(request)
    mappings, listing = with_use(access.scope(actor, ImportMapping)), mapping_listing(actor)
    if wants_file(request):
        return file_of(request, mappings, listing, "mappings")
    if wants_counts(request):
        return counts_of(request, mappings, listing)
    return render(request, "imports/mappings.html", {"page": page_of(request, mappings, listing)})


@require_safe
def mapping_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A saved mapping as a file for the command line."""
    mapping = access.get_or_404(access.actor_of(request), ImportMapping, public_id)
    return _toml(mapping.data, mapping.name)


def _toml(data: dict[str, Any], name: str) -> HttpResponse:
    plain = re.sub(r"[^\w-]+", "-", name, flags=re.ASCII).strip("-") or "mapping"
    return HttpResponse(
        as_toml(data),
        content_type="application/toml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{plain}.toml"'},
    )


@require_POST
def mapping_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget a saved mapping."""
    actor = access.actor_of(request)
    mapping = access.get_or_404(actor, ImportMapping, public_id)
    drafts.delete_mapping(mapping, by=actor.user, now=timezone.now())
    messages.success(request, _("The mapping %(name)s is deleted.") % {"name": mapping.name})
    return redirect("imports:mapping_list")
