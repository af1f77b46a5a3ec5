"""What the API says when a value is wrong: what to send, never the framework's words."""

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIClient

from partners.accounts import api as accounts
from partners.deals import api as deals
from prm.common.doors import StrictSerializer
from prm.common.models import User
from tests.api.conftest import token_client
from tests.common.test_form_words import STOCK
from tests.factories import make_user
from tests.world import World


class Inner(StrictSerializer):
    """A part of the body."""

    note = serializers.CharField()


class Body(StrictSerializer):
    """One field of each kind."""

    flag = serializers.BooleanField(required=False)
    whole = serializers.IntegerField(required=False, max_value=9)
    amount = serializers.DecimalField(required=False, max_digits=4, decimal_places=1)
    share = serializers.FloatField(required=False)
    day = serializers.DateField(required=False)
    at = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(["a", "b"], required=False)
    kinds = serializers.MultipleChoiceField(choices=["a", "b"], required=False)
    id = serializers.UUIDField(required=False)
    list = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=2)
    map = serializers.DictField(required=False)
    name = serializers.CharField(required=False, max_length=3)
    email = serializers.EmailField(required=False)
    owner: Any = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), required=False)
    inner = Inner(required=False)
    mine = serializers.CharField(required=False, error_messages={"invalid": "My own words."})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("flag", "perhaps", "Send true or false."),
        ("whole", "x", "Send a whole number like 12."),
        ("whole", 10, "Send at most 9."),
        ("amount", "x", 'Send a number as text like "1234.50".'),
        ("amount", "1.23", "Digits behind the point: at most 1."),
        ("share", "x", "Send a number like 12.5."),
        ("day", "30.11.2026", "Send a day like 2026-11-30."),
        ("at", "yesterday", "Send a moment like 2026-11-30T14:30:00Z."),
        ("kind", "c", "Send one of: a, b."),
        ("kinds", ["c"], "Send some of: a, b."),
        ("kinds", "a", "Send a list, with [ and ] around it."),
        ("id", "x", "Send an id like 0192f000-0000-7000-8000-000000000000."),
        ("list", 5, "Send a list, with [ and ] around it."),
        ("list", [1, 2, 3], "Shorten the list: at most 2 fit."),
        ("list", ["x"], "Send a whole number like 12."),
        ("map", [], "Send an object of names and values."),
        ("name", [], "Send a text."),
        ("name", "four", "Shorten the text: at most 3 characters fit."),
        ("name", None, "Send a value, or leave the field out."),
        ("name", "", "Send a text, or leave the field out."),
        ("email", "x", "Send an address like name@company.com."),
        ("owner", 0, "Nothing has this id, or nothing that you may see."),
        ("owner", "x", "Nothing has this id, or nothing that you may see."),
        ("inner", 5, "Send an object with the fields in it."),
        ("inner", {}, "Send this field."),
        ("mine", [], "My own words."),
    ],
)
def test_each_kind_of_value_says_what_to_send(field: str, value: Any, sentence: str) -> None:
    body = Body(data={field: value})
    body.is_valid()
    assert sentence in str(body.errors[field])
    assert not STOCK.search(str(body.errors).replace("Send this field.", ""))


def test_a_body_that_is_no_object_says_so() -> None:
    body = Body(data=[])
    body.is_valid()
    assert body.errors == {"non_field_errors": ["Send an object with the fields in it."]}


def test_no_field_of_the_projects_input_speaks_as_the_framework_does() -> None:
    bodies = [
        one
        for module in (accounts, deals)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, StrictSerializer)
    ]
    assert len(bodies) > 5
    for body in bodies:
        for name, field in body().fields.items():
            said = [str(text) for text in field.error_messages.values()]
            said += [str(getattr(check, "message", "")) for check in field.validators]
            stock = [text for text in said if STOCK.search(text) and text != "Send this field."]
            assert stock == [], (body, name)


@pytest.fixture
def admin(world: World) -> APIClient:
    return token_client(world.admin)


@pytest.mark.parametrize("query", ["state=odd", "closed_from=odd", "is_direct=odd", "partner=odd"])
def test_filters_say_what_to_send_too(admin: APIClient, query: str) -> None:
    answer = admin.get(f"/api/v1/deals/?{query}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert not STOCK.search(error["message"]), error


def test_the_doors_of_the_api_use_these_words(admin: APIClient, world: World) -> None:
    make_user("x@example.com")
    answer = admin.patch(
        f"/api/v1/deals/{world.deal.public_id}/",
        {"is_co_sell": "perhaps", "currency": "euro", "expected_close_on": "soon"},
        format="json",
    )
    said = {one["field"]: one["message"] for one in answer.json()["errors"]}
    assert said == {
        "is_co_sell": "Send true or false.",
        "currency": "Send three capital letters like EUR.",
        "expected_close_on": "Send a day like 2026-11-30.",
    }
