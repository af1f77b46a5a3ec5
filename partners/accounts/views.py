"""Desk pages about partners: the list, what is done to ticked ones, and one partner."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts import services
from partners.accounts.forms import ManagerForm, PartnerForm, ProfileForm, known_words
from partners.accounts.listing import partner_listing, under_contract, with_profile
from partners.accounts.models import Contract, Partner
from partners.accounts.selectors import CHOSEN, people_at
from partners.accounts.standing import standing_of
from prm.common import access, config
from prm.common.access import Actor
from prm.common.display import number
from prm.common.errors import Conflict, DomainError, InvalidInput, NotAllowed
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.lists import PAGE_SIZES
from prm.common.models import Task
from prm.common.segments import counts_of, wants_counts
from prm.common.worklist.selectors import DOES, awake, lines_of, pressing_first

PEOPLE, FAMILY, TASKS = 50, 50, 5  # on the page of one partner


@require_safe
def partner_list(request: HttpRequest) -> HttpResponseBase:
    """All partners that this person may know of."""
    actor, now = access.actor_of(request), timezone.now()
    partners = with_profile(access.scope(actor, Partner).filter(merged_into=None))
    program = config.program()
    listing = partner_listing(actor, program, now)
    if wants_file(request):
        return file_of(request, partners, listing, "partners")
    if wants_counts(request):
        return counts_of(request, partners, listing)
    today = program.local_date(now)
    context = {
        "page": page_of(request, partners, listing),
        "currency": program.currency,
        "today": today,
        "network": _network(access.scope(actor, Partner), today),
        "may_import": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, "partners/accounts/list.html", context)


def _network(partners: QuerySet[Partner], today: date) -> dict[str, int]:
    """Return how many partners this person knows of, in how many countries, under contract."""
    return partners.filter(merged_into=None, is_test=False).aggregate(
        partners=Count("pk"),
        countries=Count("country", distinct=True, filter=~Q(country="")),
        under_contract=Count("pk", filter=under_contract(today)),
    )


def _selected(request: HttpRequest) -> QuerySet[Partner]:
    """The partners whose boxes are ticked, of those that this person may know of."""
    ids = []
    for text in request.POST.getlist("sel")[: max(PAGE_SIZES)]:
        with suppress(ValueError):
            ids.append(UUID(text))
    known = access.scope(access.actor_of(request), Partner)
    return with_profile(known.filter(merged_into=None, public_id__in=ids))


@require_POST
def partner_export(request: HttpRequest) -> HttpResponseBase:
    """The ticked partners as a file, in the order and with the columns of the list."""
    actor = access.actor_of(request)
    listing = partner_listing(actor, config.program(), timezone.now())
    return file_of(request, _selected(request), listing, "partners")


@require_POST
def partner_manager(request: HttpRequest) -> HttpResponse:
    """Give the ticked partners to a partner manager: first the question, then the change."""
    actor, now = access.actor_of(request), timezone.now()
    partners = list(_selected(request).order_by("name"))
    if not partners:
        messages.error(request, _("Tick the partners first."))
        return redirect("partners:partner_list")
    is_answer = "valid_from" in request.POST
    first = {"valid_from": config.program().local_date(now)}
    form = ManagerForm(request.POST if is_answer else None, actor=actor, initial=first)
    if is_answer and form.is_valid() and _assigned(form, partners, actor, now):
        _tell(request, partners, str(form.cleaned_data["manager"]))
        return redirect("partners:partner_list")
    context = {"form": form, "partners": partners}
    status = 422 if is_answer else 200
    return render(request, "partners/accounts/manager.html", context, status=status)


def _tell(request: HttpRequest, partners: list[Partner], manager: str) -> None:
    words = ngettext(
        "%(n)s partner has a new manager: %(name)s.",
        "%(n)s partners have a new manager: %(name)s.",
        len(partners),
    )
    messages.success(request, words % {"n": number(len(partners)), "name": manager})


def _assigned(form: ManagerForm, partners: list[Partner], actor: Actor, now: datetime) -> bool:
    """Make the change; a refusal of the service stands above the form."""
    try:
        services.assign_manager(partners, by=actor.user, now=now, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


@require_safe
def partner_detail(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """One partner: what it is and was, its people, agreements; the rest loads beside."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    companies = Partner.objects.standing_for(partner)
    family = access.scope(actor, Partner).filter(Q(parent=partner) | Q(merged_into=partner))
    related = list(family.order_by("name")[: FAMILY + 1])
    people = people_at(actor, companies).order_by(
        "-is_active", F("last_login").desc(nulls_last=True)
    )
    context = {
        "partner": partner,
        "standing": standing_of(actor, partner),
        "people": people[:PEOPLE],
        "people_number": people_at(actor, companies).order_by().count(),
        "contracts": access.scope(actor, Contract)
        .filter(partner__in=companies)
        .order_by("-starts_on"),
        "below": [row for row in related if row.parent_id == partner.pk and not row.merged_into_id][
            :FAMILY
        ],
        "parent": _known(actor, partner.parent_id),
        "survivor": _known(actor, partner.merged_into_id),
        "stubs": [row for row in related if row.merged_into_id == partner.pk][:FAMILY],
        **_tasks(actor, companies),
        "may_change": actor.has(*access.MANAGES) and partner.merged_into_id is None,
        "may_merge": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, "partners/accounts/detail.html", context)


