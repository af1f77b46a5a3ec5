"""What a page lets people choose: the period (with its neighbours) and the scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis import scopes
from kpis.compare import BEFORE, COMPARES, YEAR, Comparison, comparison
from kpis.scopes import Scope
from kpis.store import query
from partners.models import PartnerProfile
from partners.segments.selectors import measured
from prm.common import access, display, periods
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.errors import InvalidInput
from prm.common.lists import address
from prm.common.models import User
from prm.common.periods import Period

KINDS = (
    ("month", gettext_lazy("Month")),
    ("quarter", gettext_lazy("Quarter")),
    ("year", gettext_lazy("Year")),
)
# How many periods of each kind a trend shows.
TREND_LENGTH = {"month": 12, "quarter": 8, "year": 5, "t12m": 12}
HEAD = ("period", "compare")
STICKY = "kpi_head"  # in the session
CHOSEN = "keep"  # in addresses of the control only
DIMENSIONS = (
    ("type", gettext_lazy("Type")),
    ("tier", gettext_lazy("Tier")),
    ("region", gettext_lazy("Region")),
    ("segment", gettext_lazy("Segment")),
)


@dataclass(frozen=True)
class Option:
    """One thing to choose, as a link or in a list."""

    label: str
    value: str
    is_current: bool = False
    url: str = ""


@dataclass(frozen=True)
class PeriodChoice:
    """The chosen period as the page's head shows it."""

    period: Period
    label: str
    range: str
    is_open: bool
    elapsed: float
    kinds: Sequence[Option]
    previous_url: str
    next_url: str
    current_url: str
    against: Comparison | None
    compares: Sequence[Option]

    @property
    def other(self) -> str:
        """The name of what the period is compared with."""
        return period_label(self.against.period) if self.against else ""

    @property
    def query(self) -> str:
        """The choice as an address says it, for links to other pages."""
        usual = self.against is None or self.against.kind == YEAR
        return f"period={self.period.key}" + ("" if usual else f"&compare={BEFORE}")


def period_of(request: HttpRequest, program: Program, now: datetime) -> Period:
    """Return the period that the address names, else the one last chosen, else this quarter.

    A running period stays the running one of its kind; an earlier one is kept for the day.
    """
    text = request.GET.get("period", "")
    kept = _session(request)
    today = program.local_date(now).isoformat()
    if not text and kept.get("day") == today:
        text = kept.get("period", "")
    try:
        if text:
            return periods.parse(text, program)
    except InvalidInput:
        pass
    kind = kept.get("kind", "quarter")
    return periods.current(kind if kind in TREND_LENGTH else "quarter", now, program)


def _session(request: HttpRequest) -> dict[str, str]:
    """What this person chose last; nothing where there is no session."""
    kept = request.session.get(STICKY, {}) if hasattr(request, "session") else {}
    return kept if isinstance(kept, dict) else {}


def _keep(request: HttpRequest, period: Period, compare: str, day: str, *, is_open: bool) -> None:
    """Let what was chosen with the control of a page stick to the person, on every page.

    Any other link that names a period shows it and changes nothing.
    """
    if not hasattr(request, "session") or CHOSEN not in request.GET:
        return
    rest = request.GET.copy()
    del rest[CHOSEN]  # the links of this page say what it shows, not that somebody chose it
    request.GET = rest  # type: ignore[assignment]
    kept = {"kind": period.kind, "compare": compare}
    if not is_open:
        kept |= {"period": period.key, "day": day}
    if kept != _session(request):
        request.session[STICKY] = kept


def _compare_kind(request: HttpRequest) -> str:
    asked = request.GET.get("compare") or _session(request).get("compare", "")
    return asked if asked in COMPARES else YEAR


def _chosen(request: HttpRequest, **choice: str) -> str:
    """Return the address of this page with another choice, which is kept when somebody follows."""
    return address(request, **choice, **{CHOSEN: "1"}, page=None)


def _compares(
    request: HttpRequest, period: Period, current: str, program: Program, now: datetime
) -> list[Option]:
    """Return what the period can be compared with, each by its name; equal ones once."""
    found: dict[str, Option] = {}
    for kind in COMPARES:
        other = comparison(kind, period, program, now)
        if other and other.period.key not in found:
            found[other.period.key] = Option(
                _("vs %(period)s") % {"period": period_label(other.period)},
                kind,
                kind == current,
                _chosen(request, compare=kind),
            )
    return list(found.values()) if len(found) > 1 else []


