"""What an administrator types about people: an invitation, a role."""

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.common.forms import Form
from prm.common.models import User


class InviteForm(Form):
    """A new person of the vendor."""

    email = forms.EmailField(
        label=_("E-mail"),
        error_messages={
            "required": _("Enter the person’s e-mail address."),
            "invalid": _("Enter an address like name@company.com."),
        },
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        error_messages={"required": _("Enter the person’s name.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=User.StaffRole.choices,
        initial=User.StaffRole.MANAGER,
        error_messages={"invalid_choice": _("Choose one of the roles.")},
    )


class RoleForm(Form):
    """Another role."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=User.StaffRole.choices,
        error_messages={"invalid_choice": _("Choose one of the roles.")},
    )
