"""What pages of some KPIs show beside their trend: curves, cohorts, reasons, roles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kpis import stats, tenure
from kpis.basefacts import end_of, of_period
from kpis.charts import Chart, Key, Line, Table, TableColumn, bar_figure, line_figure, with_band
from kpis.definitions.accelerate import FEW, KIND_WORDS
from kpis.stats import Lives
from kpis.store import Store
from kpis.tiles import shown, shown_round
from partners.accounts.visits import FEATURES
from partners.models import Membership
from prm.common import display
from prm.common.periods import Period, containing, shifted

SURE = 10  # ends from which on a curve says something
GRID = 30  # days between two points of the curve
COHORTS = 12  # quarters
MONTHS = (3, 6, 12, 18, 24, 36)
YEARS = (365, 730, 1095)
PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Card:
    """A card of its own: a chart with its table, or a table alone."""

    id: str
    title: str
    text: str
    chart: Chart | None = None
    table: Table | None = None


def cards_of(key: str, store: Store, period: Period) -> Sequence[Card]:
    """The cards of a KPI's page; none for most."""
    make = CARDS.get(key)
    return make(store, period) if make and store.has_partners else ()


def _percent(value: float | None) -> str:
    return shown(value, "share", None)


def _interval(step: stats.Step | None) -> str:
    if step is None or step.low is None or step.high is None:
        return display.UNKNOWN
    return _("%(low)s to %(high)s") % {"low": _percent(step.low), "high": _percent(step.high)}


def survival_cards(store: Store, period: Period) -> list[Card]:
    """The curve with its interval, quarters of beginning, years of beginning."""
    rows = tenure.partnerships(store, period)
    if not rows:
        return []
    last = end_of(store, period) - timedelta(days=1)
    lives = tenure.lives_of(rows)
    ends = sum(is_end for _days, is_end in lives)
    return [
        Card("curve", _curve_title(lives, ends), _curve_text(len(lives), ends),
             chart=_curve(lives, is_sure=ends >= SURE)),
        Card("cohorts", _("By quarter of the beginning"),
             _("Still with us after so many months, of those who began that long ago. A dash: too"
               " early to tell."), table=_cohorts(rows, store, period, last)),
        Card("years", _("By year of the beginning"),
             _("Kaplan-Meier: who is still with us counts for as long as it has been."),
             table=_years(rows)),
    ]  # fmt: skip


def _curve_title(lives: Lives, ends: int) -> str:
    year = stats.step_at(stats.survival(lives), 365)
    if stats.followed(lives, 365) < FEW:
        return _("Still with us over time")
    return _("%(share)s are still with us after a year") % {
        "share": _percent(year.left if year else 1.0)
    }


def _curve_text(n: int, ends: int) -> str:
    words = {
        "n": display.number(n),
        "ended": ngettext("%(ends)s has ended", "%(ends)s have ended", ends)
        % {"ends": display.number(ends)},
    }
    if ends < SURE:
        return _("%(n)s partnerships, of which %(ended)s: too few to say more; hence grey.") % words
    return _("%(n)s partnerships, of which %(ended)s. The band is the 95%% interval.") % words


def _curve(lives: Lives, *, is_sure: bool) -> Chart:
    """The part still with us, each 30 days, as long as five are followed."""
    steps = stats.survival(lives)
    days = [0]
    while stats.followed(lives, days[-1] + GRID) >= FEW and days[-1] < 20 * 365:
        days.append(days[-1] + GRID)
    at = [stats.step_at(steps, day) for day in days]
    left = [step.left if step else 1.0 for step in at]
    names = [display.days(day) for day in days]
    line = Line(_("Still with us"), left, "c1" if is_sure else "c0")
    spec = line_figure(names, _year_marks(days), [line], lambda v: shown_round(v, "share", None))
    lows = [left_ if step is None else step.low for step, left_ in zip(at, left, strict=True)]
    highs = [left_ if step is None else step.high for step, left_ in zip(at, left, strict=True)]
    return Chart(
        id="survival",
        spec=with_band(spec, names, lows, highs),
        summary=_(
            "Line chart of the part still with us, from %(first)s to %(last)s after %(days)s."
        )
        % {"first": _percent(left[0]), "last": _percent(left[-1]), "days": names[-1]},
        table=_curve_table(lives, names, days, at, left),
        legend=[line.key, Key(_("95% interval"), "kb", shape="rect")],
        note=_("The curve stops where fewer than five were followed."),
    )


