"""Partners, customers and deals in the back office. States move by the services alone."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from partners.costs import services as costs
from partners.deals import services
from partners.models import (
    Contract,
    Cost,
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    Membership,
    Partner,
    PartnerProfile,
    Registration,
    Stage,
    Territory,
)
from prm.common.backoffice import Audited, ReadOnly, editor

SOURCED = ("public_id", "created_at", "updated_at")


@admin.register(Partner)
class PartnerAdmin(Audited):
    """Partner companies. Type, tier, region, segment and manager live in their profiles."""

    list_display = ("name", "country", "city", "source", "external_id", "merged_into")
    search_fields = ("name", "external_id", "domain")
    raw_id_fields = ("parent",)
    readonly_fields = (*SOURCED, "merged_into", "merged_at")
    show_full_result_count = False


@admin.register(PartnerProfile)
class ProfileAdmin(Audited):
    """What partners were when; the database refuses overlaps."""

    list_display = ("partner", "type", "tier", "region", "manager", "valid_from", "valid_to")
    search_fields = ("partner__name",)
    raw_id_fields = ("partner", "manager")
    readonly_fields = SOURCED
    show_full_result_count = False


@admin.register(Contract)
class ContractAdmin(Audited):
    """Partner agreements."""

    list_display = ("partner", "starts_on", "ends_on", "status")
    search_fields = ("partner__name",)
    raw_id_fields = ("partner",)
    readonly_fields = SOURCED


@admin.register(Membership)
class MembershipAdmin(Audited):
    """People at partners; leavers are deactivated."""

    list_display = ("user", "partner", "roles", "is_active")
    search_fields = ("user__email", "user__name", "partner__name")
    raw_id_fields = ("user", "partner")
    readonly_fields = SOURCED


@admin.register(Territory)
class TerritoryAdmin(Audited):
    """Regions of channel managers."""

    list_display = ("region", "manager")
    raw_id_fields = ("manager",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A territory is no fact: it can be given up."""
        return True


@admin.register(Stage)
class StageAdmin(Audited):
    """Steps of open deals."""

    list_display = ("name", "key", "order", "probability")


@admin.register(Customer)
class CustomerAdmin(Audited):
    """End customers."""

    list_display = ("name", "region", "country", "source", "external_id")
    search_fields = ("name", "external_id")
    readonly_fields = SOURCED
    show_full_result_count = False


@admin.register(Deal)
class DealAdmin(Audited):
    """Deals. What may change goes through the service, so that history and audit know it."""

    list_display = ("name", "partner", "customer", "state", "amount", "currency", "closed_on")
    list_filter = ("state",)
    search_fields = ("name", "external_id")
    fields = (*services.CHANGEABLE, "partner", "customer", "state", "opened_at", "closed_at")
    readonly_fields = ("partner", "customer", "state", "opened_at", "closed_at")
    list_select_related = ("partner", "customer")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Deals begin with a registration, by the API or an import."""
        return False

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm, change: Any
    ) -> None:
        """Change by the service; what it refuses is said above the form."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        deal = Deal.objects.get(pk=obj.pk)
        services.change_deal(deal, by=editor(request), now=timezone.now(), **changes)


@admin.register(Registration)
class RegistrationAdmin(ReadOnly):
    """What partners registered."""

    list_display = ("name", "partner", "customer", "state", "submitted_at", "decided_at")
    list_filter = ("state",)
    search_fields = ("name", "external_id")
    show_full_result_count = False


@admin.register(DealStageEvent, DealAdjustment, DealTouch)
class HistoryAdmin(ReadOnly):
    """The history of deals."""

    list_display = ("deal", "at", "source", "external_id")
    search_fields = ("external_id",)
    show_full_result_count = False


@admin.register(Cost)
class CostAdmin(Audited):
    """What partners cost."""

    list_display = ("kind", "partner", "at", "amount", "currency", "channel")
    list_filter = ("kind",)
    raw_id_fields = ("partner",)
    readonly_fields = (*SOURCED, "source", "external_id", "on", "amount_rc", "fx_rate")
    list_select_related = ("partner",)

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm, change: Any
    ) -> None:
        """By the services, as on the page: they check, let the figures follow and record it."""
        names = form.changed_data if change else costs.CORRECTABLE
        values = {name: form.cleaned_data[name] for name in names}
        by, now = editor(request), timezone.now()
        if change:
            costs.correct_cost(Cost.objects.get(pk=obj.pk), by=by, now=now, **values)
        else:
            obj.pk = costs.record_cost(by=by, now=now, **values).pk
