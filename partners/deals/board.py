"""The board of open deals: a column for each stage, the nearest closes first."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from partners.deals.listing import LIST, deal_listing, with_links
from partners.deals.models import Deal, Stage
from prm.common import access
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.listpages import Page, page_of
from prm.common.lists import Listing, Segment, asked_of, narrowed
from prm.common.rates import rates_on
from prm.common.savedviews.selectors import views_for

CARDS = 10  # a column; the rest is in the list
# What of the address narrows the board; status and stage are what its columns are.
KEPT = ("q", "expected", "problem", "partner")
OPEN_DEALS = ngettext_lazy("%(shown)s open deal", "%(shown)s open deals", "n")


@dataclass
class BoardColumn:
    """A stage with its open deals: how many, worth what in the reporting currency, the nearest.

    ``unvalued`` of them have no amount, or one in a currency without a rate today.
    """

    stage: Stage | None
    name: str
    number: int = 0
    total: Decimal = Decimal(0)
    unvalued: int = 0
    deals: list[Deal] = field(default_factory=list)
    list_url: str = ""

    @property
    def more(self) -> int:
        """How many deals the column does not show."""
        return self.number - len(self.deals)


@dataclass(frozen=True)
class Board:
    """What the page needs. ``page`` has no rows: it says how the board is narrowed."""

    columns: list[BoardColumn]
    page: Page
    query: str

    @property
    def number(self) -> int:
        """All open deals that match."""
        return self.page.total


def kept_query(query: QueryDict, **more: str) -> str:
    """Return the part of an address that list and board share, as a query string."""
    kept = QueryDict(mutable=True)
    for key in KEPT:
        if value := query.get(key, "").replace("\0", ""):
            kept[key] = value[:200]
    for key, value in more.items():
        kept[key] = value
    return kept.urlencode()


def board_listing(actor: Actor, program: Program, now: datetime) -> Listing[Deal]:
    """Return what can be asked of the board: filters and segments of the list, for open deals.

    Views are saved in the list; those of open deals open here as well.
    """
    listing = deal_listing(actor, program, now)
    return replace(
        listing,
        columns=(),
        words=replace(listing.words, counted=OPEN_DEALS),
        filters=[choice for choice in listing.filters if choice.key in KEPT],
        segments=[one for one in (*listing.segments, *_saved(actor)) if _is_of_open(one.query)],
        default_sort="",
        key="",
        can_choose=False,
    )


def _saved(actor: Actor) -> list[Segment]:
    return [Segment(view.name, view.query) for view in views_for(actor, LIST)]


def _is_of_open(query: str) -> bool:
    """Whether a segment of the list narrows by nothing that the board's columns decide."""
    return not {"state", "stage", "closed"} & set(QueryDict(query))


def board_of(request: HttpRequest, program: Program, now: datetime) -> Board:
    """Return the board that the address asks for. The number of queries depends on stages only."""
    actor = access.actor_of(request)
    listing = board_listing(actor, program, now)
    asked = asked_of(request.GET, listing)
    deals = narrowed(asked, open_deals(actor))
    if asked.search:  # found once, not again for every column
        deals = Deal.objects.filter(pk__in=set(deals.values_list("pk", flat=True)))
    columns = _columns(request, actor, deals, program.local_date(now))
    number = sum(column.number for column in columns)
    return Board(
        columns=columns,
        page=replace(page_of(request, Deal.objects.none(), listing), total=number),
        query=kept_query(request.GET),
    )


def open_deals(actor: Actor) -> QuerySet[Deal]:
    """Return the deals of the board that this person may know of."""
    return access.scope(actor, Deal).filter(state=Deal.State.OPEN)


def _columns(
    request: HttpRequest, actor: Actor, deals: QuerySet[Deal], today: date
) -> list[BoardColumn]:
    stages = list(access.scope(actor, Stage).order_by("order", "key"))
    nowhere = BoardColumn(None, _("Without a stage"))
    columns: dict[int | None, BoardColumn] = {
        **{stage.pk: BoardColumn(stage, stage.name) for stage in stages},
        None: nowhere,
    }
    _add_up(columns, deals, today)
    shown = [column for column in columns.values() if column.stage or column.number]
    for column in shown:
        if column.number:
            rows = with_links(deals.filter(_in(column.stage)))
            column.deals = list(rows.order_by(F("expected_close_on").asc(), "pk")[:CARDS])
        named = {"stage": column.stage.key} if column.stage else {}
        query = kept_query(request.GET, state="open", **named)
        column.list_url = f"{reverse('deals:deal_list')}?{query}"
    return shown


def _in(stage: Stage | None) -> Q:
    return Q(stage=stage) if stage else Q(stage__isnull=True)


def _add_up(columns: dict[int | None, BoardColumn], deals: QuerySet[Deal], today: date) -> None:
    """Count and sum every column: one query over the deals, one for the rates of the day."""
    sums = list(
        deals.order_by()
        .values_list("stage", "currency")
        .annotate(number=Count("*"), known=Count("amount"), amount=Sum("amount"))
    )
    rates = rates_on(today, {currency for _stage, currency, *_rest in sums})
    for stage, currency, number, known, amount in sums:
        column = columns[stage]
        column.number += number
        rate = rates.get(currency)
        column.unvalued += number - (known if rate is not None else 0)
        if rate is not None and amount is not None:
            column.total += amount * rate
