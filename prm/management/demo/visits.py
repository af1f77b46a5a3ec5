"""Visits to the portal: each sign-in begins one, some long, some of one page."""

import json

from django.db import connection

from partners.accounts.visits import available_to
from partners.models import Membership
from prm.management.demo.plan import Plan

# Luck that is the same in every demo world: from the sign-in's own id.
LUCK = "('x' || substr(md5(event.external_id || '{salt}'), 1, 7))::bit(28)::int / 268435456.0"
VISITS = f"""
INSERT INTO partners_portalsession
    (partner_id, membership_id, started_at, last_at, "on", features, roles, available)
SELECT event.partner_id, event.membership_id, event.at,
    event.at + CASE WHEN luck.stays < 0.15 THEN interval '0'
        ELSE least(75, greatest(0, -9 * ln(luck.length + 0.0005))) * interval '1 minute' END,
    event."on",
    CASE WHEN luck.stays < 0.15 THEN ARRAY['home']
        ELSE ARRAY(SELECT part.name FROM (VALUES ('home', 0), ('deals', 0.12), ('tier', 0.45),
            ('tasks', 0.55), ('people', 0.7), ('notifications', 0.5), ('company', 0.8),
            ('onboarding', 0.9)) AS part(name, rare) WHERE luck.breadth >= part.rare
            ORDER BY part.name) END,
    member.roles, known.parts
FROM partners_loginevent AS event
JOIN partners_membership AS member ON member.id = event.membership_id
CROSS JOIN LATERAL (SELECT {LUCK.format(salt="a")} AS stays, {LUCK.format(salt="b")} AS length,
    {LUCK.format(salt="c")} AS breadth) AS luck
JOIN jsonb_to_recordset(%s) AS known(roles varchar[], parts int) ON known.roles = member.roles
WHERE NOT event.impersonated AND event."on" > %s - 400
"""  # noqa: S608 - texts of ours


def play(plan: Plan) -> None:
    """Visits of the last thirteen months, with what the roles of each person have."""
    known = []
    for roles in {tuple(one) for one in Membership.objects.values_list("roles", flat=True)}:
        parts = available_to(frozenset(f"partner:{role}" for role in roles or ["read_only"]))
        known.append({"roles": list(roles), "parts": len(parts)})
    with connection.cursor() as cursor:
        cursor.execute(VISITS, [json.dumps(known), plan.last_day])
