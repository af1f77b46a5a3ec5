"""How allauth behaves here: nobody signs up by himself, one generic answer."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from prm.common import access, mail, signinlink, viewer
from prm.common.middleware import client_ip
from prm.common.models import User


def no_own_addresses(request: HttpRequest) -> HttpResponse:
    """In the place of allauth's page of e-mail addresses: there is no such page.

    Imports and scopes find people by their address, so whoever could choose one could become
    a colleague of somebody else's. An administrator changes it.
    """
    raise Http404


def keep_one_address(user: User) -> None:
    """Forget the addresses that a person had before: nobody signs in by them any more."""
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email or "").delete()


class ClosedAccountAdapter(DefaultAccountAdapter):
    """People are invited or imported; sign-in leads to the desk or to the portal."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "The e-mail address or the password is wrong. Check both, or sign in by e-mail."
        ),
        "enter_current_password": _("This is not your present password. Type it again."),
        "incorrect_code": _("This is not the code. Check it and type it again."),
        # of passwords and of codes asked for; the longest limit is of five minutes
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The face of the person: the vendor's people to the desk, partners to the portal."""
        request.__dict__.pop("_prm_actor", None)
        return "/portal/" if access.actor_of(request).is_partner else "/"

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of our own: no host, not even this one's."""
        return signinlink.is_own_path(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address whose tries are counted: the one that the audit holds."""
        return client_ip(request) or ""

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail for a new password, at the address of this installation."""
        return mail.address_of(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A sign-in code comes with a link that does the same on any device.

        The reader asked for the mail just now: without a chosen language it speaks the page's.
        """
        user = viewer.reader_of(email)
        if template_prefix == "account/email/login_code" and user is not None:
            signinlink.seal_code(context["request"], user)
            context = context | {"link": signinlink.link_for(context["request"], user)}
        # all of them let the reader sign in, or tell whether somebody can
        with viewer.speaking_to(user, otherwise=get_language() or ""):
            message = self.render_mail(
                template_prefix,
                email,
                mail.brand_context() | {"email": email} | context,
                headers={mail.SECRET: "1"},
            )
        message.send()

    def format_email_subject(self, subject: str) -> str:
        """As it stands: it names the programme itself."""
        return subject

    def get_user_search_fields(self) -> list[str]:
        """Where the back office looks for people."""
        return ["email", "name"]

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There is no user name."""
