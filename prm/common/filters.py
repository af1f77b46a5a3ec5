"""Filters of lists in the API: allow-lists whose choices come from the actor's own rows."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField

from prm.common import access
from prm.common.forms import Form


class Filters(django_filters.FilterSet):
    """The filters of a list; what cannot be used is told in the words of our forms."""

    class Meta:
        form = Form


def scoped(model: type[Model]) -> Callable[[Any], QuerySet[Any]]:
    """The rows of ``model`` that the asking actor may know of, as a filter's choices."""

    def rows(request: Any) -> QuerySet[Any]:
        if request is None:  # the description of the API is made without a request
            return model._default_manager.none()
        http: HttpRequest = getattr(request, "_request", request)
        return access.scope(access.actor_of(http), model)

    return rows


class IdField(ModelChoiceField):
    """A choice by public id: what is no id at all is like one that nothing has."""

    def to_python(self, value: Any) -> Any:
        """The row. Raises ValidationError."""
        try:
            return super().to_python(value)
        except ValidationError as error:
            said = self.error_messages["invalid_choice"]
            raise ValidationError(said, code="invalid_choice") from error


class ScopedChoice(django_filters.ModelChoiceFilter):
    """Narrow by another row's public id; a foreign id answers like an unknown one (400)."""

    field_class = IdField

    def __init__(self, model: type[Model], **more: Any) -> None:
        more.setdefault("to_field_name", "public_id")
        super().__init__(
            queryset=scoped(model),
            error_messages={
                "invalid_choice": _("Nothing has this id, or nothing that you may see.")
            },
            **more,
        )


class Since(django_filters.IsoDateTimeFilter):
    """Rows at or after an instant such as 2026-07-01T00:00:00Z."""

    def __init__(self, **more: Any) -> None:
        super().__init__(lookup_expr="gte", **more)


class YesNo(django_filters.TypedChoiceFilter):
    """``true`` or ``false``; anything else is refused instead of ignored."""

    def __init__(self, **more: Any) -> None:
        choices = [("true", _("Yes")), ("false", _("No"))]
        super().__init__(choices=choices, coerce=lambda text: text == "true", **more)
