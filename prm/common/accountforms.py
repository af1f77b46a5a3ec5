"""The forms of sign-in and second factor, with our sentences for what cannot be used."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as factor
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from prm.common import signinlink
from prm.common.forms import SaysWhatToDo

# What fields are called here; allauth writes Each Word Large, and "Email" beside our "E-mail".
LABELS: dict[str, StrOrPromise] = {
    "code": _("Code"),
    "login": _("E-mail"),
    "email": _("E-mail"),
    "remember": _("Stay signed in on this device"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password once more"),
}


class CalledAsHere:
    """Gives fields our names, before the sentences about them are made."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LABELS.keys() & self.fields.keys():
            self.fields[name].label = LABELS[name]


class LoginForm(SaysWhatToDo, CalledAsHere, account.LoginForm):
    """Address and password."""


class RequestLoginCodeForm(SaysWhatToDo, CalledAsHere, account.RequestLoginCodeForm):
    """Where to send a code."""


class ConfirmLoginCodeForm(SaysWhatToDo, CalledAsHere, account.ConfirmLoginCodeForm):
    """The code of a mail, which ends with whatever ends the link of the same mail."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for a wrong one, and for one that is over."""
        code: str = super().clean_code()
        if not signinlink.code_holds(context.request):
            raise forms.ValidationError(
                gettext(
                    "This code is over: you signed in or changed your account since."
                    " Ask for a new one."
                )
            )
        return code


class ChangePasswordForm(SaysWhatToDo, CalledAsHere, account.ChangePasswordForm):
    """Another password."""


class SetPasswordForm(SaysWhatToDo, CalledAsHere, account.SetPasswordForm):
    """A first password."""


class ResetPasswordForm(SaysWhatToDo, CalledAsHere, account.ResetPasswordForm):
    """Where to send a link for a new password."""


class ResetPasswordKeyForm(SaysWhatToDo, CalledAsHere, account.ResetPasswordKeyForm):
    """The new password behind such a link."""


class PasswordAgainForm(SaysWhatToDo, CalledAsHere, account.ReauthenticateForm):
    """The password once more before something that matters."""


class FactorForm(SaysWhatToDo, CalledAsHere, factor.AuthenticateForm):
    """A code of the second factor."""


class FactorAgainForm(SaysWhatToDo, CalledAsHere, factor.ReauthenticateForm):
    """The same once more before something that matters."""


class ActivateTOTPForm(SaysWhatToDo, CalledAsHere, totp.ActivateTOTPForm):
    """The first code of a new second factor."""
