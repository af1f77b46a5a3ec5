"""The first settings of an installation, and which of them a person may write."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from prm.common import config
from prm.common.errors import InvalidInput
from prm.common.models import Day, FiscalMonth, Setting
from tests.factories import make_deal, make_user
from tests.imports.helpers import file_of, load, outcome

pytestmark = pytest.mark.django_db
SETTINGS = "/admin/common/setting/"
first_values = import_module("prm.common.migrations.0002_rules").first_values


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(make_user(staff_role="admin", is_staff=True, is_superuser=True))
    return client


def change(client: Client, key: str, value: str) -> str:
    return client.post(f"{SETTINGS}{key}/change/", {"value": value}).content.decode()


@pytest.mark.parametrize(("name", "value"), [("PRM_TIME_ZONE", "Mars"), ("PRM_CURRENCY", "EURO")])
def test_a_wrong_first_value_stores_nothing(settings: Any, name: str, value: str) -> None:
    Setting.objects.all().delete()
    setattr(settings, name, value)
    with pytest.raises(InvalidInput, match=value):
        first_values(apps, None)
    assert not Setting.objects.exists()


def test_the_first_values_are_written_with_the_models_of_their_own_step() -> None:
    Setting.objects.all().delete()
    asked = []

    class AppsOfThatStep:
        def get_model(self, app: str, name: str) -> Any:
            asked.append(name)
            return apps.get_model(app, name)

    first_values(AppsOfThatStep(), None)
    assert sorted(asked) == ["Day", "FiscalMonth", "Setting"]
    assert (FiscalMonth.objects.count(), Day.objects.count()) == (71 * 12, 71 * 365 + 18)


def test_the_horizon_of_the_figures_is_not_in_the_back_office(office: Client) -> None:
    before = Setting.objects.get(key="kpi_horizon").value
    page = office.get(SETTINGS).content.decode()
    assert "program_name" in page
    assert "kpi_horizon" not in page
    change(office, "kpi_horizon", "soon")
    assert Setting.objects.get(key="kpi_horizon").value == before


@pytest.mark.parametrize("key", ["kpi_horizon", "report_exponent"])
def test_what_the_site_works_out_is_not_imported_even_before_facts(
    key: str, tmp_path: Path
) -> None:
    before = Setting.objects.get(key=key).value
    run = load("setting", file_of(tmp_path, f"key,value\n{key},2020-01-01\n"))
    assert outcome(run) == (0, 0, 0, 1)
    assert "Leave it out" in run.problems.get().reason
    assert Setting.objects.get(key=key).value == before


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("program_time_zone", "Mars", "is no time zone"),
        ("report_currency", "EURO", "is no currency code"),
        ("fiscal_start_month", "13", "a month from 1 to 12"),
        ("material_touch_kinds", "demo,,poc", "with commas between"),
    ],
)
def test_the_back_office_checks_settings_and_says_what_to_do(
    office: Client, key: str, value: str, sentence: str
) -> None:
    before = Setting.objects.get(key=key).value
    assert sentence in change(office, key, value)
    assert Setting.objects.get(key=key).value == before


def test_a_setting_of_the_back_office_brings_along_what_follows_from_it(office: Client) -> None:
    change(office, "report_currency", "JPY")
    change(office, "fiscal_start_month", "7")
    change(office, "material_touch_kinds", "demo, poc")
    assert Setting.objects.get(key="report_exponent").value == "0"
    assert FiscalMonth.objects.get(starts_on="2026-07-01").year == 2027
    assert config.program().material_touch_kinds == ("demo", "poc")


def test_what_figures_rest_on_stands_once_there_are_facts(office: Client) -> None:
    make_deal()
    change(office, "report_currency", "USD")
    change(office, "program_name", "Aldermoor")
    assert (config.program().currency, config.program().name) == ("EUR", "Aldermoor")
