"""Errors of the API as problem+json (RFC 9457), each with a stable ``type``."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response

from prm.common.errors import DomainError
from prm.common.refusals import as_refusal

CONTENT_TYPE = "application/problem+json"
# The page of the API explains each type at this address.
TYPES = "/api/#problem-"

# What to do where the framework only says that something is missing.
_ADVICE: dict[str, StrOrPromise] = {
    "required": lazy("Send this field."),
    "blank": lazy("Send a text, or leave the field out."),
    "null": lazy("Send a value, or leave the field out."),
}


class TooLarge(exceptions.APIException):
    """The body is longer than this installation reads."""

    status_code = 413
    default_code = "too_large"
    default_detail = "The request is too large. Send it in smaller parts."


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The body of an error. It never names the address, so a foreign id looks like no id."""
    title = HTTPStatus(status).phrase
    return {"type": TYPES + code, "title": title, "status": status, "detail": detail, **more}


def not_found_problem() -> dict[str, Any]:
    """One and the same answer for what does not exist and for what one may not know of."""
    return problem(404, "not_found", _("There is nothing here, or nothing that you may see."))


def problem_json(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None lets anything unforeseen stay an error (500, logged)."""
    if isinstance(error, Http404):
        return _response(not_found_problem())
    if refusal := as_refusal(error):
        return _response(_of_domain_error(refusal))
    error = _as_api_exception(error)
    if not isinstance(error, exceptions.APIException):
        return None
    from rest_framework.views import exception_handler  # it loads this module by the settings

    plain = exception_handler(error, context)  # keeps WWW-Authenticate and Retry-After
    headers = dict(plain.items()) if plain is not None else {}
    headers.pop("Content-Type", None)
    return _response(_of_api_exception(error, context), headers)


def _response(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(body, body["status"], headers=headers, content_type=CONTENT_TYPE)


def _as_api_exception(error: Exception) -> Exception:
    if isinstance(error, DjangoValidationError):
        return exceptions.ValidationError(get_error_detail(error))
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return TooLarge(_("The request is too large. Send it in smaller parts."))
    if isinstance(error, (SuspiciousOperation, TooManyFieldsSent)):
        return exceptions.ParseError(_("The request cannot be read. Check its form and try again."))
    return error


def _of_domain_error(error: DomainError) -> dict[str, Any]:
    body = problem(error.status, error.code, error.message)
    if field := getattr(error, "field", ""):
        body["errors"] = [{"field": field, "message": error.message, "code": error.code}]
    return body


def _of_api_exception(error: exceptions.APIException, context: dict[str, Any]) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        detail = _("Some values cannot be used. Correct the fields in errors and send it again.")
        return problem(400, "invalid", detail, errors=list(_flat("", error.get_full_details())))
    return problem(error.status_code, str(error.default_code), _advice(error, context))


def _advice(error: exceptions.APIException, context: dict[str, Any]) -> str:
    """What to do about it, where the framework only says that it is so."""
    if isinstance(error, exceptions.MethodNotAllowed):
        known = ", ".join(context["view"].allowed_methods)
        return _("This cannot be done here. Use one of: %(methods)s.") % {"methods": known}
    if isinstance(error, exceptions.UnsupportedMediaType):
        return _("Send the body as application/json and say so in Content-Type.")
    if isinstance(error, exceptions.PermissionDenied) and error.detail == error.default_detail:
        return _("Your role, or the scopes of this token, do not include this. Ask for them.")
    return _text(error.detail)


def _text(detail: Any) -> str:
    if isinstance(detail, (list, tuple)):
        return " ".join(_text(part) for part in detail)
    if isinstance(detail, dict):
        return " ".join(_text(part) for part in detail.values())
    return str(detail)


def _flat(path: str, details: Any) -> Any:
    """Each error with the dotted name of its field; the whole object has the name ''."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        code = details["code"]
        message = str(_ADVICE.get(code) or details["message"])
        yield {"field": path, "message": message, "code": code}
    elif isinstance(details, dict):
        for name, part in details.items():
            own = path if name == "non_field_errors" else f"{path}.{name}".strip(".")
            yield from _flat(own, part)
    else:
        for part in details:
            yield from _flat(path, part)
