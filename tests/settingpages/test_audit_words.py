"""Every action that the audit records has words, and every word an action."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.utils import timezone, translation

from kpis.models import Baseline, Target
from partners.models import (
    AccessRequest,
    Application,
    ApplicationInvitation,
    Deal,
    DynamicSegment,
    OnboardingPlan,
    OnboardingTask,
    OnboardingVersion,
    RuleVersion,
    TierStanding,
)
from prm.common import access, audit, config
from prm.common.backoffice import Audited
from prm.common.imports.report import Report
from prm.common.logbooks.sentences import SAYS, USUAL, field_name, rows_of
from prm.common.models import AuditEntry, Task
from tests.factories import make_user

ROOT = Path(__file__).resolve().parents[2]
ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)*\.[a-z_]+(?<!_)")
# Actions that are put together when they are recorded.
MACHINES = (
    AccessRequest, Application, ApplicationInvitation, Deal, DynamicSegment, OnboardingPlan,
    OnboardingTask, OnboardingVersion, RuleVersion, Task, TierStanding,
)  # fmt: skip
COMPOSED = {
    f"{model._meta.model_name}.{action}"
    for model in MACHINES
    for ways in model.NEXT.values()
    for action in ways
} | {f"kpi.set_{model._meta.model_name}" for model in (Target, Baseline)}


def actions_of(path: Path) -> Iterator[str]:
    """What the functions that record say: every text that is an action."""
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [ast.unparse(one.func) for one in ast.walk(function) if isinstance(one, ast.Call)]
        if "audit.record" not in calls:
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Constant) and ACTION.fullmatch(str(node.value)):
                yield str(node.value)


def recorded() -> set[str]:
    files = [path for app in ("prm", "partners", "kpis") for path in (ROOT / app).rglob("*.py")]
    return {action for path in files for action in actions_of(path)} | COMPOSED


@pytest.mark.parametrize("action", sorted(recorded()))
def test_every_recorded_action_has_words(action: str) -> None:
    assert action in SAYS or action.rpartition(".")[2] in USUAL


@pytest.mark.parametrize("action", sorted(SAYS))
def test_words_are_of_an_action_that_is_recorded(action: str) -> None:
    assert action in recorded()


def keys_of(path: Path) -> Iterator[str]:
    """The names of values that functions which record write down."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef) and "audit.record(" in ast.unparse(function):
            for node in ast.walk(function):
                target = ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""
                value = getattr(node, "value", None)
                is_ours = target in {"before", "after"} or (
                    isinstance(node, ast.keyword) and node.arg in {"before", "after"}
                )
                if is_ours and isinstance(value, ast.Dict):
                    yield from (key.value for key in value.keys if isinstance(key, ast.Constant))


def recorded_keys() -> set[str]:
    files = [path for app in ("prm", "partners", "kpis") for path in (ROOT / app).rglob("*.py")]
    counts = {field.name for field in fields(Report) if field.type is int}
    assert "rejected" in counts
    return {key for path in files for key in keys_of(path)} | counts


def is_told(kind: str, name: str) -> bool:
    """Whether a value has a name that a German reader reads in German."""
    with translation.override("de"):
        german = field_name(kind, name)
    return german != name.replace("_", " ") or german in audit.FIELDS.values()


@pytest.mark.parametrize("key", sorted(recorded_keys()))
def test_every_recorded_value_has_a_name_for_people(key: str) -> None:
    assert any(is_told(kind, key) for kind in audit.KINDS), key


@pytest.mark.django_db
def test_every_field_of_the_back_office_has_a_name_for_people() -> None:
    request = RequestFactory().get("/admin/")
    request.user = make_user(staff_role="admin", is_staff=True)
    missing = [
        (model._meta.label_lower, name)
        for model, office in admin.site._registry.items()
        if isinstance(office, Audited)
        for name in office.get_form(request).base_fields
        if not name.startswith("password") and not is_told(model._meta.label_lower, name)
    ]
    assert missing == []


def test_a_partners_tier_is_called_by_its_profile_and_its_manager_by_name() -> None:
    assert set(audit.PARTS) | set(audit.PARTS.values()) <= {
        model._meta.label_lower for model in apps.get_models()
    }
    with translation.override("de"):
        assert field_name("partners.partner", "tier") == "Stufe"
        assert field_name("partners.partner", "manager") == "Partner-Manager"
        assert field_name("partners.deal", "expected_close_on") == "Erwarteter Abschluss"


def test_a_setting_is_called_as_on_its_page_and_a_logo_is_a_picture(db: None) -> None:
    changes = ((config.BRAND_LOGO, "a71d.png.520x120"), (config.FISCAL_START, "4"))
    for key, value in changes:
        AuditEntry.objects.create(
            at=timezone.now(), action="setting.change", object_type="common.setting",
            object_id=key, before={"value": "1"}, after={"value": value},
        )  # fmt: skip
    actor = access.actor_for(make_user("ada@example.com", staff_role="admin"))
    told = [row.text for row in rows_of(AuditEntry.objects.order_by("pk"), actor)]
    assert told == [
        "changed setting “Logo”: value from a picture to a picture",
        "changed setting “First month of the fiscal year”: value from January to April",
    ]
