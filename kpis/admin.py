"""Targets and baselines in the back office: a new value is a new version, none is changed."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kpis import scopes
from kpis.definitions import KPIS
from kpis.models import Baseline, Target, Verification
from kpis.services import set_baseline, set_target
from prm.common import periods
from prm.common.backoffice import Audited, ReadOnly, editor
from prm.common.errors import InvalidInput


class AimForm(forms.ModelForm):
    """A value, and what it is of."""

    kpi = forms.ChoiceField(choices=lambda: [(key, kpi.name) for key, kpi in KPIS.items()])
    variant = forms.CharField(max_length=30, required=False, help_text=_("Empty: the first one."))
    scope = forms.CharField(
        max_length=300,
        initial=scopes.PROGRAM.text,
        help_text=_("For example program, tier:Gold, partner:ID, manager:E-MAIL."),
    )
    period = forms.CharField(max_length=20, help_text=_("For example 2026, 2026-Q3, 2026-07."))
    reason = forms.CharField(
        max_length=300, required=False, help_text=_("Why the value changes, if there is one.")
    )

    def clean_scope(self) -> str:
        """The scope in its one spelling."""
        try:
            return scopes.parse(self.cleaned_data["scope"]).text
        except Http404:
            raise forms.ValidationError(_("Nobody is found for this. Correct it.")) from None
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from None

    def clean_period(self) -> str:
        """The period in its one spelling."""
        try:
            return periods.parse(self.cleaned_data["period"]).key
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message) from None


class AimAdmin(Audited):
    """The newest version counts; for a period that has begun only one with a reason."""

    form = AimForm
    fields = ("kpi", "variant", "scope", "period", "value", "reason")
    list_display = ("kpi", "variant", "scope", "period", "value", "version", "set_at", "by")
    list_filter = ("kpi",)
    search_fields = ("scope", "period")
    ordering = ("-set_at", "-id")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Add a new value instead: versions stay."""
        return False

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: Any
    ) -> None:
        """State the value by the service; what it refuses is said above the form."""
        state = set_target if isinstance(obj, Target) else set_baseline
        words = form.cleaned_data
        row = state(**words, by=editor(request), now=timezone.now())
        obj.pk, cast(Any, obj).version = row.pk, row.version


admin.site.register([Target, Baseline], AimAdmin)


@admin.register(Verification)
class VerificationAdmin(ReadOnly):
    """What each comparison of the stored figures with the facts found."""

    list_display = ("at", "differences", "seconds")
    list_filter = ("at",)
