"""The deal lists of desk and portal: columns, filters, segments, search."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Value
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from partners.accounts.models import Partner
from partners.deals.models import Deal, Stage
from partners.deals.selectors import is_enough, matching, matching_few
from partners.deals.worth import worth
from prm.common import access, periods
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.money import rounded
from prm.common.periods import Period

LIST, PORTAL_LIST = "deals", "portal-deals"
ANY: tuple[str, StrOrPromise] = ("", _("All"))
STATES = (*Deal.State.choices, ("all", _("All")))

PROBLEMS = (
    ("", _("All")),
    ("missing_rate", _("No exchange rate")),
    ("overdue_close", _("Past the expected close")),
    ("missing_amount", _("No amount")),
    ("missing_opened_at", _("No opening day")),
)
EXPECTED_IN = (
    ANY,
    ("overdue", _("Overdue")),
    ("month", _("This month")),
    ("quarter", _("This quarter")),
    ("unknown", _("No day named")),
)
CLOSED_IN = (
    ANY,
    ("month", _("This month")),
    ("quarter", _("This quarter")),
    ("last_quarter", _("Last quarter")),
    ("year", _("This year")),
)


def exact_amount(deal: Deal) -> Decimal | None:
    """Return the amount with the decimals that its currency has."""
    return None if deal.amount is None else rounded(deal.amount, deal.currency)


NAME = Column("name", _("Deal"), str, "name", is_fixed=True)
CUSTOMER = Column("customer", _("Customer"), at("customer.name"), "customer__name")
PARTNER = Column("partner", _("Partner"), at("partner.name"), "partner__name")
STATE = Column("state", _("Status"), at("state"))
STAGE = Column("stage", _("Stage"), at("stage.name"), "stage__order")
CURRENCY = Column("currency", _("Currency"), at("currency"), export_only=True, beside="amount")
EXPECTED = Column("expected", _("Expected close"), at("expected_close_on"), "expected_close_on")
OPENED = Column("opened", _("Opened"), at("opened_on"), "opened_on", hide_small=True)
CLOSED = Column("closed", _("Closed"), at("closed_on"), "closed_on", hide_small=True)
PRODUCT = Column("product", _("Product"), at("product"), "product", is_usual=False)


def amount_column(program: Program, now: datetime) -> Column:
    """The amount in its own currency; sorted by what it is worth in the programme's."""
    return Column(
        "amount", _("Amount"), exact_amount,
        lambda values: worth(program.local_date(now), values["state"]),
        is_number=True,
        sorted_as=format_lazy(_("Value in {currency}"), currency=program.currency),
    )  # fmt: skip


