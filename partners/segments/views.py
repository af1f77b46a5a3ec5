"""Desk pages of dynamic segments: the list, one segment, its editor with a preview."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.segments import services, words
from partners.segments.evaluator import evaluator
from partners.segments.forms import (
    ConditionForm,
    SegmentForm,
    condition_forms,
    edited,
    rows_of_rule,
    rows_posted,
    rule_of,
)
from partners.segments.listing import segment_listing, stay_listing
from partners.segments.models import DynamicSegment, SegmentStay
from partners.segments.rules import ALL, Rule
from partners.segments.selectors import counted, may_change
from prm.common import access
from prm.common.display import number
from prm.common.errors import DomainError, NotAllowed
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

FOLDER = "partners/segments"


@require_safe
def segment_list(request: HttpRequest) -> HttpResponseBase:
    """All segments: rule in words, members, who came and went."""
    actor = access.actor_of(request)
    rows = counted(access.scope(actor, DynamicSegment), actor, timezone.now())
    rows, listing = rows.select_related("owner"), segment_listing(actor)
    if wants_file(request):
        return file_of(request, rows, listing, "segments")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    context = {"page": page_of(request, rows, listing), "may_make": actor.has(*access.MANAGES)}
    return render(request, f"{FOLDER}/list.html", context)


@require_safe
def segment(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """One segment: the rule in words, who is in it now, who came and went and why."""
    actor, now = access.actor_of(request), timezone.now()
    row = access.get_or_404(actor, DynamicSegment, public_id, "owner")
    stays = access.scope(actor, SegmentStay).filter(segment=row).select_related("partner")
    listing = stay_listing(now)
    if wants_file(request):
        return file_of(request, stays, listing, "segment")
    if wants_counts(request):
        return counts_of(request, stays, listing)
    rule = row.parsed
    names = words.names_for([rule])
    context = {
        "segment": row,
        "joined": words.joined(rule),
        "lines": words.blocks(rule, names),
        "page": page_of(request, stays, listing),
        "numbers": counted(DynamicSegment.objects.filter(pk=row.pk), actor, now).get(),
        "may_change": may_change(actor, row),
        "sees_all": actor.has(*access.SEES_ALL_PARTNERS),
    }
    return render(request, f"{FOLDER}/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def segment_new(request: HttpRequest) -> HttpResponse:
    """Make a segment."""
    return _editor(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def segment_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a segment."""
    return _editor(request, _own(request, public_id))


def _own(request: HttpRequest, public_id: UUID) -> DynamicSegment:
    """A segment that this person may change. Raises NotAllowed, Http404."""
    actor = access.actor_of(request)
    row = access.get_or_404(actor, DynamicSegment, public_id)
    if not may_change(actor, row):
        raise NotAllowed(_("Only who made this segment, or who runs the programme, can change it."))
    return row


def _editor(request: HttpRequest, row: DynamicSegment | None) -> HttpResponse:
    """The editor. Any button but "save" only makes the page anew, with the rows as typed."""
    data = request.POST if request.method == "POST" else None
    do = data.get("do", "") if data is not None else ""
    form = SegmentForm.of(row, data)
    if data is None:
        rows = rows_of_rule(row.parsed if row else Rule())
    else:
        rows = edited(rows_posted(data), do)
    blocks = condition_forms(rows, is_bound=True)
    join = form.data.get("join", ALL) if data is not None else form.initial["join"]
    rule = rule_of(join, blocks)
    if do == "save":
        saved = _saved(request, row, form, blocks, rule)
        if saved is not None:
            return redirect(saved)
        return _page(request, row, form, blocks, rule)
    if data is not None:  # what is typed stays; it is judged when it is saved
        form = SegmentForm(initial={name: data.get(name, "") for name in SegmentForm.base_fields})
    return _page(request, row, form, condition_forms(rows, is_bound=False), rule)


