"""The lists of the recruiting desk: applications, invitations, requests for access."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application, ApplicationForm, ApplicationInvitation
from prm.common import access
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words

LIST, INVITATION_LIST, ACCESS_LIST = "applications", "invitations", "access-requests"
ANY: tuple[str, StrOrPromise] = ("", _("All"))
WORDS = Words(
    name=_("Applications"),
    counted=ngettext_lazy("%(shown)s application", "%(shown)s applications", "n"),
    search=_("Company, person or address"),
    no_match=_("No applications match"),
    none=_("No applications yet"),
    none_text=_("New applications stand here once their address is confirmed."),
)
INVITED = Words(
    name=_("Invitations"),
    counted=ngettext_lazy("%(shown)s invitation", "%(shown)s invitations", "n"),
    search=_("Company or address"),
    no_match=_("No invitations match"),
    none=_("No invitations yet"),
    none_text=_("Invite a company that you want: the mail brings it straight to the form."),
)
ASKED = Words(
    name=_("Requests for access"),
    counted=ngettext_lazy("%(shown)s request", "%(shown)s requests", "n"),
    search=_("Name or address"),
    no_match=_("Nobody waits for access"),
    none=_("Nobody asked for access yet"),
    none_text=_("Who asks for access with an address of a partner’s domain stands here."),
)
TONES = {
    "unconfirmed": "grey",
    "pending": "warn",
    "returned": "info",
    "approved": "good",
    "rejected": "bad",
    "withdrawn": "grey",
    "expired": "grey",
    "open": "info",
    "used": "good",
}


def _in_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows if value == "all" else rows.filter(state=value)


def _state_filter(choices: Sequence[tuple[str, StrOrPromise]], default: str) -> Filter[Any]:
    return Filter(
        "state", _("Status"), [*choices, ("all", _("All"))], _in_state,
        default=default, all_value="all",
    )  # fmt: skip


def _by_fit(rows: QuerySet[Application], value: str) -> QuerySet[Application]:
    if value == "none":
        return rows.filter(fit_score=None)
    bounds = {"high": Q(fit_score__gte=70), "low": Q(fit_score__lt=40)}
    middle = Q(fit_score__gte=40, fit_score__lt=70)
    return rows.filter(bounds.get(value, middle))


FITS = (
    ANY,
    ("high", _("70 and more")),
    ("middle", _("40 to 69")),
    ("low", _("Less than 40")),
    ("none", _("Not known")),
)


def _used(rows: QuerySet[Application], name: str) -> list[tuple[str, StrOrPromise]]:
    found = rows.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
    return [ANY, *((one, one) for one in found[:100])]


def application_listing(actor: Actor) -> Listing[Application]:
    """Applications, those that wait for us first, the oldest on top."""
    return Listing(
        columns=COLUMNS,
        words=WORDS,
        filters=_filters(actor),
        search=lambda rows, text: rows.filter(
            Q(company__icontains=text)
            | Q(domain__icontains=text)
            | Q(contact_name__icontains=text)
            | Q(email__icontains=text)
        ),
        default_sort=lambda values: "applied" if values["state"] == "pending" else "-applied",
        key=LIST,
        segments=(
            Segment(_("Waiting"), ""),
            Segment(_("More detail asked for"), "state=returned"),
            Segment(_("Approved"), "state=approved"),
            Segment(_("Rejected"), "state=rejected"),
            Segment(_("All"), "state=all"),
        ),
        can_choose=True,
    )


COLUMNS = (
    Column("company", _("Company"), str, "company", is_fixed=True),
    Column("state", _("Status"), lambda row: row.get_state_display(), "state"),
    Column("applied", _("Applied"), at("applied_on"), "applied_at"),
    Column("fit", _("Fit"), at("fit_score"), "fit_score", is_number=True),
    Column("type", _("Type"), at("type"), "type"),
    Column("country", _("Country"), at("country"), "country"),
    Column("channel", _("Source"), at("channel"), "channel"),
    Column("form", _("Form"), at("form.title"), "form__title", is_usual=False),
    Column("region", _("Region"), at("region"), "region", is_usual=False),
    Column("contact", _("Contact"), at("contact_name"), "contact_name", is_usual=False),
    Column("email", _("E-mail"), at("email"), export_only=True, beside="contact"),
    Column("people", _("People"), at("people"), "people", is_number=True, is_usual=False),
    Column("decided", _("Decided"), at("decided_on"), "decided_at", is_usual=False),
    Column(
        "reason",
        _("Reason"),
        lambda row: row.get_reason_code_display(),
        "reason_code",
        is_usual=False,
    ),
)


def _filters(actor: Actor) -> list[Filter[Application]]:
    known = access.scope(actor, Application)
    forms = access.scope(actor, ApplicationForm).values_list("slug", "title")
    return [
        _state_filter(Application.State.choices, Application.State.PENDING),
        Filter("fit", _("Fit"), FITS, _by_fit),
        Filter("form", _("Form"), [ANY, *forms], lambda rows, slug: rows.filter(form__slug=slug)),
        _word_filter("channel", _("Source"), known),
        _word_filter("region", _("Region"), known),
    ]


def _word_filter(
    name: str, label: StrOrPromise, known: QuerySet[Application]
) -> Filter[Application]:
    """A choice of the words in use."""
    return Filter(name, label, _used(known, name), lambda rows, value: rows.filter(**{name: value}))


def invitation_listing() -> Listing[ApplicationInvitation]:
    """Whom we invited to apply, the latest first."""
    return Listing(
        columns=(
            Column("company", _("Company"), str, "company", is_fixed=True),
            Column("email", _("E-mail"), at("email"), "email", is_usual=False),
            Column("form", _("Form"), at("form.title"), "form__title"),
            Column("state", _("Status"), lambda row: row.get_state_display(), "state"),
            Column("sent", _("Sent"), at("sent_at"), "sent_at"),
            Column("expires", _("Holds until"), at("expires_at"), "expires_at"),
            Column(
                "by", _("Invited by"), lambda row: str(row.by or ""), "by__name", is_usual=False
            ),
            Column("channel", _("Source"), at("channel"), "channel", is_usual=False),
        ),
        words=INVITED,
        filters=(_state_filter(ApplicationInvitation.State.choices, "all"),),
        search=lambda rows, text: rows.filter(
            Q(company__icontains=text) | Q(email__icontains=text)
        ),
        default_sort="-sent",
        key=INVITATION_LIST,
        segments=(
            Segment(_("All"), ""),
            Segment(_("Sent"), "state=open"),
            Segment(_("Used"), "state=used"),
            Segment(_("Expired"), "state=expired"),
        ),
        can_choose=True,
    )


def access_listing(*, is_portal: bool = False) -> Listing[AccessRequest]:
    """Who asks to sign in for a partner; the portal's list is of one company: no saved views."""
    return Listing(
        columns=(
            Column("name", _("Name"), at("name"), "name", is_fixed=True),
            Column("email", _("E-mail"), at("email"), "email"),
            Column("partner", _("Partner"), at("partner.name"), "partner__name"),
            Column("state", _("Status"), lambda row: row.get_state_display(), "state"),
            Column("asked", _("Asked"), at("asked_at"), "asked_at"),
            Column("company", _("Company, as typed"), at("company"), "company", is_usual=False),
        ),
        words=ASKED,
        filters=(_state_filter(AccessRequest.State.choices, AccessRequest.State.PENDING),),
        search=lambda rows, text: rows.filter(
            Q(name__icontains=text) | Q(email__icontains=text) | Q(partner__name__icontains=text)
        ),
        default_sort="asked",
        key="" if is_portal else ACCESS_LIST,
        segments=(
            Segment(_("Waiting"), ""),
            Segment(_("Approved"), "state=approved"),
            Segment(_("Rejected"), "state=rejected"),
            Segment(_("All"), "state=all"),
        ),
        can_choose=True,
    )
