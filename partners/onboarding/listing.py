"""The list of onboarding plans."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from partners.accounts.models import PartnerProfile
from partners.onboarding import rules
from partners.onboarding.models import OnboardingPlan, OnboardingTask, OnboardingTemplate
from partners.onboarding.selectors import Standing, standing_of
from prm.common import access
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words

LIST = "onboarding"
ANY: tuple[str, StrOrPromise] = ("", _("All"))
WORDS = Words(
    name=_("Onboarding"),
    counted=ngettext_lazy("%(shown)s plan", "%(shown)s plans", "n"),
    search=_("Partner"),
    no_match=_("No plans match"),
    none=_("No onboarding yet"),
    none_text=_("It begins by itself with an approved application, or on the page of a partner."),
)
PLAN_TONES = {"running": "info", "completed": "good", "ended": "grey"}


def with_links(plans: QuerySet[OnboardingPlan]) -> QuerySet[OnboardingPlan]:
    """Each plan with what its row says: partner, template, tasks, today's profile."""
    today = PartnerProfile.objects.filter(partner=OuterRef("partner"), valid_to=None)
    return (
        plans.select_related("partner__merged_into", "version__template", "started_by")
        .prefetch_related(Prefetch("tasks", OnboardingTask.objects.order_by("place", "pk")))
        .annotate(
            partner_type=Subquery(today.values("type")[:1]),
            manager_name=Subquery(today.values("manager__name")[:1]),
            region=Subquery(today.values("region")[:1]),
        )
    )


def _required(**more: Any) -> Q:
    return Q(tasks__is_required=True, **more)


def _done_share(_values: Mapping[str, str]) -> Any:
    done = Count("tasks", filter=_required(tasks__state=rules.DONE))
    left = Count("tasks", filter=_required() & ~Q(tasks__state=rules.SKIPPED))
    return done * 1000 / (left + 1)


def _next_due(_values: Mapping[str, str]) -> Any:
    return Min("tasks__due_on", filter=~Q(tasks__state__in=rules.SETTLED))


def _comes_first() -> Exists:
    """Whether another task of the plan has to be settled before a task."""
    after = ExpressionWrapper(OuterRef("after"), output_field=ArrayField(CharField()))
    rows: QuerySet[Any] = OnboardingTask.objects.filter(plan=OuterRef("plan"))
    rows = rows.exclude(state__in=rules.SETTLED).annotate(named=after)
    return Exists(rows.filter(named__contains=[F("key")]))


class _Narrow:
    """How filters narrow the plans."""

    def __init__(self, actor: Actor, today: date) -> None:
        self.actor, self.today = actor, today

    def state(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows if value == "all" else rows.filter(state=value)

    def turn(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        tasks = OnboardingTask.objects.filter(plan=OuterRef("pk"))
        open_ones = tasks.exclude(state__in=rules.SETTLED)
        if value == "late":
            in_time = Q(state=rules.WAITING, handed_in_on__lte=F("due_on"))  # it waits for us
            found = open_ones.filter(due_on__lt=self.today).exclude(in_time)
        elif value == "approve":
            found = tasks.filter(state=rules.WAITING)
        else:
            turn = Q(side=value, state__in=rules.OPEN) & ~Q(_comes_first())
            found = tasks.filter(turn | Q(state=rules.WAITING) if value == rules.OURS else turn)
        return rows.filter(pk__in=Subquery(found.values("plan")))

    def mine(self, rows: QuerySet[Any], _value: str) -> QuerySet[Any]:
        own = PartnerProfile.objects.filter(manager=self.actor.user, valid_to=None)
        return rows.filter(partner__in=own.values("partner"))


def plan_listing(actor: Actor, today: date) -> Listing[OnboardingPlan]:
    """Running plans, the one whose next task is due first on top."""
    return Listing(
        columns=COLUMNS,
        words=WORDS,
        filters=_filters(_Narrow(actor, today), actor),
        search=lambda rows, text: rows.filter(partner__name__icontains=text),
        default_sort=lambda values: "due" if values["state"] == "running" else "-started",
        present=lambda plans: [standing_of(row, row.tasks.all(), today) for row in plans],
        key=LIST,
        segments=(
            Segment(pgettext_lazy("onboarding", "Running"), ""),
            Segment(_("Mine"), "whose=mine"),
            Segment(_("Late"), "turn=late"),
            Segment(_("To approve"), "turn=approve"),
            Segment(pgettext_lazy("onboarding", "Completed"), "state=completed"),
            Segment(_("All"), "state=all"),
        ),
        can_choose=True,
    )


def _next_title(row: Standing) -> str:
    return row.next_line.task.title if row.next_line else ""


COLUMNS: Sequence[Column] = (
    Column("partner", _("Partner"), at("plan.partner.name"), "partner__name", is_fixed=True),
    Column("state", _("Status"), lambda row: row.plan.get_state_display(), "state"),
    Column("progress", _("Progress"), lambda row: row.progress.share, _done_share, is_number=True),
    Column("next", _("Next"), _next_title),
    Column("due", _("Due"), lambda row: row.next_line and row.next_line.task.due_on, _next_due),
    Column("late", _("Late"), at("late"), is_number=True),
    Column("manager", _("Partner manager"), at("plan.manager_name"), "manager_name"),
    Column("started", _("Started"), at("plan.started_on"), "started_on"),
    Column("template", _("Template"), at("plan.version.template.name"),
           "version__template__name", is_usual=False),
    Column("type", _("Type"), at("plan.partner_type"), "partner_type", is_usual=False),
    Column("region", _("Region"), at("plan.region"), "region", is_usual=False),
    Column("closed", _("Closed"), at("plan.closed_on"), "closed_at", is_usual=False),
)  # fmt: skip


def _filters(narrow: _Narrow, actor: Actor) -> Sequence[Filter[Any]]:
    templates = access.scope(actor, OnboardingTemplate).values_list("public_id", "name")
    return (
        Filter("state", _("Status"), [*OnboardingPlan.State.choices, ("all", _("All"))],
               narrow.state, default="running", all_value="all"),
        Filter("turn", _("What waits"),
               [ANY, ("late", _("Something is late")), ("approve", _("Something to approve")),
                ("ours", _("Our turn")), ("company", _("The partner’s turn"))],
               narrow.turn),
        Filter("whose", _("Whose"), [ANY, ("mine", _("Mine"))], narrow.mine),
        Filter("template", _("Template"), [ANY, *((str(key), name) for key, name in templates)],
               lambda rows, value: rows.filter(version__template__public_id=value)),
    )  # fmt: skip
