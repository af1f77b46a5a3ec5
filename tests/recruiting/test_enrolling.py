"""An approved company enters a programme in its first tier, on the page and by the API."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import Application, Partner, PartnerProgram, TierStanding
from partners.programs import services as programs
from partners.recruiting.services import approve_application
from prm.common.errors import InvalidInput
from tests.access.cast import browser, by_token
from tests.factories import make_application, make_form, make_partner
from tests.programs.ladder import ladder, program_with, tier_of
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(world: World) -> PartnerProgram:
    """Registered, silver, gold for resellers."""
    return program_with(ladder())


def post(client: Client, application: Application, **values: Any) -> Any:
    url = reverse("recruiting:application_approve", args=[application.public_id])
    return client.post(url, values)


def test_the_page_offers_the_programme_of_the_type_and_enrols(
    world: World, program: PartnerProgram
) -> None:
    programs.create_program(name="Draft", types=["msp"], by=None, now=timezone.now())
    application = make_application(make_form(), type="reseller", company="Newcomer")
    client = browser(world.admin)
    page = client.get(reverse("recruiting:application_approve", args=[application.public_id]))
    form = page.context["form"]
    assert form.initial["program"] == program
    assert list(form.fields["program"].queryset) == [program]  # without rules nobody enters
    assert post(client, application, program=program.pk, type="").status_code == 302
    partner = Partner.objects.get(name="Newcomer")
    profile = partner.profiles.get()
    assert (profile.type, profile.tier) == ("reseller", "registered")
    assert TierStanding.objects.get(partner=partner).program == program


def test_the_api_enrols_in_a_named_tier_and_refuses_a_foreign_one(
    world: World, program: PartnerProgram
) -> None:
    application = make_application(make_form(), company="Newcomer")
    client = by_token(world.admin, ["recruiting:write"])
    url = f"/api/v1/applications/{application.public_id}/approve/"
    body = {"program": str(program.public_id), "tier": "platinum"}
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "tier"
    answer = client.post(url, body | {"tier": "Silver"}, content_type="application/json")
    assert answer.status_code == 200, answer.json()
    assert tier_of(Partner.objects.get(name="Newcomer")) == "silver"


def test_a_known_partner_keeps_a_tier_of_the_ladder_and_a_foreign_type_is_refused(
    world: World, program: PartnerProgram
) -> None:
    now, today = timezone.now(), timezone.now().date()
    gold, other = make_partner(type="reseller", tier="gold"), make_partner(type="msp", tier="gold")
    blank = make_partner(type="", tier="")
    for partner in (gold, blank):
        application = make_application(make_form(f"f{partner.pk}"))
        approve_application(
            application, by=world.admin, now=now, valid_from=today, partner=partner, program=program
        )
    assert (tier_of(gold), tier_of(blank)) == ("gold", "registered")
    application = make_application(make_form("last"))
    with pytest.raises(InvalidInput, match="type msp"):
        approve_application(
            application, by=world.admin, now=now, valid_from=today, partner=other, program=program
        )
    application.refresh_from_db()
    assert application.state == "pending"
