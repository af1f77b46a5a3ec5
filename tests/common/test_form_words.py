"""What forms say when a value cannot be used: what to do, never the framework's stock sentence."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import BaseValidator, DecimalValidator
from django.test import Client, RequestFactory
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import CharField, Serializer

import kpis
import partners
import prm
from prm.common.backoffice import Audited
from prm.common.forms import Form, SaysWhatToDo, advise
from prm.common.problems import problem_json
from tests.factories import make_user

STOCK = re.compile(
    r"this field|this value|enter a valid|select a valid|ensure (this|that)|no file was|"
    r"is not (one|a valid)|not a valid|submitted file is empty|null characters",
    re.I,
)


def form_classes() -> Iterator[type[forms.BaseForm]]:
    """Every form of the project, those of sign-in included."""
    for package in (prm, partners, kpis):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"migrations|embedded|__main__|management|wsgi", module.name):
                loaded = importlib.import_module(module.name)
                for _name, found in inspect.getmembers(loaded, inspect.isclass):
                    if issubclass(found, forms.BaseForm) and found.__module__ == module.name:
                        yield found


def said(field: forms.Field) -> Iterator[str]:
    """All that a field can say."""
    yield from (str(text) for text in field.error_messages.values())
    for check in field.validators:
        own = [check] if isinstance(check, BaseValidator) else []
        for one in own:
            yield str(field.error_messages.get(one.code, one.message))
        if isinstance(check, DecimalValidator):
            yield from (str(field.error_messages.get(code, text)) for code, text in check.messages.items())  # noqa: E501 # fmt: skip


def test_every_form_of_the_project_says_what_to_do() -> None:
    found = [one for one in form_classes() if one is not Form]
    assert len(found) > 20
    model_forms = [one for one in found if issubclass(one, forms.ModelForm)]
    speechless = [one for one in found if one not in model_forms and not issubclass(one, SaysWhatToDo)]  # noqa: E501 # fmt: skip
    assert speechless == []


@pytest.mark.parametrize("form", [one for one in form_classes() if one is not Form])
def test_no_field_speaks_as_the_framework_does(form: type[forms.BaseForm]) -> None:
    for name, field in form.base_fields.items():
        advise(field, name)
        assert [text for text in said(field) if STOCK.search(text)] == [], name


@pytest.mark.django_db
def test_the_back_office_speaks_the_same_way() -> None:
    request = RequestFactory().get("/admin/")
    request.user = make_user(staff_role="admin", is_staff=True)
    checked = 0
    for office in admin.site._registry.values():
        if not isinstance(office, Audited):
            continue
        form = office.get_form(request)()
        form.full_clean()
        for name, field in form.fields.items():
            advise(field, name)
            assert [text for text in said(field) if STOCK.search(text)] == [], (office, name)
            checked += 1
    assert checked > 10


class Sample(Form):
    """One field of each kind that says its limits."""

    name = forms.CharField(label="Company", max_length=3, min_length=2)
    share = forms.DecimalField(label="Share 50 %", max_value=5, max_digits=3, decimal_places=1)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    file = forms.FileField(label="File")
    agrees = forms.BooleanField(label="We agree")
    free = forms.CharField(required=False, error_messages={"max_length": "Mine."}, max_length=1)


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({}, "name", "Fill in “Company”."),
        ({"name": "four"}, "name", "Shorten “Company”: it has 4 characters, at most 3 fit."),
        ({"name": "x"}, "name", "Lengthen “Company”: it needs at least 2 characters."),
        ({}, "kind", "Choose one under “Kind”."),
        ({"kind": "b"}, "kind", "Choose one of the values that “Kind” offers."),
        ({"share": "9"}, "share", "Enter at most 5 under “Share 50 %”."),
        (
            {"share": "1.23"},
            "share",
            "Round “Share 50 %”. Digits behind the decimal sign: at most 1.",
        ),
        ({"share": "x"}, "share", "Enter a whole or decimal number under “Share 50 %”."),
        ({}, "file", "Choose a file for “File”."),
        ({}, "agrees", "Tick “We agree” to go on."),
        ({"free": "xx"}, "free", "Mine."),
        ({"name": "a\0"}, "name", "Remove the invisible characters from “Company”."),
    ],
)
def test_each_kind_of_mistake_has_its_advice(
    data: dict[str, str], field: str, sentence: str
) -> None:
    assert sentence in Sample(data).errors[field]


def test_an_empty_file_says_so() -> None:
    form = Sample({}, {"file": SimpleUploadedFile("a.csv", b"")})
    assert form.errors["file"] == ["Choose another file: this one is empty."]


@pytest.mark.django_db
def test_the_title_of_a_sign_in_page_says_error_first() -> None:
    page = Client().post("/accounts/login/", {"login": "", "password": ""}).content.decode()
    assert re.search(r"<title>\s*Error:", page)
    assert "Fill in “" in page
    assert "This field is required" not in page


def test_the_api_says_what_to_send() -> None:
    class Body(Serializer[object]):
        name = CharField()
        note = CharField()

    body = Body(data={"note": ""})
    body.is_valid()
    said = problem_json(ValidationError(body.errors), {})
    assert said is not None
    assert [one["message"] for one in said.data["errors"]] == [
        "Send this field.",
        "Send a text, or leave the field out.",
    ]
