"""Server time of the first pages at scale, measured inside the process (no network)."""

import time
from contextlib import closing
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from kpis.engine.drain import drain
from partners.models import Deal, Membership, Partner
from prm.common.memory import set_aside
from prm.common.models import User
from prm.management.bench_kpis import owner_link

RUNS = 20
OF_MANAGER = ("Overview", "Partners", "Deals", "All deals", "Board")


def measure() -> list[dict[str, Any]]:
    """Median and 95th percentile of each page's server time in milliseconds."""
    drain(timezone.now())
    _settle()
    set_aside()  # as the web processes do
    settings.ALLOWED_HOSTS = ["*"]
    staff = User.objects.filter(staff_role=User.StaffRole.ADMIN).first()
    deal = Deal.objects.exclude(partner=None).order_by("-pk").first()
    if staff is None or deal is None:
        return [{"what": "no demo world here", "measured": "nothing"}]
    partner = Partner.objects.get(pk=deal.partner_id or 0)
    pages = _of_desk(partner, deal)
    rows = [_page(staff, name, path, limit) for name, (path, limit) in pages.items()]
    manager = partner.profiles.filter(valid_to=None, manager__isnull=False).first()
    if manager and manager.manager:
        rows += [
            _page(manager.manager, f"{name}, own portfolio", *pages[name]) for name in OF_MANAGER
        ]
    member = Membership.objects.filter(is_active=True, user__email__isnull=False).first()
    if member:
        rows.append(_page(member.user, "Portal home", "/portal/", 200))
        rows.append(_page(member.user, "Deals of the portal", "/portal/deals/", 200))
    return rows


def _settle() -> None:
    """Do what autovacuum does within minutes of a load, so that it does not run meanwhile.

    Only the owner of the tables can; without one, the first figures may be slower.
    """
    if not settings.DATABASE_OWNER_URL:
        return
    with closing(owner_link()) as link, link.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _of_desk(partner: Partner, deal: Deal) -> dict[str, tuple[str, int]]:
    """Name → address and limit in milliseconds; cards that come after their page are told so."""
    year = timezone.now().year
    return {
        "Overview": ("/", 400),
        "Overview of a year": (f"/?period={year}", 400),
        "Registered to won (after the page)": ("/funnel/", 400),
        "Registered to won, a closed quarter (after the page)": (f"/funnel/?period={year}-Q1", 400),
        "Needs attention": ("/attention/", 200),
        "KPIs": ("/kpis/", 200),
        "KPI": ("/kpis/partner_sourced_revenue/", 200),
        "KPI from the facts": ("/kpis/joint_revenue/", 200),
        "Its customer regions (after the page)": (
            "/kpis/joint_revenue/?by=customer_region",
            400,
        ),
        "Partners": ("/partners/", 200),
        "Partners without a deal in 90 days": ("/partners/?activity=idle", 200),
        "Segments of partners (after the page)": ("/partners/?part=counts", 400),
        "Partner page": (partner.get_absolute_url(), 200),
        "Deals": ("/deals/", 200),
        "All deals": ("/deals/?state=all", 200),
        "Won deals by amount": ("/deals/?state=won&sort=-amount", 200),
        "Deals found by words": ("/deals/?state=all&q=renewal", 200),
        "Segments of deals (after the page)": ("/deals/?part=counts", 400),
        "Board": ("/deals/board/", 200),
        "Deal page": (deal.get_absolute_url(), 200),
        "Search": ("/search/?q=nord", 200),
        "Audit log": ("/settings/audit/", 200),
    }


def _page(user: User, name: str, path: str, limit: int) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    spent: list[float] = []
    size = 0
    for _run in range(1 + RUNS):
        began = time.perf_counter()
        answer = client.get(path)
        spent.append(1000 * (time.perf_counter() - began))
        size = len(answer.content)
        if answer.status_code != 200:
            return {"what": name, "measured": f"answers {answer.status_code}", "holds": False}
    first = spent.pop(0)  # loads code and caches of this process; told apart
    spent.sort()
    median, high = spent[len(spent) // 2], spent[int(0.95 * len(spent))]
    return {
        "what": f"{name} ({size / 1024:.0f} KB)",
        "measured": f"p50 {median:.0f} ms, p95 {high:.0f} ms, first {first:.0f} ms",
        "goal": f"{limit} ms",
        "holds": high <= limit,
    }
