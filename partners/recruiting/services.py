"""What happens to an application, from the form to the decision; each step is audited."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners import signals
from partners.accounts.agreements import sign_contract
from partners.accounts.joining import add_person
from partners.accounts.models import Partner
from partners.accounts.services import create_partner
from partners.programs.entering import enrol, entry
from partners.programs.models import PartnerProgram
from partners.recruiting import letters, links
from partners.recruiting.accessing import ask_for_applicant
from partners.recruiting.fitting import frozen_fit
from partners.recruiting.models import (
    Application,
    ApplicationForm,
    ApplicationInvitation,
    ApplicationMessage,
)
from partners.recruiting.rules import CONFIRM_DAYS
from partners.recruiting.selectors import what_stands_against
from prm.common import audit
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain
from prm.common.signals import facts_changed
from prm.common.transition import transition

STATUS_DAYS = 400  # how long the link to one's own application holds
KEPT_EXPIRED = timedelta(days=90)
FIRST_ROLES = ("admin", "sales")  # of the person who applied

explain(
    "partners_application_one_live",
    lazy("An application from this address is waiting already. Look at that one."),
)


@transaction.atomic
def submit_application(
    form: ApplicationForm,
    *,
    now: datetime,
    invitation: ApplicationInvitation | None = None,
    **fields: Any,
) -> Application:
    """A company applies. Its address is to be confirmed first, unless we invited that address.

    Does the same whoever applies, so that nobody learns from it whom we know. Raises Conflict when
    the form takes no applications (any more), or the invitation was used.
    """
    form = ApplicationForm.objects.select_for_update().get(pk=form.pk)
    if not form.is_open or (form.by_invitation and invitation is None):
        raise Conflict(_("This form takes no applications at the moment."))
    if invitation is not None:
        if not invitation.is_live(now):
            raise Conflict(_("This invitation was used before, or its time is over."))
        transition(invitation, "use", by=None, now=now, changes={"used_at": now})
        fields["channel"] = invitation.channel
    fields["email"] = fields["email"].strip().lower()
    application = Application.objects.create(
        form=form, invitation=invitation, applied_at=now, **fields
    )
    application.refresh_from_db()
    after = {"company": application.company, "channel": application.channel}
    audit.record("application.submit", application, by=None, now=now, after=after)
    if invitation is not None and invitation.email == application.email:
        return confirm_application(application, now=now)
    url = links.address("confirm", application, now)
    letters.confirm_application(application, url)
    return application


@transaction.atomic
def confirm_application(application: Application, *, now: datetime) -> Application:
    """The address is the applicant's: the application waits for us. How well it fits is frozen.

    Raises Conflict, with what the applicant can do, when one from this address or company waits
    already, or when it is too early to apply again; InvalidTransition when done before.
    """
    found = frozen_fit(application)  # looks up many names: before others have to wait for us
    if application.form_id:
        ApplicationForm.objects.select_for_update().get(pk=application.form_id)
    if application.state == Application.State.UNCONFIRMED:
        against = what_stands_against(application, now)
        if against:
            raise Conflict(against)
    application = transition(
        application, "confirm", by=None, now=now, changes={"confirmed_at": now, **found}
    )
    letters.application_received(application, links.address("status", application, now))
    signals.application_received.send(sender=Application, application=application, now=now)
    return application


@transaction.atomic
def approve_application(
    application: Application,
    *,
    by: User | None,
    now: datetime,
    valid_from: date,
    partner: Partner | None = None,
    program: PartnerProgram | None = None,
    contract_from: date | None = None,
    **profile: Any,
) -> Application:
    """The company becomes a partner with a profile from ``valid_from`` on; the person is invited.

    ``partner``: it is one already, so nothing new is made. ``program``: it is enrolled there, in
    the entry tier if none is given. ``contract_from``: its agreement begins on that day. Whether
    the person signs in for a known partner, its administrators decide. Raises InvalidTransition
    when it was decided, Conflict when the person cannot join or a contract of the partner covers
    these days, InvalidInput.
    """
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state != Application.State.PENDING:
        return transition(locked, "approve", by=by, now=now)  # which says what it is by now
    is_new = partner is None
    if partner is None:
        if program is not None:
            typed = {key: profile.get(key) or "" for key in ("type", "tier")}
            profile |= entry(program, **typed)
        partner = _new_partner(locked, valid_from=valid_from, by=by, now=now, **profile)
    elif partner.merged_into_id:
        raise InvalidInput(_("This partner is merged into another one."), "partner")
    if program is not None:
        enrol(partner, program, valid_from=valid_from, by=by, now=now)
    if contract_from is not None:
        sign_contract(partner, starts_on=contract_from, by=by, now=now)
    decided = _decide(locked, "approve", by=by, now=now, partner=partner)
    _let_in(decided, is_new=is_new, by=by, now=now)
    facts_changed.send(sender=Application)
    signals.application_approved.send(
        sender=Application, application=decided, partner=partner, by=by, now=now
    )
    return decided


def _let_in(application: Application, *, is_new: bool, by: User | None, now: datetime) -> None:
    """Whoever applied signs in for a new partner; for a known one, others decide about that."""
    if not application.email or application.partner is None:
        return
    if not is_new:
        ask_for_applicant(application, now=now)
        return
    add_person(
        application.partner,
        email=application.email,
        name=application.contact_name,
        roles=FIRST_ROLES,
        by=by,
        now=now,
        language=application.language,
        lead=SimpleLazyObject(lambda: _approved(application)),
    )


def _approved(application: Application) -> str:
    return _("We have approved your application: %(company)s is a partner of ours now.") % {
        "company": application.partner
    }


def _new_partner(application: Application, **profile: Any) -> Partner:
    """A partner as the company described itself."""
    said = {key: getattr(application, key) for key in ("domain", "country", "city")}
    return create_partner(name=application.company, **said, **profile)


def _decide(
    application: Application, action: str, *, by: User | None, now: datetime, **changes: Any
) -> Application:
    changes |= {"decided_at": now, "decided_by": by}
    reason = changes.get("reason_code", "")
    return transition(application, action, by=by, now=now, reason=reason, changes=changes)


@transaction.atomic
def reject_application(
    application: Application, *, reason: str, note: str = "", by: User | None, now: datetime
) -> Application:
    """Not a partner now: the applicant gets the reason and our words by mail.

    Raises InvalidInput for a reason that does not exist, InvalidTransition when it was decided.
    """
    if reason not in Application.Reason.values:
        raise InvalidInput(_("Choose one of the reasons."), "reason")
    decided = _decide(application, "reject", by=by, now=now, reason_code=reason, note=note.strip())
    if decided.email:
        letters.application_rejected(decided)
    signals.application_rejected.send(sender=Application, application=decided, by=by, now=now)
    return decided


@transaction.atomic
def ask_for_detail(
    application: Application, *, text: str, by: User | None, now: datetime
) -> Application:
    """Ask the applicant something before deciding. Raises InvalidTransition when decided."""
    text = text.strip()
    if not text:
        raise InvalidInput(_("Write what you want to know."), "text")
    asked = transition(application, "ask", by=by, now=now)
    ApplicationMessage.objects.create(application=asked, at=now, by=by, text=text)
    if asked.email:
        letters.detail_asked(asked, text, links.address("status", asked, now))
    signals.application_detail_asked.send(
        sender=Application, application=asked, text=text, by=by, now=now
    )
    return asked


@transaction.atomic
def answer_detail(application: Application, *, text: str, now: datetime) -> Application:
    """The applicant answers; the application waits for us again."""
    text = text.strip()
    if not text:
        raise InvalidInput(_("Write your answer."), "text")
    answered = transition(application, "answer", by=None, now=now)
    ApplicationMessage.objects.create(application=answered, at=now, by=None, text=text)
    signals.application_answered.send(sender=Application, application=answered, now=now)
    return answered


@transaction.atomic
def withdraw_application(
    application: Application, *, by: User | None, now: datetime, reason: str = ""
) -> Application:
    """The company no longer wants to; ``by`` None is the applicant, by the link of a mail."""
    changes = {"decided_at": now, "decided_by": by, "note": reason.strip()}
    withdrawn = transition(application, "withdraw", by=by, now=now, reason=reason, changes=changes)
    signals.application_withdrawn.send(sender=Application, application=withdrawn, by=by, now=now)
    return withdrawn


def expire_unconfirmed(now: datetime) -> int:
    """Applications whose address nobody confirmed in time are over; returns how many."""
    old = Application.objects.filter(
        state=Application.State.UNCONFIRMED, applied_at__lt=now - timedelta(days=CONFIRM_DAYS)
    )
    for application in old:
        with transaction.atomic():
            locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
            if locked.state == Application.State.UNCONFIRMED:
                transition(locked, "expire", by=None, now=now, changes={"decided_at": now})
    return len(old)


def forget_expired(now: datetime) -> int:
    """What was typed by people who never confirmed it is forgotten; the row still counts as sent.

    Returns how many rows forgot something.
    """
    old = Application.objects.filter(
        state=Application.State.EXPIRED, decided_at__lt=now - KEPT_EXPIRED
    ).exclude(company="", email="", contact_name="")
    nothing = dict.fromkeys(
        ("company", "domain", "city", "customers", "certificates", "contact_name", "email",
         "referrer", "note"), "",
    )  # fmt: skip
    return old.update(**nothing, people=None, answers=[], updated_at=now)