def _known(actor: Actor, key: int | None) -> Partner | None:
    """A partner that another one names (parent, survivor), if this person may know of it."""
    return access.scope(actor, Partner).filter(pk=key or 0).first()


def _tasks(actor: Actor, companies: QuerySet[Partner]) -> dict[str, object]:
    """The open tasks about these companies, of both sides, and the business day."""
    today = config.program().local_date(timezone.now())
    tasks = access.scope(actor, Task).filter(company__in=companies.values("public_id"))
    some = pressing_first(awake(tasks, today)).select_related("owner")[:TASKS]
    may_ask = actor.has(*DOES)
    return {"tasks": lines_of(some, actor, today), "today": today, "may_ask": may_ask}


@require_http_methods(["GET", "HEAD", "POST"])
def partner_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change what a partner company is itself."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id, "parent")
    form = PartnerForm(
        request.POST if request.method == "POST" else None, actor=actor, partner=partner
    )
    if request.method == "POST" and form.is_valid():
        changes = form.changes()

        def save() -> None:
            by, now = actor.user, timezone.now()
            services.change_partner(partner, by=by, now=now, **changes)

        if _saved(request, form, changes, save):
            return redirect(partner)
    return _form_page(request, "partners/accounts/edit.html", partner, form)


@require_http_methods(["GET", "HEAD", "POST"])
def partner_profile(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change tier, type, region, segment or manager from a day on."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    today = config.program().local_date(now)
    current = standing_of(actor, partner).current
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        actor=actor,
        current=current,
        valid_from=today,
    )
    if request.method == "POST" and form.is_valid():
        changes = form.changes()
        day = changes.pop("valid_from")

        def save() -> None:
            services.change_profile(partner, valid_from=day, by=actor.user, now=now, **changes)

        if _saved(request, form, changes, save):
            return redirect(partner)
    more = {"known": known_words(actor)}
    return _form_page(request, "partners/accounts/profile.html", partner, form, **more)


def _saved(
    request: HttpRequest, form: Form, changes: Mapping[str, object], save: Callable[[], None]
) -> bool:
    """Save what differs, if anything; a refusal of the service becomes an error of its field."""
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return True
    try:
        save()
    except (InvalidInput, Conflict) as refusal:
        field = getattr(refusal, "field", "") or (
            "valid_from" if "valid_from" in form.fields else ""
        )
        form.add_error(field if field in form.fields else None, refusal.message)
        return False
    messages.success(request, _("Your changes are saved."))
    return True


def _form_page(
    request: HttpRequest, template: str, partner: Partner, form: Form, **more: object
) -> HttpResponse:
    """The page of a form; with errors it answers 422."""
    context = {"partner": partner, "form": form, **more}
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for another of one's own companies, in this session.

    No sign-in is recorded: signing in counted for all of them.
    """
    own = {str(row.public_id): row.pk for row in access.actor_of(request).companies}
    wanted = request.POST.get("company", "")
    if wanted not in own:
        raise NotAllowed(_("Choose one of your own companies."))
    request.session[CHOSEN] = own[wanted]
    return redirect("/portal/")
