"""What an application may be twice, and which region a country is in."""

import pytest

from partners.recruiting.fitting import region_of
from partners.recruiting.selectors import doubles_of
from prm.common import access
from tests.factories import make_application, make_form, make_partner, make_user

pytestmark = pytest.mark.django_db


def test_the_nearest_names_are_compared_however_many_are_alike() -> None:
    admin = make_user(staff_role="admin")
    for number in range(70):
        make_partner(f"Nordwind Systems Number {number}", contract=False)
    make_partner("Nordwind Systems GmbH", contract=False)
    row = make_application(make_form(), company="Nordwind Systems")
    found = doubles_of(row, access.actor_for(admin))
    assert (str(found[0].thing), found[0].reasons) == ("Nordwind Systems GmbH", ["same name"])


def test_a_region_is_that_of_partners_of_the_country_however_it_is_written() -> None:
    make_partner("Acme", country="DE", region="DACH")
    assert region_of("Germany") == region_of("de") == region_of(" GERMANY ") == "DACH"
    assert region_of("France") == region_of("") == ""
