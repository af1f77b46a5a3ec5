"""Two rows of everything that a list shows: what tests/common/test_every_list.py stands on."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import prm.urls  # noqa: F401 (registers the lists)
from kpis.definitions import KPIS
from kpis.engine.drain import drain
from partners.models import (
    AccessRequest,
    ApplicationInvitation,
    Cost,
    OnboardingPlan,
    Partner,
    PartnerLink,
    PartnerMerge,
    PartnerProgram,
    TierStanding,
)
from prm.common import audit, lists
from prm.common.models import (
    ApiToken,
    Import,
    ImportMapping,
    ImportProblem,
    Notice,
    OutboxMail,
    Task,
    User,
)
from tests.common.listed import grouped
from tests.factories import (
    make_application,
    make_deal,
    make_form,
    make_member,
    make_partner,
    make_rate,
    make_user,
)

EVIL, SOURCED = "=1+1 evil", "partner_sourced_revenue"


@dataclass
class Ground:
    """Two rows of everything; one of each has a cell that a spreadsheet would run."""

    staff: Client
    member: Client
    run: Import


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tiers(name: str, now: Any) -> None:
    """A partner that rose and is at risk, and one that is to rise."""
    program, _made = PartnerProgram.objects.get_or_create(name="Resellers")
    for state in ("at_risk", "promotion_pending"):
        partner = make_partner(f"{name} {state}", type="reseller", tier="silver")
        partner.profiles.update(valid_to="2026-05-01")
        partner.profiles.create(type="reseller", tier="gold", valid_from="2026-05-01")
        TierStanding.objects.create(
            partner=partner, program=program, state=state, pending_tier="gold",
            since=now.date(), grace_until=now.date(),
        )  # fmt: skip


def doubles(name: str, now: Any) -> None:
    """Two records that may be one company, and two that were merged."""
    one, other = make_partner(f"{name} double"), make_partner(f"{name} double")
    PartnerMerge.objects.create(stub=one, survivor=other, at=now, undone_at=now)


def deal_below(partner: Partner, name: str) -> None:
    """A deal of a company below this one."""
    below = make_partner(f"{name} below")
    PartnerLink.objects.create(child=below, parent=partner, valid_from="2020-01-01")
    make_deal(below, name=name)


def companies(partner: Partner, name: str, now: Any) -> None:
    """A colleague, a deal of a company below, and records that are alike."""
    make_member(partner, user=make_user(name=name))
    deal_below(partner, name)
    doubles(name, now)


def changed_partner(name: str, now: Any) -> Partner:
    """A partner in onboarding that one of the vendor's people changed."""
    person = make_user(staff_role="executive", name=name)
    own = make_partner(f"{name} company")
    OnboardingPlan.objects.create(partner=own, started_on=now.date())
    audit.record("partner.change", own, by=person, now=now, reason=name)
    grouped(name, now)
    return own


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setattr(lists, "PAGE_SIZES", (1, 50))
    monkeypatch.setitem(KPIS, "win_rate", replace(KPIS["win_rate"], name=EVIL))
    admin, now = make_user(staff_role="admin", name="Ada"), timezone.now()
    run = Import.objects.create(
        resource="deal", source="crm", file_name="plain.csv", state="done", started_at=now, by=admin
    )
    partner = make_partner("Plain")
    member = make_member(partner, "", "admin", "sales")
    form = make_form()
    for name in ("Plain one", EVIL):
        own = changed_partner(name, now)
        make_deal(partner, name=name)
        make_deal(partner, name=name, won="2026-07-15")
        companies(partner, name, now)
        tiers(name, now)
        make_rate("USD", "2026-01-01" if name == EVIL else "2026-01-02", "1.1", source=name)
        Import.objects.create(
            resource="deal", source="crm", file_name=name, state="done", started_at=now
        )
        ImportMapping.objects.create(resource="deal", name=name, by=admin, updated_at=now)
        ImportProblem.objects.create(run=run, line=2, column="amount", reason=name, row=[name])
        OutboxMail.objects.create(
            key=name, to="a@example.com", subject=name, text="t", created_at=now, due_at=now
        )
        _tell_and_ask(admin, own, name)
        ApiToken.objects.create(
            user=admin, name=name, prefix="p", digest=name, expires_at=now + timedelta(9)
        )
        make_application(form, company=name)
        Cost.objects.create(kind="other", amount=5, currency="EUR", at=now, note=name)
        ApplicationInvitation.objects.create(
            form=form, email="a@example.com", company=name, digest=name, by=admin, sent_at=now,
            expires_at=now + timedelta(9),
        )  # fmt: skip
        AccessRequest.objects.create(
            name=name, email=f"{name[1:4]}@example.com", partner=partner, state="pending",
            asked_at=now,
        )  # fmt: skip
    drain(now)
    return Ground(browser(admin), browser(User.objects.get(pk=member.user_id)), run)


def _tell_and_ask(admin: User, partner: Partner, name: str) -> None:
    """A notice about the import of this name, and a task."""
    run = Import.objects.get(file_name=name)
    kind = "import_failed" if name == EVIL else "import_done"
    Notice.objects.create(
        to=admin, kind=kind, key=name, at=run.started_at,
        about_type="common.import", about_id=str(run.public_id), args={"rows": 1, "checked": False},
    )  # fmt: skip
    Task.objects.create(
        source="own", key=name, title=name, side="company", company=partner.public_id,
        created_at=run.started_at, updated_at=run.started_at,
    )  # fmt: skip
