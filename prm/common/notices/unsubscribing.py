"""The way out of a mail: a signed address that stops the mails of its kinds, with one press.

Mail programs use it by themselves (RFC 8058), so it needs no sign-in. It holds for one person, the
address that the mail went to, and the kinds that the mail told; it can do nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.core import signing
from django.db import transaction
from django.urls import reverse

from prm.common import mail
from prm.common.models import NoticeChoice, User
from prm.common.notices import services
from prm.common.notices.kinds import KINDS, Kind
from prm.common.notices.models import When
from prm.common.notices.selectors import choices_for, chosen

SALT = "prm.unsubscribe"


@dataclass(frozen=True)
class Ticket:
    """Whose mails of which kinds may be stopped."""

    person: User
    kinds: list[Kind]


def _optional(keys: Iterable[str]) -> list[Kind]:
    found = [KINDS[key] for key in dict.fromkeys(keys) if key in KINDS]
    return [kind for kind in found if not kind.is_mandatory]


def address_for(person: User, keys: Iterable[str]) -> str:
    """The address that stops the mails of these kinds; empty where none can be stopped."""
    kinds = _optional(keys)
    if not kinds:
        return ""
    content = {
        "person": str(person.public_id),
        "email": person.email,
        "kinds": sorted(kind.key for kind in kinds),
    }
    query = urlencode({"ticket": signing.dumps(content, salt=SALT)})
    return mail.address_of(f"{reverse('notices:unsubscribe')}?{query}")


def headers_for(person: User, keys: Sequence[str]) -> dict[str, str]:
    """What tells mail programs how to stop mails like this one; nothing if it must come."""
    url = address_for(person, keys)
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def opened(ticket: str) -> Ticket | None:
    """What a ticket allows; None for one that we did not write or that is no longer good."""
    try:
        content = signing.loads(ticket, salt=SALT)
        person = User.objects.filter(public_id=content["person"], email=content["email"]).first()
    except (signing.BadSignature, KeyError, TypeError):
        return None
    kinds = _optional(content["kinds"])
    return Ticket(person, kinds) if person is not None and kinds else None


@transaction.atomic
def stop(ticket: Ticket, *, now: datetime) -> None:
    """Send no more mails of these kinds to this person; in the app they are told as before."""
    person, kinds = ticket.person, ticket.kinds
    rows = {row.kind: row for row in NoticeChoice.objects.filter(person=person)}
    choices = {
        kind.key: (chosen(kind, rows.get(kind.key)).in_app, When.NEVER.value) for kind in kinds
    }
    known = {choice.kind.key for choice in choices_for(person)}
    wanted = {key: choice for key, choice in choices.items() if key in known}
    services.choose(person, wanted, by=person, now=now)
