"""What the cast was told and is to do: of both partners, as if all had known of them once."""

from datetime import datetime

from prm.common.models import Notice, NoticeChoice, QuietHours, Task, User
from tests.world import World


def tell(world: World, user: User, mark: str, now: datetime) -> None:
    """Everybody was told of both partners' deals, as if all had known of them once."""
    for deal in (world.deal, world.foreign_deal):
        for kind in ("deal_lost", "partner_given"):
            about = deal if kind == "deal_lost" else deal.partner
            Notice.objects.create(
                to=user, kind=kind, key=f"{mark}-{deal.pk}", at=now, args={"words": mark},
                about_type=about._meta.label_lower, about_id=str(about.public_id), url="/search/",
            )  # fmt: skip
    NoticeChoice.objects.create(person=user, kind="deal_won", in_app=True, mail="daily")
    QuietHours.objects.create(person=user, begins="22:00", ends="06:00")


def give_tasks(world: World, canary: str, now: datetime) -> None:
    """What each company is to do, and what the vendor's people do about nobody."""
    for partner, user, mark in (
        (world.acme, world.pat.user, "fine"),
        (world.globex, world.gil.user, canary),
    ):
        Task.objects.create(
            source="own", key=mark, title=f"{mark}-task", side="company", owner=user,
            company=partner.public_id, created_at=now, updated_at=now, reason=f"{mark}-reason",
        )  # fmt: skip
    Task.objects.create(
        source="own", key="ours", title=f"{canary}-ours", side="ours", owner=world.admin,
        created_at=now, updated_at=now,
    )  # fmt: skip
