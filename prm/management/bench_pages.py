"""Server time of the first pages at scale, measured inside the process (no network)."""

import time
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from kpis.engine.drain import drain
from partners.models import Deal, Membership, Partner
from prm.common.models import User

RUNS = 20


def measure() -> list[dict[str, Any]]:
    """Median and 95th percentile of each page's server time in milliseconds."""
    drain(timezone.now())
    settings.ALLOWED_HOSTS = ["*"]
    staff = User.objects.filter(staff_role=User.StaffRole.ADMIN).first()
    deal = Deal.objects.exclude(partner=None).order_by("-pk").first()
    if staff is None or deal is None:
        return [{"what": "no demo world here", "measured": "nothing"}]
    partner = Partner.objects.get(pk=deal.partner_id or 0)
    rows = [
        _page(staff, "Overview", "/", 400),
        _page(staff, "Overview of a year", f"/?period={timezone.now().year}", 400),
        _page(staff, "Partners", "/partners/", 200),
        _page(staff, "Partner page", partner.get_absolute_url(), 200),
        _page(staff, "Deals", "/deals/", 200),
        _page(staff, "Deal page", deal.get_absolute_url(), 200),
        _page(staff, "KPI detail", "/kpis/partner_sourced_revenue/", 400),
        _page(staff, "KPI by customer region", "/kpis/joint_revenue/", 400),
    ]
    member = Membership.objects.filter(is_active=True, user__email__isnull=False).first()
    if member:
        rows.append(_page(member.user, "Portal home", "/portal/", 200))
    return rows


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
