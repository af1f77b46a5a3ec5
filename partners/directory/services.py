"""Traits are noted and end; a company consents to its public page; somebody writes to it."""

from datetime import date, datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.accounts.models import Partner
from partners.directory.models import DirectoryEntry, DirectoryMessage, Trait
from partners.directory.news import tell_message, tell_taken_off
from prm.common import audit, display
from prm.common.config import program
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain

RESERVED = {"sent"}  # words that stand in addresses beside those of entries
explain(
    "partners_directoryentry_slug_key",
    lazy("Another company got this address a moment ago. Save once more."),
)


@transaction.atomic
def note_trait(
    partner: Partner,
    *,
    kind: str,
    text: str,
    valid_from: date,
    note: str = "",
    by: User | None,
    now: datetime,
) -> Trait:
    """From a day on a partner can do something, or is strong or weak in it.

    Raises InvalidInput for no text, a day ahead or an unknown kind, Conflict when it is noted or
    the partner is merged.
    """
    text = " ".join(text.split())
    if kind not in Trait.Kind.values:
        raise InvalidInput(_("Choose one of the kinds."), "kind")
    if not text:
        raise InvalidInput(_("Say what it is."), "text")
    if valid_from > program().local_date(now):
        raise InvalidInput(_("Choose today or an earlier day."), "valid_from")
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    if partner.merged_into_id:
        raise Conflict(_("This partner is merged into another one. Note it there."))
    if Trait.objects.filter(partner=partner, kind=kind, text__iexact=text, valid_to=None).exists():
        raise Conflict(_("This is noted already."))
    trait = Trait.objects.create(
        partner=partner, kind=kind, text=text, note=note.strip(), valid_from=valid_from
    )
    after = {"partner": partner, "kind": kind, "text": text, "valid_from": valid_from}
    audit.record("trait.create", trait, by=by, now=now, after=after)
    return trait


@transaction.atomic
def end_trait(trait: Trait, *, valid_to: date, by: User | None, now: datetime) -> Trait:
    """It holds no longer from a day on. Twice changes nothing.

    What ends on the day on which it began was noted by mistake and is gone. Raises InvalidInput
    for a day ahead, or one before it began.
    """
    if valid_to > program().local_date(now):
        raise InvalidInput(_("Choose today or an earlier day."), "valid_to")
    trait = Trait.objects.select_for_update(of=("self",)).get(pk=trait.pk)
    if trait.valid_to is not None:
        return trait
    if valid_to < trait.valid_from:
        raise InvalidInput(
            _("It is noted since %(day)s. Choose that day or a later one.")
            % {"day": display.day(trait.valid_from)},
            "valid_to",
        )
    if valid_to == trait.valid_from:
        audit.record("trait.delete", trait, by=by, now=now, before={"text": trait.text})
        trait.delete()
        return trait
    trait.valid_to = valid_to
    trait.save(update_fields=["valid_to", "updated_at"])
    audit.record("trait.end", trait, by=by, now=now, after={"valid_to": valid_to})
    return trait


def _slug(partner: Partner) -> str:
    base = slugify(partner.name)[:70] or "partner"
    taken = RESERVED | set(
        DirectoryEntry.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    names = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


@transaction.atomic
def describe_entry(
    partner: Partner, *, headline: str, text: str, is_public: bool, by: User, now: datetime
) -> DirectoryEntry:
    """What the directory says about a company, and whether the company consents to be in it."""
    Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    entry = DirectoryEntry.objects.filter(partner=partner).first()
    entry = entry or DirectoryEntry(partner=partner, slug=_slug(partner))
    before = audit.snapshot(entry, ["headline", "text", "consented_at"])
    entry.headline, entry.text = headline.strip(), text.strip()
    if is_public and entry.consented_at is None:
        entry.consented_at, entry.consented_by = now, by
    if not is_public:
        entry.consented_at = entry.consented_by = None
    entry.save()
    after = audit.snapshot(entry, ["headline", "text", "consented_at"])
    if before != after:
        audit.record("directory.describe", entry, by=by, now=now, before=before, after=after)
    return entry


@transaction.atomic
def take_off(
    entry: DirectoryEntry, *, reason: str, by: User | None, now: datetime
) -> DirectoryEntry:
    """We take a page off the directory; the company reads why and can consent again.

    Raises InvalidInput without a reason, Conflict for one that is not there.
    """
    reason = reason.strip()[:300]
    if not reason:
        raise InvalidInput(_("Say why it is taken off."), "reason")
    entry = DirectoryEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if entry.consented_at is None:
        raise Conflict(_("This page is not in the directory."))
    before = {"consented_at": entry.consented_at}
    entry.consented_at = entry.consented_by = None
    entry.save(update_fields=["consented_at", "consented_by", "updated_at"])
    audit.record(
        "directory.take_off", entry, by=by, now=now, before=before, after={"consented_at": None},
        reason=reason,
    )  # fmt: skip
    tell_taken_off(entry, reason, by=by, now=now)
    return entry


@transaction.atomic
def write_to_partner(
    entry: DirectoryEntry, *, name: str, email: str, text: str, company: str = "", now: datetime
) -> DirectoryMessage:
    """Somebody from outside writes to a partner; whoever looks after it gets it."""
    message = DirectoryMessage.objects.create(
        entry=entry, at=now, name=name.strip(), email=email.strip().lower(),
        company=company.strip(), text=text.strip(),
    )  # fmt: skip
    audit.record("directory.write", entry, by=None, now=now)
    tell_message(message, now=now)
    return message
