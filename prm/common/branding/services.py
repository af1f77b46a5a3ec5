"""Changes name, colour and logo of the programme; each change is audited."""

import hashlib
from datetime import datetime

from django.db import transaction

from prm.common import audit, config
from prm.common.branding.logos import read_logo
from prm.common.models import BrandFile, Setting, User


@transaction.atomic
def change_setting(key: str, value: str, *, by: User | None, now: datetime) -> bool:
    """Store a setting that differs, with its audit. Raises InvalidInput. False: nothing changed."""
    value = config.checked(key, value)
    row = Setting.objects.select_for_update().filter(key=key).first()
    before = row.value if row else config.defaults().get(key, "")
    if before == value:
        return False
    config.put(key, value)
    row = row or Setting(key=key)
    audit.record(
        "setting.change", row, by=by, now=now, before={"value": before}, after={"value": value}
    )
    return True


@transaction.atomic
def rename_programme(name: str, *, by: User | None, now: datetime) -> bool:
    """Give the programme its name, as people and partners see it."""
    return change_setting(config.NAME, name, by=by, now=now)


@transaction.atomic
def choose_color(color: str, *, by: User | None, now: datetime) -> bool:
    """Give the programme its colour; what pages show is derived from it, readable."""
    return change_setting(config.BRAND_COLOR, color.upper(), by=by, now=now)


@transaction.atomic
def put_up_logo(content: bytes, *, by: User | None, now: datetime) -> BrandFile:
    """Show this picture as the logo. Raises InvalidInput for what is no PNG or WebP.

    Earlier logos stay: mails that were sent show them.
    """
    logo = read_logo(content)
    digest = hashlib.sha256(content).hexdigest()[:32]
    file, _created = BrandFile.objects.get_or_create(
        digest=digest,
        defaults={"content": content, "content_type": logo.content_type, "created_at": now},
    )
    _point_at(f"{digest}.{logo.suffix}.{logo.width}x{logo.height}", by=by, now=now)
    return file


@transaction.atomic
def take_down_logo(*, by: User | None, now: datetime) -> None:
    """Show no logo. Doing it twice changes nothing."""
    _point_at("", by=by, now=now)


def _point_at(value: str, *, by: User | None, now: datetime) -> None:
    row, _created = Setting.objects.select_for_update().get_or_create(
        key=config.BRAND_LOGO, defaults={"value": ""}
    )
    before, row.value = row.value, value
    if before != value:
        row.save(update_fields=["value", "updated_at"])
        audit.record(
            "setting.change", row, by=by, now=now, before={"value": before}, after={"value": value}
        )
