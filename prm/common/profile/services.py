"""What people change about themselves; audited."""

from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from prm.common import audit, viewer
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.notices.services import plan_again

FIELDS = ["name", "language", "time_zone", "single_keys"]


@transaction.atomic
def describe_oneself(
    person: User,
    *,
    name: str,
    language: str,
    time_zone: str,
    now: datetime,
    single_keys: bool | None = None,
) -> User:
    """Store how a person is called, the language and time zone it reads in, and its shortcuts.

    An empty language is that of the browser, an empty zone that of the programme; ``single_keys``
    None leaves the shortcuts as they are. Raises
    InvalidInput for an empty name, and for a language or a zone that is not known.
    """
    name = name.strip()
    if not name:
        raise InvalidInput(_("Enter your name."), "name")
    if language and language not in viewer.languages():
        raise InvalidInput(_("Choose one of the languages."), "language")
    if time_zone and time_zone not in available_timezones():
        raise InvalidInput(_("Choose one of the time zones."), "time_zone")
    person = User.objects.select_for_update().get(pk=person.pk)
    before = audit.snapshot(person, FIELDS)
    person.name, person.language, person.time_zone = name, language, time_zone
    person.single_keys = person.single_keys if single_keys is None else single_keys
    after = audit.snapshot(person, FIELDS)
    if before != after:
        person.save(update_fields=FIELDS)
        audit.record("user.describe", person, by=person, now=now, before=before, after=after)
    if before["time_zone"] != after["time_zone"]:
        plan_again(person, now=now)
    return person
