"""The forms of sign-in and second factor, with our sentences for what cannot be used."""

from allauth.account import forms as account
from allauth.mfa.base import forms as factor
from allauth.mfa.totp import forms as totp

from prm.common.forms import SaysWhatToDo


class LoginForm(SaysWhatToDo, account.LoginForm):
    """Address and password."""


class RequestLoginCodeForm(SaysWhatToDo, account.RequestLoginCodeForm):
    """Where to send a code."""


class ConfirmLoginCodeForm(SaysWhatToDo, account.ConfirmLoginCodeForm):
    """The code of a mail."""


class ChangePasswordForm(SaysWhatToDo, account.ChangePasswordForm):
    """Another password."""


class SetPasswordForm(SaysWhatToDo, account.SetPasswordForm):
    """A first password."""


class ResetPasswordForm(SaysWhatToDo, account.ResetPasswordForm):
    """Where to send a link for a new password."""


class ResetPasswordKeyForm(SaysWhatToDo, account.ResetPasswordKeyForm):
    """The new password behind such a link."""


class PasswordAgainForm(SaysWhatToDo, account.ReauthenticateForm):
    """The password once more before something that matters."""


class FactorForm(SaysWhatToDo, factor.AuthenticateForm):
    """A code of the second factor."""


class FactorAgainForm(SaysWhatToDo, factor.ReauthenticateForm):
    """The same once more before something that matters."""


class ActivateTOTPForm(SaysWhatToDo, totp.ActivateTOTPForm):
    """The first code of a new second factor."""
