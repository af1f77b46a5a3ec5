"""The deal lists of desk and portal: columns, filters, search."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from partners.deals.models import Deal, Stage
from partners.deals.selectors import matching
from prm.common import access
from prm.common.access import Actor
from prm.common.config import program
from prm.common.lists import Column, Filter, Listing, at
from prm.common.money import rounded

STATES = (*Deal.State.choices, ("all", _("All")))

PROBLEMS = (
    ("", _("All")),
    ("missing_rate", _("No exchange rate")),
    ("overdue_close", _("Past the expected close")),
    ("missing_amount", _("No amount")),
    ("missing_opened_at", _("No opening day")),
)


def exact_amount(deal: Deal) -> Decimal | None:
    """Return the amount with the decimals that its currency has."""
    return None if deal.amount is None else rounded(deal.amount, deal.currency)


NAME = Column("name", _("Deal"), str, "name")
CUSTOMER = Column("customer", _("Customer"), at("customer.name"), "customer__name")
PARTNER = Column("partner", _("Partner"), at("partner.name"), "partner__name")
STATE = Column("state", _("Status"), at("state"))
STAGE = Column("stage", _("Stage"), at("stage.name"), "stage__order", hide_small=True)
AMOUNT = Column("amount", _("Amount"), exact_amount, "amount", is_number=True)
CURRENCY = Column("currency", _("Currency"), at("currency"), export_only=True)
EXPECTED = Column("expected", _("Expected close"), at("expected_close_on"), "expected_close_on")
OPENED = Column("opened", _("Opened"), at("opened_on"), "opened_on", hide_small=True)
CLOSED = Column("closed", _("Closed"), at("closed_on"), "closed_on", hide_small=True)


def with_links(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """Fetch partner, customer and stage along."""
    return deals.select_related("partner", "customer", "stage")


def of_partner(request: HttpRequest, deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """Keep one partner's deals when the address names one that this person may know of.

    Deals of what was merged into it are its own.
    """
    text = request.GET.get("partner", "")
    if not text:
        return deals
    try:
        wanted = UUID(text)
    except ValueError:
        return deals.none()
    named = Q(public_id=wanted) | Q(merged_into__public_id=wanted)
    partners = access.scope(access.actor_of(request), Partner).filter(named)
    return deals.filter(partner__in=partners)


def deal_listing(actor: Actor, state: str) -> Listing[Deal]:
    """Return the list: the desk's with the partner, the portal's without.

    Open deals come by their expected close; among all deals the newest come first, which an index
    can give.
    """
    partner = () if actor.is_partner else (PARTNER,)
    stages = access.scope(actor, Stage).order_by("order").values_list("key", "name")
    return Listing(
        columns=(
            NAME,
            CUSTOMER,
            *partner,
            STATE,
            STAGE,
            AMOUNT,
            CURRENCY,
            EXPECTED,
            OPENED,
            CLOSED,
        ),
        filters=(
            Filter("state", _("Status"), STATES, by_state, default="open"),
            Filter("stage", _("Stage"), [("", _("All")), *stages], by_stage),
            *(() if actor.is_partner else (Filter("problem", _("Problem"), PROBLEMS, problem),)),
        ),
        search=matching,
        default_sort="expected" if state in {"", "open"} else "",
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


def problem(deals: QuerySet[Deal], value: str) -> QuerySet[Deal]:
    """Keep deals with one kind of lack, as the Overview counts them."""
    return deals.filter(problem_rules(program().local_date(timezone.now()))[value])


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