def with_links(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """Fetch partner, customer and stage along."""
    return deals.select_related("partner", "customer", "stage")


def _partner_filter(actor: Actor) -> Filter[Deal]:
    """Keep one partner's deals when a link names one that this person may know of.

    Deals of what was merged into it are its own.
    """

    def named(value: str) -> QuerySet[Partner]:
        known = access.scope(actor, Partner)
        try:
            wanted = UUID(value)
        except ValueError:
            return known.none()
        return known.filter(Q(public_id=wanted) | Q(merged_into__public_id=wanted))

    def name_of(value: str) -> str | None:
        return named(value).order_by("merged_into", "pk").values_list("name", flat=True).last()

    return Filter(
        "partner",
        _("Partner"),
        (),
        lambda deals, value: deals.filter(partner__in=named(value)),
        name_of=name_of,
    )


def _words(actor: Actor) -> Words:
    in_portal = _("Deals that you work on with us will stand here, with their stage and amount.")
    in_desk = _("Deals stand here once they are imported from your CRM or from a file.")
    may_import = actor.has(*access.RUNS_PROGRAM)
    return Words(
        name=_("Deals"),
        counted=ngettext_lazy("%(shown)s deal", "%(shown)s deals", "n"),
        search=_("Deal, customer or id"),
        no_match=_("No deals match"),
        try_this=_("Choose another status or clear the filters to see all deals."),
        none=_("No deals yet"),
        none_text=in_portal if actor.is_partner else in_desk,
        action=_("Import deals"),
        action_url=reverse("imports:import_new") + "?resource=deal" if may_import else "",
    )


def deal_listing(actor: Actor, program: Program, now: datetime) -> Listing[Deal]:
    """Return the list: the desk's with partner and problems, the portal's without.

    Open deals come by their expected close; among all deals the newest come first, which an index
    can give.
    """
    stages = access.scope(actor, Stage).order_by("order").values_list("key", "name")
    of_desk = () if actor.is_partner else (PARTNER,)
    return Listing(
        columns=(NAME, CUSTOMER, *of_desk, STATE, STAGE, amount_column(program, now), CURRENCY,
                 EXPECTED, OPENED, CLOSED, PRODUCT),
        words=_words(actor),
        filters=(
            Filter("state", _("Status"), STATES, by_state, default="open", all_value="all"),
            Filter("stage", _("Stage"), [ANY, *stages], by_stage),
            _period_filter("expected", _("Expected close"), EXPECTED_IN, program, now),
            _period_filter("closed", _("Closed"), CLOSED_IN, program, now),
            _partner_filter(actor),
            *(() if actor.is_partner else (_problem_filter(program.local_date(now)),)),
        ),
        search=matching_few if actor.is_partner else matching,
        search_hint=None if actor.is_partner else _hint,
        default_sort=_usual_sort,
        key=PORTAL_LIST if actor.is_partner else LIST,
        segments=PORTAL_SEGMENTS if actor.is_partner else SEGMENTS,
        can_choose=True,
    )  # fmt: skip


def _hint(text: str) -> StrOrPromise:
    return "" if is_enough(text) else _("Type three letters or more; fewer find only an exact id.")


def _usual_sort(values: Mapping[str, str]) -> str:
    return "expected" if values["state"] == "open" else ""


SEGMENTS = (
    Segment(_("Open"), ""),
    Segment(_("Closing this month"), "expected=month"),
    Segment(_("Overdue"), "expected=overdue"),
    Segment(_("Won this quarter"), "state=won&closed=quarter"),
    Segment(_("Lost this quarter"), "state=lost&closed=quarter"),
    Segment(_("All"), "state=all"),
)
PORTAL_SEGMENTS = (SEGMENTS[0], SEGMENTS[1], SEGMENTS[3], SEGMENTS[5])


def _period_filter(
    key: str,
    label: StrOrPromise,
    choices: tuple[tuple[str, StrOrPromise], ...],
    program: Program,
    now: datetime,
) -> Filter[Deal]:
    """A filter by a day of the deal, in fiscal periods of the programme."""
    field = {"expected": "expected_close_on", "closed": "closed_on"}[key]
    return Filter(key, label, choices, partial(_in_period, field=field, program=program, now=now))


def _in_period(
    deals: QuerySet[Deal], value: str, *, field: str, program: Program, now: datetime
) -> QuerySet[Deal]:
    if value == "overdue":
        return deals.filter(**{f"{field}__lt": program.local_date(now)}, state=Deal.State.OPEN)
    if value == "unknown":
        return deals.filter(**{field: None})
    period = _period(value, program, now)
    return deals.filter(**{f"{field}__gte": period.starts_on, f"{field}__lt": period.ends_on})


def _period(value: str, program: Program, now: datetime) -> Period:
    if value == "last_quarter":
        return periods.shifted(periods.current("quarter", now, program), -1, program)
    return periods.current(value, now, program)


def _problem_filter(today: date) -> Filter[Deal]:
    """Deals with one kind of lack, as the Overview counts them."""
    return Filter(
        "problem",
        _("Problem"),
        PROBLEMS,
        lambda deals, value: deals.filter(problem_rules(today)[value]),
    )


def by_state(deals: QuerySet[Deal], value: str) -> QuerySet[Deal]:
    """Keep deals of one state; "all" keeps every one."""
    return deals if value == "all" else deals.filter(state=value)


def by_stage(deals: QuerySet[Deal], value: str) -> QuerySet[Deal]:
    """Keep deals that are in one stage."""
    return deals.filter(stage__key=value)


def problem_rules(today: date) -> dict[str, Q]:
    """Return what makes a deal one that lacks what figures need, by the kind of lack.

    Each rule is what an index of its own holds, so that counting the few costs next to nothing.
    """
    is_open = Q(state=Deal.State.OPEN)
    is_closed = Q(state__in=[Deal.State.WON, Deal.State.LOST], closed_on__isnull=False)
    return {
        "missing_rate": is_closed & Q(amount__isnull=False, amount_rc=None),
        "overdue_close": is_open & Q(expected_close_on__lt=today),
        "missing_amount": is_open & Q(amount=None),
        "missing_opened_at": Q(opened_at=None),
    }


def problem_counts(deals: QuerySet[Deal], today: date) -> dict[str, int]:
    """Count the deals of each kind of lack, in one query of one small count each."""
    rules = problem_rules(today)
    counts = [
        deals.filter(rule)
        .order_by()
        .values(kind=Value(kind))
        .annotate(number=Count("pk"))
        .values_list("kind", "number")
        for kind, rule in rules.items()
    ]
    return dict.fromkeys(rules, 0) | dict(counts[0].union(*counts[1:], all=True))