def period_choice(request: HttpRequest, program: Program, now: datetime) -> PeriodChoice:
    """Return the period of this page with links to its neighbours and to the other lengths."""
    period, compare = period_of(request, program, now), _compare_kind(request)
    is_open = not period.is_closed(now)
    _keep(request, period, compare, program.local_date(now).isoformat(), is_open=is_open)
    last_day = min(period.last_day, program.local_date(now))
    following = _shifted(period, 1, program)
    previous = _shifted(period, -1, program)
    return PeriodChoice(
        period=period,
        label=period_label(period),
        range=_("%(first)s to %(last)s")
        % {"first": display.day(period.starts_on, "MONTH_DAY"), "last": display.day(last_day)},
        is_open=is_open,
        elapsed=period.elapsed_share(now),
        kinds=[_kind(request, kind, str(label), period, program, now) for kind, label in KINDS],
        previous_url=_chosen(request, period=previous.key) if previous else "",
        next_url=_chosen(request, period=following.key)
        if following and following.starts_at <= now
        else "",
        current_url="" if is_open else _now_url(request, period, program, now),
        against=comparison(compare, period, program, now),
        compares=_compares(request, period, compare, program, now),
    )


def _now_url(request: HttpRequest, period: Period, program: Program, now: datetime) -> str:
    return _chosen(request, period=periods.current(period.kind, now, program).key)


def carried(request: HttpRequest) -> dict[str, str]:
    """Return what the head of a page says, for the links of a list below it."""
    return {key: request.GET[key] for key in HEAD if request.GET.get(key)}


def _shifted(period: Period, steps: int, program: Program) -> Period | None:
    try:
        return periods.shifted(period, steps, program)
    except InvalidInput:
        return None


def _kind(
    request: HttpRequest, kind: str, label: str, period: Period, program: Program, now: datetime
) -> Option:
    day = min(period.last_day, program.local_date(now))
    key = period.key if kind == period.kind else periods.containing(kind, day, program).key
    return Option(label, key, kind == period.kind, _chosen(request, period=key))


def period_label(period: Period) -> str:
    """Return a period in words: "Nov 2026", "Q4 2026", "2026", "12 months to Nov 2026"."""
    year, _dash, rest = period.key.removeprefix("t12m:").partition("-")
    if period.kind == "quarter":
        return f"{rest} {year}"
    if period.kind == "year":
        return year
    month = display.day(period.months[-1], "YEAR_MONTH")
    return _("12 months to %(month)s") % {"month": month} if period.kind == "t12m" else month


def short_label(period: Period) -> str:
    """Return a period at a chart's axis: "Nov", "Q4"; the year stands under the first."""
    if period.kind == "quarter":
        return period.key.partition("-")[2]
    if period.kind == "year":
        return period.key
    return display.month(period.months[-1])


def scope_of(request: HttpRequest) -> Scope:
    """Return the scope that the address names, if this person may read it.

    Raises Http404 for a partner that the person may not know of; a text that is no scope is the
    whole programme.
    """
    actor = access.actor_of(request)
    try:
        scope = scopes.parse(request.GET.get("scope", "program"), actor)
    except InvalidInput:
        scope = scopes.PROGRAM
    return scopes.check(actor, scope)


def scope_options(current: Scope, actor: Actor) -> list[tuple[str, list[Option]]]:
    """Return the scopes to choose from, grouped: the programme, its dimensions, its managers."""
    whole = [Option(str(scopes.PROGRAM.label), "program", current.kind == "program")]
    groups = [("", whole)]
    if current.kind == "partner":
        whole.append(Option(str(current.label), current.text, is_current=True))
    columns = ", ".join(f"array_agg(DISTINCT {name})" for name, _label in DIMENSIONS)
    (values,) = query(f"SELECT {columns} FROM kpis_profilespan WHERE partner_id > 0")
    for (kind, label), found in zip(DIMENSIONS, values, strict=True):
        names = sorted(value for value in found or [] if value)
        options = [_dimension(kind, name, current) for name in names]
        if options:
            groups.append((str(label), options))
    groups += _dynamic(current, actor)
    managing = PartnerProfile.objects.filter(valid_to=None, manager=OuterRef("pk"))
    managers = User.objects.filter(Exists(managing)).exclude(email=None)
    people = [scopes.of_manager(user) for user in managers.order_by("name")]
    if people:
        options = [Option(str(one.label), one.text, one.text == current.text) for one in people]
        groups.append((_("Partner manager"), options))
    return groups


def _dynamic(current: Scope, actor: Actor) -> list[tuple[str, list[Option]]]:
    """The dynamic segments in use, and the one that is shown."""
    shown = current.id if current.kind == scopes.DYNAMIC else 0
    rows = measured(actor).filter(Q(state="active") | Q(pk=shown))
    found = [scopes.of_segment(one) for one in rows.order_by("name")]
    options = [Option(str(one.label), one.text, one.text == current.text) for one in found]
    return [(_("Dynamic segment"), options)] if options else []


def _dimension(kind: str, name: str, current: Scope) -> Option:
    text = scopes.of_dimension(kind, name).text
    return Option(capfirst(name), text, text == current.text)
