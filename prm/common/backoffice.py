"""The back office (Django admin): for administrators of the vendor, signed in as everywhere."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.common import access, audit
from prm.common.errors import DomainError
from prm.common.forms import SaysWhatToDo
from prm.common.models import User
from prm.common.refusals import as_refusal


class BackOffice(admin.AdminSite):
    """Only for people with the role of an administrator and the mark 'may use the back office'."""

    site_header = _("PRM back office")
    site_title = _("PRM back office")
    index_title = _("Everything that has no page of its own")

    def register(self, *args: Any, **more: Any) -> None:
        """Pages that other packages bring for sign-in would show secrets: ours only."""
        page = args[1] if len(args) > 1 else more.get("admin_class")
        if not getattr(page, "__module__", "").startswith("allauth."):
            super().register(*args, **more)

    def has_permission(self, request: HttpRequest) -> bool:
        """Role, mark and second factor, read anew at every request."""
        actor = access.actor_of(request)
        return actor.runs_back_office and not access.lacks_second_factor(actor)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:  # type: ignore[override]
        """The one sign-in of this installation, with its limits and second factor."""
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise PermissionDenied
            return super().login(request, extra_context)
        return redirect_to_login(reverse("admin:index"))


class ReadOnly(admin.ModelAdmin):
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No."""
        return False


class Audited(admin.ModelAdmin):
    """Rows that can be changed here; each change leaves an audit row. Nothing is deleted.

    What a service or the database refuses is said above the form, with all that was typed.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show and store the form; after a refusal show it again."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (DomainError, IntegrityError) as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, *args: Any, **more: Any) -> Any:
        """The form; the second time with the refusal among its errors."""
        plain = super().get_form(request, *args, **more)
        form = type(plain.__name__, (SaysWhatToDo, plain), {})
        refusal = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: facts are corrected, not taken away."""
        return False

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm, change: Any
    ) -> None:
        """Save, and record what was there before."""
        fields = [name for name in form.changed_data if name != "password"]
        known = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        before = audit.snapshot(known, fields) if known is not None else {}
        self.store(obj, form)
        audit.record(
            f"{obj._meta.model_name}.{'change' if change else 'create'}",
            obj,
            by=editor(request),
            now=timezone.now(),
            before=before,
            after=audit.snapshot(obj, fields),
            reason="back office",
        )

    def store(self, obj: models.Model, form: ModelForm) -> None:
        """Write the row; by its service where it has one."""
        obj.save()


def _refused(form: type[ModelForm], refusal: DomainError) -> type[ModelForm]:
    """The same form, which finds the refusal when it looks at its values."""

    class Refused(form):  # type: ignore[misc, valid-type]
        def _post_clean(self) -> None:
            super()._post_clean()
            field = getattr(refusal, "field", "")
            self.add_error(field if field in self.fields else None, refusal.message)

    return Refused


def editor(request: HttpRequest) -> User | None:
    """Who works in the back office."""
    return access.actor_of(request).user
