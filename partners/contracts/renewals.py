"""Who is reminded of a contract that ends: our manager by a task, the company by a notice."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Contract
from partners.accounts.worklist import answers_for, manager_of
from prm.common import access
from prm.common.config import program
from prm.common.display import day
from prm.common.models import Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify
from prm.common.worklist import sources
from prm.common.worklist.services import ask_for, finish, withdraw

ONE_DAY = timedelta(days=1)
RENEWAL_GAP = timedelta(days=30)  # a contract that follows within these days renews the old one


def _until(args: dict[str, Any]) -> str:
    return day(date.fromisoformat(args["until"]))


def _ending(contract: Contract, _args: dict[str, Any]) -> str:
    words = {"partner": contract.partner, "day": day(contract.last_day)}
    return now_("The contract with %(partner)s ends on %(day)s") % words


def _own_ending(contract: Contract, _args: dict[str, Any]) -> str:
    return now_("Your company's contract ends on %(day)s") % {"day": day(contract.last_day)}


ENDING = declare(
    Kind("contract_ending", _("A contract of a partner of yours ends"), _("Partners"),
         "file-text", access.MANAGES, _ending, action=_("See the contract"), links=("partner",))
)  # fmt: skip
OWN_ENDING = declare(
    Kind("own_contract_ending", _("Your company's contract ends"), _("Partners"), "file-text",
         frozenset({"partner:admin"}), _own_ending, action=_("See your company"),
         why=_("Without a contract your company loses what it brings."))
)  # fmt: skip
RENEWAL = sources.declare(
    sources.Source(
        "contract_renewal",
        _("Contracts"),
        "file-text",
        lambda args: now_("Renew the contract that ends on %(day)s") % {"day": _until(args)},
    )
)


def followed(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Mark contracts that another one of the same company follows (`is_followed`)."""
    latest = OuterRef("ends_on") + RENEWAL_GAP
    later = Contract.objects.filter(partner=OuterRef("partner"), starts_on__lte=latest)
    later = later.filter(Q(ends_on=None) | Q(ends_on__gt=OuterRef("ends_on")))
    return contracts.annotate(is_followed=Exists(later.exclude(pk=OuterRef("pk"))))


def ending(contracts: QuerySet[Contract], today: date) -> QuerySet[Contract]:
    """Contracts whose reminder is due: they end soon, nothing follows, nobody decided to end it."""
    soon = contracts.filter(ends_on__gt=today, end_reason="")
    soon = soon.filter(ends_on__lte=Value(today) + F("notice_days") * Value(ONE_DAY))
    rows: Any = followed(soon)
    return cast("QuerySet[Contract]", rows.filter(is_followed=False))


def remind_of_renewals(now: datetime) -> int:
    """Remind of every contract that ends soon, each once for its day; returns how many were due.

    Each is a transaction of its own: what broke off goes on with the next run.
    """
    rows = Contract.objects.filter(partner__is_test=False)
    due = _unasked(ending(rows, program().local_date(now))).order_by("ends_on", "pk")
    keys = list(due.values_list("pk", flat=True))
    return sum(_reminded(key, now) for key in keys)


def _unasked(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Those whose end nobody was asked about, or whose task is with somebody who has left.

    Whoever was given the task by a colleague keeps it.
    """
    asked = Task.objects.filter(
        ~Q(state=Task.State.OPEN) | Q(owner__is_active=True),
        source=RENEWAL.key,
        key=Cast(OuterRef("public_id"), CharField()),
        due_on=OuterRef("ends_on") - Value(ONE_DAY),
    )
    return contracts.exclude(Exists(asked))


@transaction.atomic
def _reminded(key: int, now: datetime) -> bool:
    """Remind of one contract, unless it was renewed or ended this very moment."""
    rows = Contract.objects.select_for_update(of=("self",)).filter(pk=key)
    due = ending(rows, program().local_date(now)).select_related("partner__merged_into").first()
    if due is not None:
        _remind(due, now)
    return due is not None


def _remind(contract: Contract, now: datetime) -> None:
    company = contract.partner.merged_into or contract.partner
    last = contract.last_day
    if last is None:
        return
    key, url = (
        f"{contract.public_id}/{last}",
        reverse("contracts:contract", args=[contract.public_id]),
    )
    manager = manager_of(company.public_id)
    ask_for(
        RENEWAL, key_of(contract), now=now, side=Task.Side.OURS, company=company.public_id,
        owner=manager, due_on=last, args={"until": last.isoformat()}, url=url, about=contract,
        tells=False,
    )  # fmt: skip
    notify(ENDING, [manager], key=key, url=url, about=contract, now=now)
    people: Iterable[User] = answers_for(company.public_id)
    notify(OWN_ENDING, people, key=key, url=reverse("partners:portal_company"), about=contract,
           now=now)  # fmt: skip


def key_of(contract: Contract) -> str:
    """One task for the end of a contract."""
    return str(contract.public_id)


def settle(contract: Contract, *, by: User | None, now: datetime, renewed: bool) -> None:
    """The reminder is done with: the contract goes on, or somebody decided that it ends."""
    if renewed:
        finish(RENEWAL, key_of(contract), by=by, now=now)
    else:
        withdraw(RENEWAL, key_of(contract), by=by, now=now)