def _year_marks(days: Sequence[int]) -> list[str]:
    """Labels of the axis: a year at the point that comes first after it."""
    marks, year = [], 0
    for day in days:
        is_mark = day >= year * 365
        marks.append(
            ngettext("%(n)s year", "%(n)s years", year) % {"n": year} if is_mark and year else ""
        )
        year += is_mark
    return marks


def _curve_table(
    lives: Lives, names: Sequence[str], days: Sequence[int],
    at: Sequence[stats.Step | None], left: Sequence[float],
) -> Table:  # fmt: skip
    heads = [_("After"), _("Followed that long"), _("Ended by then"), _("Still with us"),
             _("95% interval")]  # fmt: skip
    return Table(
        caption=_("Still with us over time"),
        columns=[TableColumn(head, is_number=i > 0) for i, head in enumerate(heads)],
        rows=[
            [
                name,
                display.number(stats.followed(lives, day)),
                display.number(sum(is_end and one <= day for one, is_end in lives)),
                _percent(part),
                _interval(step),
            ]
            for name, day, step, part in zip(names, days, at, left, strict=True)
        ],
    )


def _cohorts(rows: Sequence[tenure.Life], store: Store, period: Period, last: date) -> Table:
    """Quarters of beginning, the newest first; a cell is what was seen, never an estimate."""
    quarter, lines = containing("quarter", last, store.settings), []
    for _n in range(COHORTS):
        own = [row for row in rows if quarter.starts_on <= row.began < quarter.ends_on]
        if own:
            cells = [_seen(own, quarter, months, last) for months in MONTHS]
            lines.append([quarter.key.replace("-", " "), display.number(len(own)), *cells])
        quarter = shifted(quarter, -1, store.settings)
    after = [ngettext("%(n)s month", "%(n)s months", n) % {"n": n} for n in MONTHS]
    heads = [_("Began in"), _("Partners"), *after]
    return Table(
        caption=_("Still with us by quarter of the beginning"),
        columns=[TableColumn(head, is_number=i > 0) for i, head in enumerate(heads)],
        rows=lines,
    )


def _seen(own: Sequence[tenure.Life], quarter: Period, months: int, last: date) -> str:
    """What was seen of a whole quarter; nothing until all of it had so many months."""
    days = round(months * PER_MONTH)
    if (last - quarter.last_day).days < days:
        return display.UNKNOWN
    there, of = tenure.observed(own, days, last)
    return display.beside(_percent(there / of), f"{there}/{of}") if of else display.UNKNOWN


def _years(rows: Sequence[tenure.Life]) -> Table:
    lines = []
    for year in sorted({row.began.year for row in rows}, reverse=True)[:8]:
        lives = tenure.lives_of(row for row in rows if row.began.year == year)
        ends = sum(is_end for _days, is_end in lives)
        steps = stats.survival(lives)
        cells = [_part_after(lives, steps, days) for days in YEARS]
        lines.append([str(year), display.number(len(lives)), display.number(ends), *cells])
    heads = [_("Began in"), _("Partners"), _("Ended"), _("After 1 year"), _("After 2 years"),
             _("After 3 years")]  # fmt: skip
    return Table(
        caption=_("Still with us by year of the beginning"),
        columns=[TableColumn(head, is_number=i > 0) for i, head in enumerate(heads)],
        rows=lines,
    )


def _part_after(lives: Lives, steps: Sequence[stats.Step], days: int) -> str:
    """The estimate, as long as five were followed; below ten ends without its interval."""
    if stats.followed(lives, days) < FEW:
        return display.UNKNOWN
    step = stats.step_at(steps, days)
    return _percent(step.left if step else 1.0)


