"""Changes name, colour and logo of the programme; each change is audited."""

import hashlib
from datetime import datetime

from django.db import transaction

from prm.common import config
from prm.common.branding.logos import read_logo
from prm.common.models import BrandFile, User


@transaction.atomic
def rename_programme(name: str, *, by: User | None, now: datetime) -> bool:
    """Give the programme its name, as people and partners see it."""
    return config.change_setting(config.NAME, name, by=by, now=now)


@transaction.atomic
def choose_color(color: str, *, by: User | None, now: datetime) -> bool:
    """Give the programme its colour; what pages show is derived from it, readable."""
    return config.change_setting(config.BRAND_COLOR, color.upper(), by=by, now=now)


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
    place = f"{digest}.{logo.suffix}.{logo.width}x{logo.height}"
    config.change_own(config.BRAND_LOGO, place, by=by, now=now)
    return file


@transaction.atomic
def take_down_logo(*, by: User | None, now: datetime) -> None:
    """Show no logo. Doing it twice changes nothing."""
    config.change_own(config.BRAND_LOGO, "", by=by, now=now)
