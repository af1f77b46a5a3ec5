"""Anybody may report what a browser blocked: the log stays readable, and is not flooded."""

import logging
from typing import Any

import pytest
from django.test import Client

from prm.common.views import MOST_REPORTS

pytestmark = pytest.mark.django_db
FORGED = "x\n2026-11-22 INFO audit FORGED\x1b[31m"


def send(text: str) -> int:
    return Client().post("/csp-report/", text, content_type="application/csp-report").status_code


def test_a_report_is_one_line_without_control_characters(caplog: Any) -> None:
    with caplog.at_level(logging.ERROR, "prm.common.views"):
        assert send(FORGED) == 204
    assert [record.getMessage() for record in caplog.records] == [
        "CSP report: x?2026-11-22 INFO audit FORGED?[31m"
    ]


def test_a_flood_of_reports_does_not_fill_the_log(caplog: Any) -> None:
    with caplog.at_level(logging.ERROR, "prm.common.views"):
        assert {send("blocked") for _ in range(MOST_REPORTS + 20)} == {204}
    assert 0 < len(caplog.records) <= MOST_REPORTS + 1
