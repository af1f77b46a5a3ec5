"""Parts that several declarations share: pillars, base rows, names of partners."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kpis.basefacts import RECRUITING_KINDS
from kpis.definitions.base import Facts
from kpis.tenurefacts import LEFT
from partners.models import Partner

STRATEGIZE, RECRUIT = _("Strategize"), _("Recruit")
ONBOARD = pgettext_lazy("pillar", "Onboard")
ENABLE, SELL, INCENTIVIZE = _("Enable"), _("Sell"), _("Incentivize")
ACCELERATE = _("Accelerate")
# By the key that an address names, in the order in which people read them.
PILLARS = {"strategize": STRATEGIZE, "recruit": RECRUIT, "onboard": ONBOARD, "sell": SELL,
           "enable": ENABLE, "incentivize": INCENTIVIZE, "accelerate": ACCELERATE}  # fmt: skip

ACTIVE = Facts("membership", "partner", "fact.days <> 0")
ACTIVE_START = Facts("membership", "partner", "fact.at_start = 1 AND fact.month = %(first)s")
ACTIVE_END = Facts("membership", "partner", "fact.at_end = 1 AND fact.month = %(end)s")
RECRUITS = Facts("membership", "recruits", "fact.recruits = 1")
WINNERS = Facts("sales", "partner", "fact.won_n = 1")
WON_AMOUNT = Facts("sales", "won_rc", "fact.won_n = 1")
WON = Facts("sales", "won_n", "fact.won_n = 1")
DECIDED = Facts("sales", "", "fact.won_n + fact.lost_n = 1")
WON_ALL = Facts("sales", "won_rc", "fact.won_n = 1", sides=("company", "direct"))
WON_DIRECT = Facts("sales", "won_rc", "fact.won_n = 1", sides=("direct",))
ADJUSTED = Facts("sales", "adjusted_rc", "fact.adjustment_id IS NOT NULL")
INFLUENCED = Facts("sales", "influenced_rc", "fact.influenced_n = 1", sides=("direct",))
OPEN = Facts("stock", "open_rc", "fact.open_n = 1 AND fact.month = %(end)s")
OPEN_COUNT = Facts("stock", "open_n", "fact.open_n = 1 AND fact.month = %(end)s")
PENDING = Facts("stock", "pending_rc", "fact.pending_n = 1 AND fact.month = %(end)s")
LOST_AMOUNT = Facts("sales", "lost_rc", "fact.lost_n = 1")
WON_COUNT_DIRECT = Facts("sales", "won_n", "fact.won_n = 1", sides=("direct",))
DECIDED_DIRECT = Facts("sales", "", "fact.won_n + fact.lost_n = 1", sides=("direct",))
_WITH, _EITHER = ("partner", "beside"), "fact.cosell_won_n + fact.cosell_lost_n"
CO_SELL_WON = Facts("sales", "", "fact.cosell_won_n = 1", sides=_WITH)
CO_SELL_DECIDED = Facts("sales", "", f"{_EITHER} = 1", sides=_WITH)
SOLO_WON = Facts("sales", "", "fact.won_n = 1 AND fact.cosell_won_n = 0")
SOLO_DECIDED = Facts("sales", "", f"fact.won_n + fact.lost_n = 1 AND {_EITHER} = 0")
DAYS = Facts("cycle", "days")
CYCLES = Facts("cycle", "n")
DAYS_DIRECT = Facts("cycle", "days", sides=("direct",))
CYCLES_DIRECT = Facts("cycle", "n", sides=("direct",))
APPROVED = Facts("application", "approved_n")
APPLICATIONS_DECIDED = Facts("application", "")
APPLICATIONS_WAITING = Facts("waiting", "")
DAYS_TO_SIGN = Facts("signed", "days")
SIGNED = Facts("signed", "")
FIT = Facts("signed", "fit_score", "fact.fit_score IS NOT NULL")
FITTED = Facts("signed", "", "fact.fit_score IS NOT NULL")
RECRUITING_COSTS = Facts("cost", "amount_rc", RECRUITING_KINDS)
FIRST_WINS = Facts("first_win", "")
STEPS = Facts("onboarding", "")
STEPS_DONE = Facts("onboarding", "", "fact.done_on < {ends}")
DUE = Facts("onboarding_due", "")
IN_TIME = Facts("onboarding_due", "", "fact.finished_on <= fact.day")
STARTED = Facts("started", "")
COHORT = Facts("cohort", "")
ACTIVATED = Facts("cohort", "", "fact.approval_on - fact.day <= 90")
LIVES = Facts("life", "")
ENDED = Facts("ended", "")
WITH_US = Facts("stay", "")
STAYED = Facts("stay", "", f"NOT ({LEFT})")
GONE = Facts("gone", "", LEFT)
REVENUE_BEFORE = Facts("earlier_revenue", "net_rc")
REVENUE_GONE = Facts("earlier_revenue", "net_rc", LEFT)
SIGNS = Facts("sign", "")
DORMANT = Facts("sign", "", "fact.is_dormant")
PEOPLE = Facts("people", "person")
PEOPLE_SEEN = Facts("people", "person", "fact.has_come")
VISITS = Facts("visit", "")
MINUTES = Facts("visit", "minutes")
LOGINS = Facts("engagement", "logins")
LOGGED_IN = Facts("engagement", "partner")


def names_of(ids: list[int]) -> dict[int, tuple[str, str]]:
    """Partner id → (public id, name). Ask for partners only that the reader may know of."""
    rows = Partner.objects.filter(pk__in=ids).values_list("pk", "public_id", "name")
    return {pk: (str(public_id), name) for pk, public_id, name in rows}
