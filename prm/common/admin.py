"""The ground in the back office: people, settings, rates, and what happened."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.common import audit, config, tokens
from prm.common.accounts import keep_one_address
from prm.common.backoffice import Audited, ReadOnly, editor
from prm.common.errors import InvalidInput
from prm.common.imports.resources import facts_exist
from prm.common.models import (
    ApiToken,
    AuditEntry,
    FxRate,
    Import,
    Job,
    OutboxMail,
    Setting,
    User,
)

admin.site.unregister(Group)  # roles are ours, not Django's groups


class NewPerson(UserCreationForm):
    """A new person, with an e-mail address."""

    class Meta:
        model = User
        fields = ("email", "name", "staff_role")


class ChangedPerson(UserChangeForm):
    """A person."""

    class Meta:
        model = User
        fields = ("email", "name", "staff_role", "is_staff", "is_active")

    def clean_email(self) -> str | None:
        """One spelling of addresses; none is none."""
        email: str | None = self.cleaned_data["email"]
        return email.lower() if email else None


@admin.register(User)
class PersonAdmin(Audited, UserAdmin):
    """People of the vendor and of partners. Leavers are deactivated, not deleted."""

    form = ChangedPerson
    add_form = NewPerson
    ordering = ("email",)
    list_display = ("email", "name", "staff_role", "is_active", "is_staff", "last_login")
    list_filter = ("staff_role", "is_active")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Rights"), {"fields": ("staff_role", "is_staff", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "staff_role", "password1", "password2")}),)

    def store(self, obj: models.Model, form: ModelForm) -> None:
        """A changed address replaces the old one for signing in, too."""
        super().store(obj, form)
        keep_one_address(cast(User, obj))


class ChangedSetting(ModelForm):
    """The value of a setting."""

    class Meta:
        model = Setting
        fields = ("value",)

    def clean_value(self) -> str:
        """The value as it is stored, or what to do."""
        try:
            return config.checked(self.instance.key, self.cleaned_data["value"])
        except InvalidInput as refusal:
            raise ValidationError(refusal.message) from None


@admin.register(Setting)
class SettingAdmin(Audited):
    """Settings of this installation. Time zone and currency stay once there are facts."""

    form = ChangedSetting
    list_display = ("key", "value", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Setting]:
        """Without what the site works out by itself."""
        return super().get_queryset(request).exclude(key__in=config.INTERNAL)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The code knows which settings there are."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rebuilding all figures is not the matter of a text field."""
        stands = obj is not None and obj.key in config.FIXED and facts_exist()
        return ("key", "value") if stands else ("key",)

    def store(self, obj: models.Model, form: ModelForm) -> None:
        """The currency brings its decimals along, the fiscal year its calendar."""
        if "value" in form.changed_data:
            config.put(form.instance.key, form.cleaned_data["value"])


@admin.register(FxRate)
class FxRateAdmin(Audited):
    """Rates into the reporting currency."""

    list_display = ("currency", "valid_from", "rate", "source")
    list_filter = ("currency",)


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnly):
    """Second factors; who lost one gets it taken away here. Their secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    search_fields = ("user__email", "user__name")
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A lost device must not lock a person out."""
        return True

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Take one away, and record it with the person."""
        audit.record(
            "second_factor.remove",
            obj.user,
            by=editor(request),
            now=timezone.now(),
            before={"type": obj.type},
        )
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        """Each with its record."""
        for factor in queryset:
            self.delete_model(request, factor)


@admin.register(ApiToken)
class TokenAdmin(ReadOnly):
    """Tokens of all people; a leaked one is revoked here."""

    list_display = ("name", "user", "prefix", "expires_at", "last_used_at", "revoked_at")
    search_fields = ("name", "user__email", "prefix")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """End the chosen tokens."""
        for token in queryset:
            tokens.revoke_token(token, by=editor(request), now=timezone.now())


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    """Who did what."""

    list_display = ("at", "actor_label", "action", "object_type", "object_id")
    list_filter = ("action",)
    search_fields = ("object_id", "actor_label")
    show_full_result_count = False


@admin.register(Job)
class JobAdmin(ReadOnly):
    """Work outside the request."""

    list_display = ("kind", "key", "state", "attempts", "due_at", "finished_at")
    list_filter = ("state", "kind")
    show_full_result_count = False


@admin.register(OutboxMail)
class MailAdmin(ReadOnly):
    """Mails sent and waiting. Their text can hold sign-in codes, so it is not shown."""

    list_display = ("to", "subject", "created_at", "sent_at", "error")
    search_fields = ("to",)
    exclude = ("text", "html")
    show_full_result_count = False


@admin.register(Import)
class ImportAdmin(ReadOnly):
    """Runs of files."""

    list_display = ("file_name", "resource", "source", "state", "started_at")
    list_filter = ("state", "resource")
