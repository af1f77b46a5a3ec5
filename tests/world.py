"""A fixed cast for tests: two competing partners, their people, and the vendor's people."""

from dataclasses import dataclass

import pytest

from partners.models import Customer, Deal, Membership, Partner
from prm.common.models import User
from tests import factories


@dataclass
class World:
    """``acme`` and ``globex`` compete in the same region; ``pat`` and ``gil`` work there."""

    admin: User
    ana: User
    acme: Partner
    globex: Partner
    pat: Membership
    gil: Membership
    customer: Customer
    foreign_customer: Customer
    deal: Deal
    foreign_deal: Deal
    direct_deal: Deal


@pytest.fixture
def world(db: None) -> World:
    """Ana manages Acme (portfolio), not Globex; each partner has a won and an open deal."""
    admin = factories.make_user("admin@example.com", staff_role="admin", name="Ada Admin")
    ana = factories.make_user("ana@example.com", staff_role="channel_manager", name="Ana Manager")
    same = {"type": "reseller", "tier": "gold", "region": "DACH"}
    acme = factories.make_partner("Acme", manager=ana, **same)
    globex = factories.make_partner("Globex zq7f3a-partner-name", **same)
    customer = factories.make_customer("Initech", region="DACH")
    foreign = factories.make_customer("Hooli zq7f3a-customer-name", region="DACH")
    factories.make_deal(acme, customer=customer, won="2026-07-15", name="Won one")
    factories.make_deal(globex, customer=foreign, won="2026-07-15", amount=999999937)
    return World(
        admin=admin,
        ana=ana,
        acme=acme,
        globex=globex,
        pat=factories.make_member(acme, "pat@example.com", "admin", "sales"),
        gil=factories.make_member(globex, "gil@example.com", "admin", "sales"),
        customer=customer,
        foreign_customer=foreign,
        deal=factories.make_deal(acme, customer=customer, name="Open one"),
        foreign_deal=factories.make_deal(
            globex, customer=foreign, name="zq7f3a-deal-name", amount=999999929
        ),
        direct_deal=factories.make_deal(None, customer=foreign, name="zq7f3a-direct-name"),
    )
