"""What people type about partners."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.common import access
from prm.common.access import Actor
from prm.common.fields import DayField
from prm.common.models import User


class ManagerForm(forms.Form):
    """Who looks after the chosen partners, and from which day on."""

    manager = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Partner manager"),
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose who looks after these partners.")},
    )
    valid_from = DayField(
        label=_("From"), help_text=_("Figures up to the day before stay with the manager of then.")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = access.scope(actor, User).filter(staff_role__in=access.MANAGES, is_active=True)
        manager = cast("forms.ModelChoiceField[User]", self.fields["manager"])
        manager.queryset = people.order_by("name", "email")
