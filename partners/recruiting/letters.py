"""The mails to applicants, as texts: each is said in the language of its reader when it is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application, ApplicationInvitation
from prm.common import display, mail


@dataclass(frozen=True)
class Letter:
    """A mail: subject, greeting by name, paragraphs, words of somebody, a button, why it came."""

    subject: str
    name: str
    paragraphs: Sequence[str]
    quote: str = ""
    label: str = ""
    url: str = ""
    after: Sequence[str] = field(default_factory=tuple)
    why: str = ""


def send(to: str, build: Callable[[], Letter], *, language: str = "", key: str = "") -> None:
    """Put a letter into the outbox, in the language of its reader."""
    mail.post(to, "letter", {"letter": SimpleLazyObject(build)}, key=key, language=language)


def confirm_application(application: Application, url: str) -> None:
    """Ask whether the address is the applicant's."""
    name = mail.brand_context()["brand"].name

    def build() -> Letter:
        return Letter(
            _("Confirm your application to %(name)s") % {"name": name},
            application.contact_name,
            [
                _("Thank you for applying for %(form)s with %(company)s.")
                % {"form": application.form, "company": application.company},
                _("Please confirm that this address is yours. We look at your application then."),
            ],
            label=_("Confirm my application"),
            url=url,
            after=[_("The link holds for 7 days.")],
            why=_("If you did not apply, ignore this mail: nothing happens."),
        )

    send(application.email, build, language=application.language)


def application_received(application: Application, url: str) -> None:
    """It waits for us now; where to see how it stands."""

    def build() -> Letter:
        return Letter(
            _("We have your application"),
            application.contact_name,
            [
                _("Your application for %(form)s with %(company)s is with us.")
                % {"form": application.form, "company": application.company},
                _("We write to you when we need more detail and when we have decided."),
            ],
            label=_("See your application"),
            url=url,
            why=_("On that page you can also withdraw it."),
        )

    send(application.email, build, language=application.language)


def detail_asked(application: Application, text: str, url: str) -> None:
    """We need more detail before we decide."""

    def build() -> Letter:
        return Letter(
            _("We need more detail about %(company)s") % {"company": application.company},
            application.contact_name,
            [_("We looked at your application and have a question:")],
            quote=text,
            label=_("Answer"),
            url=url,
            why=_("We decide when we have your answer."),
        )

    send(application.email, build, language=application.language)


def application_rejected(application: Application) -> None:
    """Not now: the reason, our words, and when to apply again."""

    def build() -> Letter:
        said = [
            _("Thank you for your interest. We cannot take %(company)s as a partner now.")
            % {"company": application.company},
            _("The reason: %(reason)s.") % {"reason": application.get_reason_code_display()},
        ]
        return Letter(
            _("Your application for %(form)s") % {"form": application.form},
            application.contact_name,
            said,
            quote=application.note,
            after=[_again(application)],
        )

    send(application.email, build, language=application.language)


def _again(application: Application) -> str:
    from partners.recruiting.rules import may_apply_again_on

    days = application.form.reapply_days if application.form else 0
    if days == 0 or application.decided_on is None:
        return _("You can apply again at any time.")
    day = may_apply_again_on(application.decided_on, days)
    if day is None:
        return _("This decision is final.")
    return _("You can apply again from %(day)s on.") % {"day": display.day(day)}


def invite_to_apply(invitation: ApplicationInvitation, url: str) -> None:
    """Somebody of ours asks a company to apply."""
    name, by = mail.brand_context()["brand"].name, str(invitation.by or "")

    def build() -> Letter:
        first = (
            _("%(by)s invites you to apply for %(form)s.") % {"by": by, "form": invitation.form}
            if by
            else _("We invite you to apply for %(form)s.") % {"form": invitation.form}
        )
        until = _("The link is for you alone, works once and holds until %(day)s.")
        return Letter(
            _("Become a partner of %(name)s") % {"name": name},
            invitation.name,
            [first],
            quote=invitation.note,
            label=_("Apply"),
            url=url,
            after=[until % {"day": display.day(invitation.expires_at)}],
        )

    send(invitation.email, build)


def confirm_access(request: AccessRequest, url: str) -> None:
    """Ask whether the address is that of the person who wants access."""
    name = mail.brand_context()["brand"].name

    def build() -> Letter:
        return Letter(
            _("Confirm your request for access to %(name)s") % {"name": name},
            request.name,
            [
                _("You asked for access to the partner portal of %(name)s.") % {"name": name},
                _("Please confirm that this address is yours. Somebody decides then."),
            ],
            label=_("Confirm my request"),
            url=url,
            after=[_("The link holds for 7 days.")],
            why=_("If you did not ask for it, ignore this mail: nothing happens."),
        )

    send(request.email, build, language=request.language)


def access_rejected(request: AccessRequest) -> None:
    """Not granted; our words."""
    name = mail.brand_context()["brand"].name

    def build() -> Letter:
        return Letter(
            _("Your request for access to %(name)s") % {"name": name},
            request.name,
            [_("We cannot give you access to the partner portal.")],
            quote=request.note,
            after=[_("If your company is not a partner yet, it can apply to become one.")],
        )

    send(request.email, build, language=request.language)