def reason_cards(store: Store, period: Period) -> list[Card]:
    """How those who left went."""
    found = tenure.change(store, period)
    if not found.left:
        return []
    kinds = [kind for kind in tenure.KINDS if found.gone[kind]]
    kinds.sort(key=lambda kind: -found.gone[kind])
    labels = [capfirst(str(KIND_WORDS[kind])) for kind in kinds]
    numbers = [found.gone[kind] for kind in kinds]
    rows = [
        [label, display.number(n), _percent(n / found.cohort)]
        for label, n in zip(labels, numbers, strict=True)
    ]
    table = Table(
        caption=_("Partners who left, by how it ended"),
        columns=[TableColumn(_("How it ended"), is_number=False), TableColumn(_("Partners")),
                 TableColumn(_("Of those with us on the first day"))],
        rows=rows,
    )  # fmt: skip
    chart = Chart(
        id="reasons",
        spec=bar_figure(labels, numbers, [display.number(n) for n in numbers]),
        summary=_("Bar chart of partners who left, by how it ended."),
        table=table,
        height="h-m",
    )
    text = ngettext(
        "%(n)s partner of %(all)s left.", "%(n)s partners of %(all)s left.", found.left
    ) % {"n": display.number(found.left), "all": display.number(found.cohort)}
    return [Card("reasons", _("How it ended"), text, chart=chart)]


def feature_cards(store: Store, period: Period) -> list[Card]:
    """Which parts of the portal people used, and how long people of each role stay."""
    columns = "fact.membership_id, fact.features, fact.roles, fact.minutes"
    rows = of_period("visit", columns, store, period)
    if not rows:
        return []
    people = {row[0] for row in rows}
    users: dict[str, set[int]] = {}
    lengths: dict[str, list[float]] = {}
    for member, parts, roles, minutes in rows:
        for part in parts:
            users.setdefault(part, set()).add(member)
        for role in roles:
            lengths.setdefault(role, []).append(float(minutes))
    used = Table(
        caption=_("Parts of the portal"),
        columns=[TableColumn(_("Part of the portal"), is_number=False), TableColumn(_("People")),
                 TableColumn(_("Of all visitors"))],
        rows=[
            [str(FEATURES.get(part, capfirst(part))), display.number(len(who)),
             _percent(len(who) / len(people))]
            for part, who in sorted(users.items(), key=lambda one: (-len(one[1]), one[0]))
        ],
    )  # fmt: skip
    by_role = Table(
        caption=_("Visits by role"),
        columns=[TableColumn(_("Role"), is_number=False), TableColumn(_("Visits")),
                 TableColumn(_("Median"))],
        rows=[
            [_role(role), display.number(len(found)), _median(found)]
            for role, found in sorted(lengths.items(), key=lambda one: -len(one[1]))
        ],
    )  # fmt: skip
    return [
        Card("features", _("What they use"), _("Visitors who opened a part of the portal."),
             table=used),
        Card("roles", _("By role"), _("A person with two roles stands in both lines."),
             table=by_role),
    ]  # fmt: skip


def _median(lengths: Sequence[float]) -> str:
    return shown(stats.median(stats.histogram((one, 1) for one in lengths)), "minutes", None)


def _role(role: str) -> str:
    known = dict(Membership.Role.choices)
    return str(known.get(role, role))


def people_cards(store: Store, period: Period) -> list[Card]:
    """Who signs in, by role."""
    rows = of_period("people", "fact.user_id, fact.roles, fact.has_come", store, period)
    all_of: dict[str, set[int]] = {}
    came: dict[str, set[int]] = {}
    for user, roles, has_come in rows:
        for role in roles or [Membership.Role.READ_ONLY]:
            all_of.setdefault(role, set()).add(user)
            if has_come:
                came.setdefault(role, set()).add(user)
    if not all_of:
        return []
    table = Table(
        caption=_("Sign-ins by role"),
        columns=[TableColumn(_("Role"), is_number=False), TableColumn(_("People")),
                 TableColumn(_("Signed in")), TableColumn(_("Rate"))],
        rows=[
            [_role(role), display.number(len(who)), display.number(len(came.get(role, ()))),
             _percent(len(came.get(role, ())) / len(who))]
            for role, who in sorted(all_of.items(), key=lambda one: (-len(one[1]), one[0]))
        ],
    )  # fmt: skip
    return [Card("roles", _("By role"), _("A person with two roles stands in both lines."),
                 table=table)]  # fmt: skip


CARDS: dict[str, Callable[[Store, Period], list[Card]]] = {
    "partner_survival": survival_cards,
    "partner_churn_rate": reason_cards,
    "portal_session_time": feature_cards,
    "user_login_rate": people_cards,
}
