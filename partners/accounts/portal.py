"""Portal pages about the own company: its people, and what the vendor holds about it."""

from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_safe

from partners.accounts.models import Contract, Membership, Partner
from partners.accounts.selectors import people_at
from partners.accounts.standing import standing_of
from prm.common import access
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, at
from prm.common.listwords import Words

# The few people of one company: nothing to save as a view.
PEOPLE: Listing[Membership] = Listing(
    columns=(
        Column("name", _("Name"), at("user"), "user__name", is_fixed=True),
        Column("email", _("E-mail"), at("user.email"), "user__email", is_usual=False,
               beside="name"),
        Column("roles", _("Roles"), at("role_names")),
        Column("login", _("Last sign-in"), at("last_login"), "last_login"),
        Column("added", _("Added"), at("created_at"), "created_at", is_usual=False),
    ),
    words=Words(
        name=_("Colleagues"),
        counted=ngettext_lazy("%(shown)s person", "%(shown)s people", "n"),
        search=_("Name or e-mail"),
        no_match=_("No people match"),
        none=_("Nobody yet"),
        none_text=_("Nobody of this company is known here yet."),
    ),
    filters=(
        Filter(
            "role",
            _("Role"),
            [("", _("All")), *Membership.Role.choices],
            lambda rows, value: rows.filter(roles__contains=[value]),
        ),
    ),
    search=lambda rows, text: rows.filter(
        Q(user__name__icontains=text) | Q(user__email__icontains=text)
    ),
    default_sort="name",
    can_choose=True,
)  # fmt: skip


@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    """Oneself and the colleagues: role and last sign-in."""
    actor = access.actor_of(request)
    rows = people_at(actor, access.scope(actor, Partner))
    rows = rows.filter(is_active=True)
    if wants_file(request):
        return file_of(request, rows, PEOPLE, "people")
    context = {
        "page": page_of(request, rows, PEOPLE),
        "own": rows.filter(user=actor.user).order_by("pk").first(),
        "may_admit": actor.has("partner:admin"),
    }
    return render(request, "partners/portal/people.html", context)


@require_safe
def company(request: HttpRequest) -> HttpResponse:
    """What the vendor holds about the own company, and who looks after it there."""
    actor = access.actor_of(request)
    partner = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if partner is None:
        raise Http404
    contracts = access.scope(actor, Contract).filter(partner=partner)
    context = {
        "partner": partner,
        "may_describe": actor.has("partner:admin"),
        "standing": standing_of(actor, partner),
        "contracts": contracts.order_by(F("ends_on").desc(nulls_first=True), "-starts_on"),
    }
    return render(request, "partners/portal/company.html", context)
