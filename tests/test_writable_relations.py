"""A foreign id in a form or a body is answered like one that nothing has."""

from typing import Any

import pytest
import time_machine
from django import forms
from django.core.cache import cache
from django.forms import ModelChoiceField
from django.utils import timezone
from rest_framework import serializers

from partners.models import ApplicationForm
from prm.common.doors import StrictSerializer
from prm.common.forms import SaysWhatToDo
from tests import factories
from tests.access.cast import Cast, cast  # noqa: F401  (a fixture)
from tests.access.relations import RELATIONS, Judged, Relations, below

CALLERS = ["pat", "channel_manager", "admin"]
# Relations that no request of these callers reaches, and why.
NOT_REACHED: dict[tuple[str, str], str] = {
    (
        "ProfileChange",
        "manager",
    ): "A part of NewPartner and PartnerChange.",
}
# Whoever invites a person by address reads the name that the person goes by, as its colleague.
KNOWN = (
    "shows: pat post /api/v1/partner-people/ email gil-",
    "shows: channel_manager /segments/new/ blocks ",  # how many rows the editor shows, no row
)


def relations_of_forms() -> set[tuple[str, str]]:
    """Every choice of another row in a form of ours."""
    return {
        (form.__qualname__, name)
        for form in below(SaysWhatToDo)
        if issubclass(form, forms.BaseForm)
        for name, one in form.base_fields.items()
        if isinstance(one, ModelChoiceField)
    }


def relations_of_bodies() -> set[tuple[str, str]]:
    """Every field of a body that takes the id or the address of another row."""
    return {
        (body.__qualname__, name)
        for body in below(StrictSerializer)
        for name, one in body._declared_fields.items()
        if isinstance(one, (*RELATIONS, serializers.UUIDField, serializers.RelatedField))
        and not one.read_only
    }


@pytest.mark.slow
def test_foreign_ids_in_forms_and_bodies_are_answered_like_unknown_ones(
    cast: Cast,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"token": "1000000/hour"}
    }
    waiting = factories.make_application(ApplicationForm.objects.get(slug="prm"), region="Nowhere")
    cast.objects["partners.Application"]["acme"].insert(0, str(waiting.public_id))
    judged, problems = Judged(monkeypatch), []
    with time_machine.travel(timezone.now(), tick=False):
        for who in CALLERS:
            cache.clear()
            asked = Relations(cast, cast.caller(who))
            asked.run()
            print(f"{who}: {asked.requests} requests, {len(asked.asked)} pages with forms")
            problems += [one for one in asked.problems if not any(map(one.startswith, KNOWN))]
    assert not problems, "\n".join(problems)
    missed = (relations_of_forms() - judged.forms) | (relations_of_bodies() - judged.fields)
    missed -= set(NOT_REACHED)
    assert not missed, "No request reached these relations: let a row of the cast show their form."


def test_there_are_relations_to_ask() -> None:
    assert len(relations_of_forms()) >= 7
    assert len(relations_of_bodies()) >= 15
