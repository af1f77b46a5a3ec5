"""What a new installation still needs: steps that the facts themselves tick off."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from kpis.models import Target
from partners.models import Deal, Partner
from prm.common import access, config
from prm.common.access import Actor
from prm.common.models import User


@dataclass(frozen=True)
class SetupStep:
    """One thing to do; ``url`` is empty for who may not do it, or once it is done."""

    title: StrOrPromise
    text: StrOrPromise
    action: StrOrPromise
    url: str
    is_done: bool


@dataclass(frozen=True)
class Checklist:
    """All steps in their order, for `components/checklist.html`."""

    steps: list[SetupStep]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.is_done for step in self.steps)


# title, what it is about, the button, route, the resource to import, method that it needs
STEPS = (
    (
        _("Name and brand your programme"),
        _("Name, logo and colour, as partners see them"),
        pgettext_lazy("button", "Open"),
        "brand:programme",
        "",
        "GET",
    ),
    (
        _("Choose time zone, currency and fiscal year"),
        _("Before the first import: the currency stands from then on"),
        pgettext_lazy("button", "Open"),
        "settings:ground",
        "",
        "POST",
    ),
    (
        _("Invite your people"),
        _("Channel managers, operations, finance: each with a role"),
        _("Invite"),
        "people:person_list",
        "",
        "POST",
    ),
    (
        _("Import your partners"),
        _("From a CSV or XLSX file; a check run shows what would happen"),
        _("Import"),
        "imports:import_new",
        "partner",
        "POST",
    ),
    (
        _("Import deals"),
        _("Needed for revenue, pipeline and win rates"),
        _("Import"),
        "imports:import_new",
        "deal",
        "POST",
    ),
    (
        _("Set targets and baselines"),
        _("So that every number says whether it is good"),
        _("Import"),
        "imports:import_new",
        "program_target",
        "POST",
    ),
)


def checklist(actor: Actor) -> Checklist:
    """How far this installation is, in five cheap questions. Nothing is stored about it."""
    program, usual = config.program(), config.defaults()
    ground = (program.time_zone.key, program.currency, str(program.fiscal_start_month))
    has_partners = Partner.objects.exists()
    colleagues = User.objects.exclude(staff_role="").filter(is_active=True)[:2].count()
    done = (
        program.name != usual[config.NAME],
        has_partners or ground != (usual[config.TIME_ZONE], usual[config.CURRENCY], "1"),
        colleagues > 1,
        has_partners,
        Deal.objects.exists(),
        Target.objects.exists(),
    )
    return Checklist(
        [_step(actor, is_done, *step) for is_done, step in zip(done, STEPS, strict=True)]
    )


def _step(
    actor: Actor,
    is_done: object,
    title: StrOrPromise,
    text: StrOrPromise,
    action: StrOrPromise,
    route: str,
    resource: str,
    method: str,
) -> SetupStep:
    url = reverse(route) + (f"?resource={resource}" if resource else "")
    may = not is_done and access.POLICY[route].allows(actor, method)
    return SetupStep(title, text, action, url if may else "", bool(is_done))
