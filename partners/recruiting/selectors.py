"""Who may know of which applications; what stands against one; what it may be twice."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from partners.accounts.alike import NEARLY, company_domain, domain_of, likeness, name_key
from partners.accounts.models import Partner, Territory
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import (
    Application,
    ApplicationForm,
    ApplicationInvitation,
    ApplicationMessage,
    IdealProfile,
    VisitCount,
)
from partners.recruiting.rules import may_apply_again_on
from prm.common import access, config, display
from prm.common.access import Actor

CANDIDATES = 60  # partners whose names are compared: the nearest of those that the index finds


@access.rows_of(ApplicationForm)
def forms_of(actor: Actor) -> QuerySet[ApplicationForm]:
    """The vendor's own matter; what is public of an open form, the public pages show."""
    rows = ApplicationForm.objects.all()
    return rows if actor.is_staff else rows.none()


@access.rows_of(Application)
def applications_of(actor: Actor) -> QuerySet[Application]:
    """All; or, for a channel manager, those of own territories, invitations and partners.

    One that is decided stays in sight of those who waited for it or decided it, even if the
    company turns out to be somebody else's partner; which, ``partner_in_sight`` says only to whom
    it may.
    """
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Application.objects.all()
    if not actor.is_staff or actor.user is None:
        return Application.objects.none()
    regions = Territory.objects.filter(manager=actor.user).values("region")
    return Application.objects.filter(
        Q(partner__in=access.scope(actor, Partner))
        | Q(region__in=regions)
        | Q(invitation__by=actor.user)
        | Q(decided_by=actor.user)
    )


def partner_in_sight(actor: Actor, application: Application) -> Partner | None:
    """What the company became, or was already, if the actor may know of that partner."""
    known = access.scope(actor, Partner).filter(pk=application.partner_id or 0)
    return known.first()


@access.rows_of(ApplicationMessage)
def messages_of(actor: Actor) -> QuerySet[ApplicationMessage]:
    """What was asked and answered about the applications that one may know of."""
    return ApplicationMessage.objects.filter(application__in=access.scope(actor, Application))


@access.rows_of(ApplicationInvitation)
def invitations_of(actor: Actor) -> QuerySet[ApplicationInvitation]:
    """All; or those that a channel manager sent."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return ApplicationInvitation.objects.all()
    rows = ApplicationInvitation.objects.filter(by=actor.user)
    return rows if actor.is_staff else rows.none()


@access.rows_of(IdealProfile)
def profiles_of(actor: Actor) -> QuerySet[IdealProfile]:
    """The vendor's own matter."""
    return IdealProfile.objects.all() if actor.is_staff else IdealProfile.objects.none()


@access.rows_of(VisitCount)
def visits_of(actor: Actor) -> QuerySet[VisitCount]:
    """The vendor's own matter."""
    return VisitCount.objects.all() if actor.is_staff else VisitCount.objects.none()


@access.rows_of(AccessRequest)
def access_requests_of(actor: Actor) -> QuerySet[AccessRequest]:
    """Those for partners that one may know of; whoever sees all partners also the unmatched ones.

    A partner's people know only of confirmed ones.
    """
    if actor.has(*access.SEES_ALL_PARTNERS):
        return AccessRequest.objects.all()
    rows = AccessRequest.objects.filter(partner__in=access.scope(actor, Partner))
    if actor.is_partner:
        hidden = (AccessRequest.State.UNCONFIRMED, AccessRequest.State.EXPIRED)
        return rows.exclude(state__in=hidden)
    return rows


def what_stands_against(application: Application, now: datetime) -> str:
    """Why a confirmed application cannot wait for us now, in words for its applicant; "" if it can.

    Only whoever reads the mail of the address, hence somebody of the company, is told.
    """
    same = Q(email=application.email)
    domain = company_domain(application.email)
    if domain:
        same |= Q(email__iendswith=f"@{domain}")
    others = Application.objects.filter(same, form=application.form).exclude(pk=application.pk)
    waiting = others.live().order_by("applied_at").first()
    if waiting is not None:
        day = display.day(waiting.applied_on)
        return _("An application of your company from %(day)s is with us already.") % {"day": day}
    rejected = others.filter(state=Application.State.REJECTED).order_by("-decided_on").first()
    if rejected is None or rejected.decided_on is None or application.form is None:
        return ""
    first = may_apply_again_on(rejected.decided_on, application.form.reapply_days)
    if first is None:
        return _("We decided about an application of your company before. It cannot apply again.")
    if config.program().local_date(now) < first:
        return _("Your company can apply again from %(day)s on.") % {"day": display.day(first)}
    return ""


@dataclass(frozen=True)
class Double:
    """A partner or application that may be the same company, and why; most likely first.

    ``thing`` is None for a partner that somebody else looks after.
    """

    thing: Partner | Application | None
    is_sure: bool
    likeness: float
    reasons: list[str] = field(default_factory=list)


def doubles_of(application: Application, actor: Actor) -> list[Double]:
    """What the reviewer should know before making a second partner of one company."""
    return sorted(
        [*_double_partners(application, actor), *_double_applications(application, actor)],
        key=lambda one: (not one.is_sure, -one.likeness, str(one.thing)),
    )


def _domains(application: Application) -> set[str]:
    found = {company_domain(application.domain), company_domain(application.email)}
    return found - {""}


def _double_partners(application: Application, actor: Actor) -> list[Double]:
    domains = _domains(application)
    by_domain = Q(pk=0)
    for domain in domains:
        by_domain |= Q(domain__iexact=domain) | Q(domain__iendswith=f".{domain}")
    known = Partner.objects.filter(merged_into=None).exclude(pk=application.partner_id or 0)
    key = name_key(application.company)
    rows = {row.pk: row for row in known.filter(by_domain).order_by("pk")[:CANDIDATES]}
    if key:
        alike = known.filter(name__trigram_similar=key).annotate(
            near=TrigramSimilarity("name", key)
        )
        rows |= {row.pk: row for row in alike.order_by("-near", "pk")[:CANDIDATES]}
    own = set(access.scope(actor, Partner).filter(pk__in=rows).values_list("pk", flat=True))
    found = []
    for row in rows.values():
        double = _judged(application, row, row.name, row.domain, domains)
        if double is not None:
            is_own = row.pk in own
            found.append(double if is_own else Double(None, double.is_sure, double.likeness))
    return found


def _double_applications(application: Application, actor: Actor) -> list[Double]:
    others = access.scope(actor, Application).exclude(pk=application.pk)
    others = others.exclude(state__in=[Application.State.UNCONFIRMED, Application.State.EXPIRED])
    recent = others.filter(applied_at__gte=application.applied_at - timedelta(days=730))
    domains = _domains(application)
    found = []
    for row in recent.filter(partner=None).order_by("-applied_at")[:500]:
        double = _judged(application, row, row.company, row.domain or row.email, domains)
        if double is not None:
            found.append(double)
    return found


def _judged(
    application: Application,
    thing: Partner | Application,
    name: str,
    domain: str,
    domains: set[str],
) -> Double | None:
    """Why this may be the same company, or None."""
    alike = likeness(application.company, name)
    is_sure = company_domain(domain) in domains
    reasons = []
    if is_sure:
        reasons.append(_("same web domain (%(domain)s)") % {"domain": domain_of(domain)})
    if name_key(application.company) == name_key(name) != "":
        reasons.append(_("same name"))
    elif alike >= NEARLY:
        reasons.append(_("nearly the same name"))
    return Double(thing, is_sure, alike, reasons) if reasons else None
