"""The description of the API (OpenAPI 3), and the same prepared for a page without scripts."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from prm.common import access

VERBS = ("get", "post", "patch", "delete")
SAMPLE = "00000000-0000-7000-8000-000000000000"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description names our tokens."""

    target_class = "prm.common.tokens.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "prm_…"}


@cache
def schema() -> dict[str, Any]:
    """OpenAPI 3 of all routes, with the scope and the roles of each from the policy table."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    found: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for path, operations in found["paths"].items():
        rule = rule_at(path)
        for verb in VERBS:
            if verb in operations and rule is not None:
                _describe(operations[verb], rule, verb.upper())
    found["components"]["schemas"]["Problem"] = PROBLEM
    return found


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "message", "code")},
            },
        },
    },
}
REFUSALS = {
    "400": ("GET", "POST", "PATCH", "DELETE"),
    "401": ("GET", "POST", "PATCH", "DELETE"),
    "403": ("GET", "POST", "PATCH", "DELETE"),
    "404": ("GET", "POST", "PATCH", "DELETE"),
    "409": ("POST", "PATCH", "DELETE"),
    "413": ("POST", "PATCH"),
    "415": ("POST", "PATCH"),
    "422": ("POST",),
    "429": ("GET", "POST", "PATCH", "DELETE"),
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "Send the same key again to get the first answer again, for 72 hours.",
}


def rule_at(path: str) -> access.Rule | None:
    """The policy row of a path of the description."""
    sample = path.replace("{public_id}", SAMPLE).replace("{key}", "sample")
    try:
        return access.rule_of(resolve(sample))
    except Resolver404:
        return None


def _describe(operation: dict[str, Any], rule: access.Rule, method: str) -> None:
    operation["x-scope"] = "" if rule.scope_name in {"", "*"} else rule.scope_of(method)
    operation["x-roles"] = sorted(rule.methods.get(method, ()))
    refused = {
        "description": "problem+json",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for status, methods in REFUSALS.items():
        if method in methods:
            operation["responses"].setdefault(status, refused)
    if method == "POST":
        operation.setdefault("parameters", []).append(IDEMPOTENCY)


@dataclass
class Value:
    """A field or parameter as the page shows it."""

    name: str
    type: str
    is_required: bool = False
    description: str = ""


@dataclass
class Operation:
    """One method of one address as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    roles: list[str]
    parameters: list[Value] = field(default_factory=list)
    body: list[Value] = field(default_factory=list)
    answer: list[Value] = field(default_factory=list)


def groups(description: dict[str, Any]) -> dict[str, list[Operation]]:
    """The operations by the first word of their address, in the order of the description."""
    found: dict[str, list[Operation]] = {}
    for path, operations in description["paths"].items():
        name = path.removeprefix("/api/v1/").split("/")[0]
        for verb in VERBS:
            if verb in operations:
                found.setdefault(name, []).append(
                    _operation(description, path, verb, operations[verb])
                )
    return found


def _operation(
    description: dict[str, Any], path: str, verb: str, operation: dict[str, Any]
) -> Operation:
    good: dict[str, Any] = next(
        (part for code, part in operation["responses"].items() if code < "300"), {}
    )
    return Operation(
        id=operation["operationId"],
        method=verb.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        scope=operation.get("x-scope", ""),
        roles=operation.get("x-roles", []),
        parameters=[
            Value(
                part["name"],
                _type(part["schema"]),
                part.get("required", False),
                part.get("description", ""),
            )
            for part in operation.get("parameters", [])
        ],
        body=_values(description, _content(operation.get("requestBody", {}))),
        answer=_values(description, _content(good)),
    )


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of what an operation takes, references followed."""
    return _resolved(schema(), _content(operation.get("requestBody", {})))


def _content(part: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = part.get("content", {})
    first: dict[str, Any] = next(iter(content.values()), {})
    found: dict[str, Any] = first.get("schema", {})
    return found


def _resolved(description: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Follow references; of several shapes take the first; of a list its rows."""
    while True:
        if "$ref" in part:
            part = description["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]]
        elif "allOf" in part or "oneOf" in part:
            part = (part.get("allOf") or part["oneOf"])[0]
        elif "results" in part.get("properties", {}):
            part = part["properties"]["results"]["items"]
        elif part.get("type") == "array":
            part = part["items"]
        else:
            return part


def _values(description: dict[str, Any], part: dict[str, Any]) -> list[Value]:
    whole = _resolved(description, part)
    required = set(whole.get("required", ()))
    return [
        Value(name, _type(_seen(description, kind)), name in required, kind.get("description", ""))
        for name, kind in whole.get("properties", {}).items()
    ]


def _seen(description: dict[str, Any], kind: dict[str, Any]) -> dict[str, Any]:
    if kind.get("type") == "array":
        return kind
    return _resolved(description, kind) | {key: kind[key] for key in ("nullable",) if key in kind}


def _type(kind: dict[str, Any]) -> str:
    """The type in a word: ``text (uuid)``, ``number``, ``one of: open, won``."""
    if values := [str(value) for value in kind.get("enum", []) if value not in {None, ""}]:
        text = " | ".join(values)
    else:
        text = str(kind.get("format") or kind.get("type") or "object")
    return f"{text}, null" if kind.get("nullable") else text


def problems() -> list[tuple[str, int, str | Promise]]:
    """The kinds of errors: the end of ``type``, the status, what to do."""
    return [
        ("invalid", 400, _("A value cannot be used: errors names the fields. Correct them.")),
        ("parse_error", 400, _("The body cannot be read. Send JSON as described.")),
        ("unknown_parameter", 400, _("The address has no such parameter. Leave it out.")),
        ("authentication_failed", 401, _("The token is unknown, revoked or expired.")),
        ("not_authenticated", 401, _("Send Authorization: Bearer with a token.")),
        ("permission_denied", 403, _("Your role may not do this.")),
        ("scope_missing", 403, _("The token lacks a scope. Make one that has it.")),
        ("token_not_usable", 403, _("Only signed-in people may do this.")),
        ("second_factor_required", 403, _("Set up a second factor first.")),
        ("not_found", 404, _("There is nothing here, or nothing that you may see.")),
        ("method_not_allowed", 405, _("The address does not know this method.")),
        ("not_acceptable", 406, _("Answers are JSON only.")),
        ("invalid_transition", 409, _("Not possible from the present state. Read it anew.")),
        ("conflict", 409, _("Somebody or something else was first. Read it anew.")),
        ("idempotency_in_flight", 409, _("The first request with this key still runs. Wait.")),
        ("too_large", 413, _("The body is too large. Send it in parts.")),
        ("unsupported_media_type", 415, _("Send application/json.")),
        ("idempotency_key_reused", 422, _("The key came with another request. Use a new one.")),
        ("throttled", 429, _("Too many requests. Wait for the seconds in Retry-After.")),
        ("server_error", 500, _("Our fault. Try again; if it stays, name X-Request-ID.")),
    ]
