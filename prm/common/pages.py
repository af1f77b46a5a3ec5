"""Pages of the API: by cursor, so that rows that come and go never shift the next page."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Lookup, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from prm.common.parsers import storable

TIE = "public_id"  # unique, indexed and in the order of creation
DEFAULT_LIMIT, MAX_LIMIT = 50, 200


class CursorPages(BasePagination):
    """``{results, next}``. There is no count: it costs most and tells of rows nobody asked for."""

    next_url: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page after the cursor. Raises ValidationError for what the address cannot mean."""
        limit = _limit(request.query_params.get("limit", str(DEFAULT_LIMIT)))
        ordering = request.query_params.get("ordering", TIE)
        descending, name = ordering.startswith("-"), ordering.removeprefix("-")
        if name != TIE and name not in view.ordering_fields:
            known = ", ".join(view.ordering_fields)
            raise ValidationError({"ordering": [_("Order by: %(names)s.") % {"names": known}]})
        rows = queryset.order_by(
            *[f"-{field}" if descending else field for field in dict.fromkeys((name, TIE))]
        )
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(_after(name, _read(cursor, name), descending=descending))
        found = list(rows[: limit + 1])
        page = found[:limit]
        if len(found) > limit:
            self.next_url = replace_query_param(
                request.build_absolute_uri(), "cursor", _write(page[-1], name)
            )
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the address of the next one (null: this is the last)."""
        return Response({"results": data, "next": self.next_url})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For the description of the API."""
        following = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": following},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For the description of the API."""
        names = [sign + name for name in view.ordering_fields for sign in ("", "-")]
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            _parameter("cursor", _("From the address in next."), {"type": "string"}),
            _parameter("limit", _("Rows a page."), limit),
            _parameter("ordering", _("What to sort by."), {"type": "string", "enum": names}),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MAX_LIMIT):
        raise ValidationError({"limit": [_("Ask for 1 to %(n)s rows a page.") % {"n": MAX_LIMIT}]})
    return int(text)


def _after(name: str, values: tuple[Any, Any], *, descending: bool) -> "Q | Lookup[bool]":
    """The rows behind the last one of the page before: one comparison, which an index answers."""
    if name == TIE:
        return Q(**{f"{TIE}__{'lt' if descending else 'gt'}": values[1]})
    compare = TupleLessThan if descending else TupleGreaterThan
    return compare(Tuple(F(name), F(TIE)), values)


def _write(row: Any, name: str) -> str:
    values = [str(getattr(row, name)), str(getattr(row, TIE))]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(cursor: str, name: str) -> tuple[Any, UUID]:
    """The two values in a cursor. Raises ValidationError for one that we did not write."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        text, tie = json.loads(raw)
        value = datetime.fromisoformat(text) if name.endswith("_at") else _plain(text)
        return value, UUID(tie)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        advice = _("Take the cursor from next, or leave it out for the first page.")
        raise ValidationError({"cursor": [advice]}) from None


def _plain(text: str) -> str:
    if not storable(text):
        raise ValueError
    return text
