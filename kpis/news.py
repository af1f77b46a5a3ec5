"""What administrators are told about the figures."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from prm.common.config import program
from prm.common.display import number
from prm.common.models import User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify

ADMIN = frozenset({"admin"})


def _differ(_about: Any, args: dict[str, Any]) -> str:
    return ngettext(
        "%(n)s stored figure differs from the facts",
        "%(n)s stored figures differ from the facts",
        args["n"],
    ) % {"n": number(args["n"])}


FIGURES_DIFFER = declare(
    Kind(
        "figures_differ",
        _("The nightly comparison found wrong figures"),
        _("Figures"),
        "circle-alert",
        ADMIN,
        _differ,
        action=_("See what needs attention"),
        why=_("Until somebody corrects them, everybody reads wrong figures."),
    )
)


def tell_differences(n: int, *, now: datetime) -> None:
    """The comparison found differences; once a day."""
    admins = User.objects.filter(staff_role="admin", is_active=True)
    notify(
        FIGURES_DIFFER,
        admins,
        key=str(program().local_date(now)),
        url=reverse("kpis:attention"),
        args={"n": n},
        now=now,
    )
