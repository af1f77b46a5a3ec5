"""Every page costs as many queries for a hundred rows of everything as for one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis.engine.drain import drain
from partners.models import Partner
from prm.common.imports.models import Import, ImportMapping, ImportProblem
from prm.common.models import (
    ApiToken,
    AuditEntry,
    Notice,
    OutboxMail,
    SavedView,
    Task,
    User,
)
from tests.factories import (
    make_customer,
    make_deal,
    make_event,
    make_login,
    make_member,
    make_partner,
    make_rate,
    make_registration,
    make_stage,
    make_user,
)

SOURCED = "/kpis/partner_sourced_revenue/"
DESK = (
    "/",
    "/funnel/",
    "/attention/",
    "/kpis/",
    SOURCED,
    f"{SOURCED}rows/",
    "/kpis/top_partners_by_type/",
    "/partners/",
    "/partners/?part=counts",
    "/partners/?sort=name&cols=name,won,manager,open",
    "/partners/{partner}/",
    "/partners/{partner}/timeline/",
    "/partners/{partner}/deals/",
    "/partners/{partner}/figures/",
    "/settings/people/partners/",
    "/deals/",
    "/deals/?state=all",
    "/deals/?part=counts",
    "/deals/board/",
    "/deals/{deal}/",
    "/search/?q=part",
    "/imports/",
    "/imports/mappings/",
    "/imports/{run}/",
    "/imports/{run}/problems/",
    "/settings/",
    "/settings/people/",
    "/settings/mails/",
    "/settings/audit/",
    "/settings/rates/",
    "/settings/tokens/",
    "/tasks/",
    "/notifications/",
)
PORTAL = (
    "/portal/", "/portal/deals/", "/portal/people/", "/portal/company/", "/tasks/",
    "/notifications/",
)  # fmt: skip


class Rows:
    """A world that grows by any number of rows of everything that pages list."""

    def __init__(self) -> None:
        self.admin = make_user(staff_role="admin")
        self.partner = make_partner("Partner first", manager=self.admin, type="reseller")
        self.member = make_member(self.partner, "", "admin")
        self.stage = make_stage(order=1)
        self.deal = make_deal(self.partner, stage=self.stage)
        self.run = self._import()

    def _import(self) -> Import:
        return Import.objects.create(
            resource="deal", source="crm", file_name="a.csv", file_hash="0", state="done",
            by=self.admin, started_at=timezone.now(), finished_at=timezone.now(),
        )  # fmt: skip

    def grow(self, number: int) -> None:
        """That many more of each kind."""
        today = timezone.localdate()
        for _ in range(number):
            self._of_partner(make_partner(manager=make_user(staff_role="partner_marketing")), today)
            self._of_partner(self.partner, today)
            self._of_vendor()
        drain(timezone.now())

    def _of_partner(self, partner: Partner, today: date) -> None:
        customer = make_customer()
        deal = make_deal(partner, stage=self.stage, customer=customer)
        make_event(deal, "2026-07-02", stage=self.stage)
        make_event(self.deal, "2026-07-02", stage=self.stage)
        late = today - timedelta(days=25)
        make_deal(partner, expected_close_on=late, amount=None, customer=customer)
        make_deal(partner, opened=f"{today}", won=f"{today}")
        make_registration(partner)
        make_login(make_member(partner), f"{today}")

    def _task(self, n: int, owner: User) -> Task:
        now = timezone.now()
        return Task.objects.create(
            source="own", key=f"{n}/{owner.pk}", title="t", side="company", owner=owner,
            company=self.partner.public_id, due_on="2026-01-01", created_at=now, updated_at=now,
        )  # fmt: skip

    def _of_vendor(self) -> None:
        now, n = timezone.now(), OutboxMail.objects.count()
        OutboxMail.objects.create(
            key=f"{n}", to="a@example.com", subject="s", text="t", created_at=now, due_at=now
        )
        AuditEntry.objects.create(
            at=now, actor=make_user(), action="deal.edit", object_type="partners.deal",
            object_id=str(make_deal(self.partner).public_id), before={"name": "a"},
            after={"name": "b"},
        )  # fmt: skip
        ApiToken.objects.create(
            user=self.admin, name="t", prefix="p", digest=f"{n}", expires_at=now + timedelta(9)
        )
        SavedView.objects.create(
            owner=make_user(staff_role="admin"), list_key="deals", name=f"v{n}", is_shared=True
        )
        ImportMapping.objects.create(resource="deal", name=f"m{n}", by=make_user(), updated_at=now)
        for user in (self.admin, self.member.user):
            Notice.objects.create(
                to=user, kind="task_overdue", key=f"{n}", at=now, about_type="common.task",
                about_id=str(self._task(n, user).public_id),
            )  # fmt: skip
        ImportProblem.objects.create(run=self.run, line=n + 1, column="amount", reason="no number")
        self._import()
        make_rate("USD", f"{date(2020, 1, 1) + timedelta(n)}", "1.1")


def cost(client: Client, path: str) -> tuple[int, list[str]]:
    """Return the queries of the second visit: the first one fills what is kept."""
    assert client.get(path).status_code == 200, path
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured), [query["sql"] for query in captured.captured_queries]


def costs(rows: Rows) -> dict[str, tuple[int, list[str]]]:
    """Return the queries of every page, by its address."""
    desk, portal = Client(), Client()
    desk.force_login(rows.admin)
    portal.force_login(User.objects.get(pk=rows.member.user_id))
    ids: dict[str, Any] = {
        "partner": rows.partner.public_id,
        "deal": rows.deal.public_id,
        "run": rows.run.public_id,
    }
    found = {path: cost(desk, path.format(**ids)) for path in DESK}
    return found | {path: cost(portal, path) for path in PORTAL}


@pytest.mark.django_db
def test_every_page_costs_the_same_for_one_row_and_for_a_hundred() -> None:
    rows = Rows()
    rows.grow(1)
    few = costs(rows)
    rows.grow(99)
    many = costs(rows)
    assert {
        path: (few[path][0], number, sorted(set(queries) - set(few[path][1]))[:3])
        for path, (number, queries) in many.items()
        if number != few[path][0]
    } == {}
