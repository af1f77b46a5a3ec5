"""Which part of the business a KPI is asked for, and who may ask."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.models import DynamicSegment, Partner
from partners.segments.selectors import measured
from prm.common import access
from prm.common.access import Actor
from prm.common.errors import InvalidInput, NotAllowed
from prm.common.models import User
from prm.common.parsers import storable

DIMENSIONS = ("type", "tier", "region", "segment")
DYNAMIC = "dynamic_segment"  # of partners by a rule; "segment" is a word of the profile


@dataclass(frozen=True)
class Scope:
    """``kind`` and what it names: ``id`` of the partner or manager, else the text ``value``.

    ``text`` is the one spelling under which targets are kept, ``label`` what people read.
    """

    kind: str
    text: str
    label: StrOrPromise
    value: str = ""
    id: int = 0


PROGRAM = Scope("program", "program", gettext_lazy("Whole programme"))
DIRECT = Scope("direct", "direct", gettext_lazy("Direct business"))


def of_partner(partner: Partner) -> Scope:
    """The scope of a partner; a stub stands for its survivor."""
    survivor = partner.merged_into or partner
    return Scope("partner", f"partner:{survivor.public_id}", survivor.name, id=survivor.pk)


def of_manager(user: User) -> Scope:
    """All partners that this channel manager looks after."""
    return Scope("manager", f"manager:{user.email}", str(user), value=str(user.pk), id=user.pk)


def of_dimension(kind: str, value: str) -> Scope:
    """All partners of a type, tier, region or segment; customers of a region."""
    return Scope(kind, f"{kind}:{value}", value or _("(none)"), value=value)


def of_segment(segment: DynamicSegment) -> Scope:
    """The partners that were in a dynamic segment (see ``kpis.seats``)."""
    key = str(segment.public_id)
    return Scope(DYNAMIC, f"{DYNAMIC}:{key}", segment.name, value=key, id=segment.pk)


def parse(text: str, actor: Actor | None = None) -> Scope:
    """A scope from its text. With ``actor``, partners outside its rows do not exist.

    Raises InvalidInput for a text that is no scope, Http404 for an unknown partner or manager.
    """
    if not storable(text):
        raise InvalidInput(
            _("A text holds a character that cannot be stored (NUL or surrogate)."), "scope"
        )
    kind, colon, value = text.partition(":")
    if text in {"program", "direct"}:
        return PROGRAM if text == "program" else DIRECT
    if colon and kind == "partner":
        return of_partner(_partner(value, actor))
    if colon and kind == "manager":
        user = User.objects.filter(email__iexact=value).exclude(staff_role="").first()
        if user is None:
            raise Http404
        return of_manager(user)
    if colon and kind == DYNAMIC:
        return of_segment(_segment(value, actor))
    if colon and kind in {*DIMENSIONS, "customer_region"}:
        return of_dimension(kind, value)
    raise InvalidInput(
        _(
            "%(text)s is no scope. Write program, direct, partner:ID, type:X, tier:X, region:X,"
            " segment:X, dynamic_segment:ID, manager:EMAIL or customer_region:X."
        )
        % {"text": text},
        "scope",
    )


def _partner(name: str, actor: Actor | None) -> Partner:
    """By public id or ``[SOURCE/]EXTERNAL_ID``; two matches are an error."""
    known = Partner.objects.all() if actor is None else access.scope(actor, Partner)
    rows = known.select_related("merged_into")
    found = list(_matches(rows, name)[:2])
    if len(found) > 1:
        raise InvalidInput(
            _("%(name)s names several partners. Write SOURCE/ID.") % {"name": name}, "scope"
        )
    if not found:
        raise Http404
    survivor = found[0].merged_into
    if survivor is not None and not known.filter(pk=survivor.pk).exists():
        raise Http404
    return found[0]


def _segment(name: str, actor: Actor | None) -> DynamicSegment:
    """By public id. Raises Http404 for any other text."""
    known = DynamicSegment.objects.all() if actor is None else access.scope(actor, DynamicSegment)
    try:
        found = known.filter(public_id=uuid.UUID(name)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _matches(rows: QuerySet[Partner], name: str) -> QuerySet[Partner]:
    try:
        return rows.filter(public_id=uuid.UUID(name))
    except ValueError:
        source, slash, external = name.partition("/")
        if slash and (exact := rows.filter(source=source, external_id=external)).exists():
            return exact
        return rows.filter(external_id=name)


def check(actor: Actor, scope: Scope) -> Scope:
    """Let through what this actor may ask for.

    The vendor's people read all aggregates, and partners within their rows; of a dynamic segment
    see ``measured``. A partner's person
    reads its own company only: another one does not exist (Http404), aggregates are not shown
    (NotAllowed).
    """
    if scope.kind == "partner":
        if not access.scope(actor, Partner).filter(pk=scope.id).exists():
            raise Http404
    elif not actor.is_staff:
        raise NotAllowed(_("Only figures of your own company are shown to you."))
    elif scope.kind == DYNAMIC and not measured(actor).filter(pk=scope.id).exists():
        raise NotAllowed(
            _(
                "Figures of segments that channel managers made are shown to those who see all"
                " partners. Ask an administrator to make this segment."
            )
        )
    return scope
