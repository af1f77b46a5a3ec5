"""What a first visit may weigh (design guide 14), compressed as the server sends it."""

import gzip
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from prm.common import statics
from tests.factories import make_user
from tests.world import World

STATIC = Path(__file__).resolve().parent.parent / "static"
KB = 1024


def weight(*patterns: str) -> int:
    """Compressed bytes of the files that match."""
    files = [path for pattern in patterns for path in STATIC.glob(pattern)]
    assert files
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


def rules(sheet: str) -> str:
    """What a browser reads of a sheet: no comment, no white space; the address of no font."""
    return "".join(re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet, flags=re.DOTALL).split())


def test_the_style_sheets_are_sent_as_one_file_of_at_most_14_kb_with_those_of_charts(
    tmp_path: Path, settings: Settings
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "prm.common.statics.BundledStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    (sheet,) = statics.style_sheets()
    bundled = (tmp_path / sheet.removeprefix("/static/")).read_text()
    assert all(rules((STATIC / layer).read_text()) in rules(bundled) for layer in statics.LAYERS)
    assert "/*" not in bundled
    assert 'url("../fonts/inter-latin-var.' in bundled  # hashed, hence kept for ever
    whole = len(gzip.compress(bundled.encode(), 9)) + weight("css/charts.css", "css/plotly.css")
    assert whole <= 14 * KB


def test_every_style_sheet_is_linked_somewhere() -> None:
    linked = {*statics.LAYERS, "css/charts.css", "css/plotly.css"}
    assert {f"css/{path.name}" for path in STATIC.glob("css/*.css")} == linked


def test_the_scripts_of_a_page_weigh_at_most_20_kb_and_25_with_charts() -> None:
    assert weight("js/app.js", "vendor/htmx.min.js") <= 20 * KB
    assert weight("js/*.js", "vendor/htmx.min.js") <= 25 * KB


def test_the_font_weighs_at_most_50_kb() -> None:
    assert (STATIC / "fonts" / "inter-latin-var.woff2").stat().st_size <= 50 * KB


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route",
    ["kpis:overview", "kpis:kpi_list", "partners:partner_list", "deals:deal_list",
     "imports:import_list", "common:styleguide"],
)  # fmt: skip
def test_the_markup_of_a_desk_page_weighs_at_most_15_kb(route: str, world: World) -> None:
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    assert len(gzip.compress(client.get(reverse(route)).content, 6)) <= 15 * KB
