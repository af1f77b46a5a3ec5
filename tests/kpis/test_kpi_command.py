"""``manage.py kpi``: what it says to a value that cannot be used."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from kpis.management.commands.kpi import instant
from prm.common import config

pytestmark = pytest.mark.django_db


def test_an_instant_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(CommandError, match="2026-09-30T22:00:00Z, not rubbish"):
        call_command("kpi", "win_rate", period="2026-Q3", as_of="rubbish")


def test_an_instant_without_a_zone_is_taken_in_the_programmes() -> None:
    config.put(config.TIME_ZONE, "America/New_York")
    assert instant("2026-07-01T00:00") == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert instant("2026-07-01T00:00Z") == datetime(2026, 7, 1, tzinfo=UTC)