def _saved(
    request: HttpRequest,
    row: DynamicSegment | None,
    form: SegmentForm,
    blocks: list[list[ConditionForm]],
    rule: Rule,
) -> DynamicSegment | None:
    """Save and work out the members; None with what is to be fixed in the forms."""
    wrong = [
        one for block in blocks for one in block if not (one.is_left_out or one.is_valid())
    ]  # judge every row
    if not form.is_valid() or wrong:
        return None
    by, now = access.actor_of(request).user, timezone.now()
    values = {**form.cleaned_data, "rule": rule}
    values.pop("join")
    try:
        if row is None:
            saved = services.create_segment(**values, by=by, now=now)
        else:
            edit = request.POST.get("edit", "")
            known = int(edit) if edit.isdecimal() and len(edit) < 9 else None
            saved = services.change_segment(row, edit=known, by=by, now=now, **values)
    except DomainError as refusal:
        field = getattr(refusal, "field", "")
        form.add_error(field if field in form.fields else None, refusal.message)
        return None
    evaluator().refresh(saved, now)
    messages.success(request, _("The segment is saved, and its members are worked out."))
    return saved


def _page(
    request: HttpRequest,
    row: DynamicSegment | None,
    form: SegmentForm,
    blocks: list[list[ConditionForm]],
    rule: Rule,
) -> HttpResponse:
    actor, now = access.actor_of(request), timezone.now()
    failed = bool(form.errors) or any(one.errors for block in blocks for one in block)
    names = words.names_for([rule])
    found = evaluator().preview(rule, actor, now)
    chosen = [one for block in blocks for one in block if not one.is_left_out]
    context = {
        "segment": row,
        "form": form,
        "blocks": blocks,
        "conditions": [one for block in blocks for one in block],
        "sizes": ",".join(str(len(block)) for block in blocks),
        "preview": found,
        "shown": [(one.partner, words.decided(one.values, names))
                  for one in found.first],
        "join": rule.join,
        "sentence": words.sentence(rule, names) if rule.blocks else "",
        "open": len(chosen) - len(list(rule.tests())),
        "sees_all": actor.has(*access.SEES_ALL_PARTNERS),
    }  # fmt: skip
    return render(request, f"{FOLDER}/edit.html", context, status=422 if failed else 200)


@require_POST
def evaluate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Work out the members now instead of tonight."""
    row = _own(request, public_id)
    found = evaluator().refresh(row, timezone.now())
    known = access.scope(access.actor_of(request), Partner)  # of others not even a number is told
    came, left = (known.filter(pk__in=some).count() for some in (found.came, found.left))
    if row.state == DynamicSegment.State.ARCHIVED:
        messages.info(request, _("An archived segment has no members. Bring it back first."))
    else:
        text = ngettext(
            "%(n)s partner came in, %(left)s left.",
            "%(n)s partners came in, %(left)s left.",
            came,
        )
        named = {"n": number(came), "left": number(left)}
        messages.success(request, text % named)
    return redirect(row)


@require_POST
def archive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Nobody is in it any more; who was stays on record."""
    row = _own(request, public_id)
    services.archive_segment(row, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("The segment is archived."))
    return redirect(row)


@require_POST
def restore(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """It is worked out again."""
    row, now = _own(request, public_id), timezone.now()
    row = services.restore_segment(row, by=access.actor_of(request).user, now=now)
    evaluator().refresh(row, now)
    messages.success(request, _("The segment is back, and its members are worked out."))
    return redirect(row)


@require_safe
def of_partner(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The segments that a partner is in, and those it was in."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    stays = access.scope(actor, SegmentStay).filter(partner=partner).select_related("segment")
    context = {
        "partner": partner,
        "stays": stays.filter(valid_to=None).order_by("segment__name"),
        "past": stays.exclude(valid_to=None).order_by("-left_at")[:5],
    }
    return render(request, f"{FOLDER}/of_partner.html", context)
