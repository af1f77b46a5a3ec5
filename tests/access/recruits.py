"""Applications, invitations, requests for access and costs of both partners of the cast."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from partners.models import (
    AccessRequest,
    ApplicationInvitation,
    ApplicationMessage,
    Cost,
    VisitCount,
)
from partners.recruiting.fitting import state_profile
from partners.recruiting.rules import Criterion
from tests import factories
from tests.factories import at
from tests.world import World


def fill(world: World, foreign: tuple[str, int]) -> None:
    """Applications and requests of both; forms, visits and the ideal profile are the vendor's."""
    form = factories.make_form("prm")
    factories.make_form("closed", is_open=False)
    now = timezone.now()
    for number, (partner, mark, amount) in enumerate(
        ((world.acme, "fine", 70), (world.globex, *foreign)), 1
    ):
        row = factories.make_application(
            form, state="approved", partner=partner, company=f"{mark} company", city=mark,
            domain=f"{mark}.example", contact_name=mark, email=f"{mark}@example.com",
            channel=mark, referrer=mark, note=mark, customers=mark, certificates=mark,
            answers=[{"question": mark, "answer": mark}], fit_score=number * 10,
        )  # fmt: skip
        ApplicationMessage.objects.create(application=row, at=now, text=mark)
        AccessRequest.objects.create(
            partner=partner, state="pending", name=mark, email=f"ask-{mark}@example.com",
            company=mark, asked_at=now, confirmed_at=now,
        )  # fmt: skip
        ApplicationInvitation.objects.create(
            form=form, email=f"invite-{mark}@example.com", company=mark, name=mark, note=mark,
            digest=f"{number:064}", by=world.admin, sent_at=now,
            expires_at=now + timedelta(days=30),
        )  # fmt: skip
        Cost.objects.create(
            partner=partner, at=at("2026-07-10"), kind="onboarding", amount=Decimal(amount),
            currency="EUR", note=mark,
        )  # fmt: skip
        VisitCount.objects.create(form=form, day="2026-07-01", channel=f"c{number}", n=3)
        state_profile([Criterion("people", number, (), 2)], by=world.admin, now=now)
