"""Importing partners: profiles over time, merges, contracts, sign-ins, as SQL over all rows."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.models import Contract, LoginEvent, Partner, PartnerProfile
from partners.accounts.news import tell_managers
from partners.signals import partner_merged
from prm.common import audit
from prm.common.imports import slips
from prm.common.imports.work import Work
from prm.common.periods import FIRST_YEAR

PROFILE = ("type", "tier", "region", "segment", "manager")
# A partner without history has one profile; it goes when history comes.
ONLY_PROFILE = "partner.external_id || '/*'"
UNKNOWN_PARTNER = """
    SELECT r.line, r.{column} AS value FROM import_ready AS r
    WHERE r.{column} IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM import_ready AS other WHERE other.external_id = r.{column})
        AND NOT EXISTS (SELECT 1 FROM partners_partner AS t
            WHERE t.source = %(source)s AND t.external_id = r.{column})
"""
MERGED_SURVIVOR = """
    SELECT r.line, r.merged_into AS value FROM import_ready AS r
    LEFT JOIN import_ready AS other ON other.external_id = r.merged_into
    LEFT JOIN partners_partner AS t
        ON t.source = %(source)s AND t.external_id = r.merged_into
    WHERE r.merged_into = r.external_id OR other.merged_into IS NOT NULL
        OR (other.line IS NULL AND t.merged_into_id IS NOT NULL)
"""
# Who stands above each row once the file is stored; UNION ends the walk in a circle.
OWN_PARENT = """
    WITH RECURSIVE link AS (
        SELECT r.line, r.external_id AS child, r.parent_id AS parent FROM import_ready AS r
        WHERE r.parent_id IS NOT NULL
        UNION ALL
        SELECT NULL, t.external_id, p.external_id FROM partners_partner AS t
        JOIN partners_partner AS p ON p.id = t.parent_id AND p.source = t.source
        WHERE t.source = %(source)s
            AND NOT EXISTS (SELECT 1 FROM import_ready AS r WHERE r.external_id = t.external_id)
    ), above AS (
        SELECT line, child AS value, parent FROM link WHERE line IS NOT NULL
        UNION
        SELECT above.line, above.value, link.parent FROM above
        JOIN link ON link.child = above.parent
    )
    SELECT line, value FROM above WHERE parent = value
"""
FIRST_PROFILES = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT r.line, {only} AS key, NULL::bigint AS id, partner.id AS partner_id, {values},
        coalesce(
            (SELECT min(starts_on) FROM partners_contract AS c WHERE c.partner_id = partner.id),
            make_date({first_year}, 1, 1)
        ) AS valid_from
    FROM import_ready AS r
    JOIN partners_partner AS partner
        ON partner.source = %(source)s AND partner.external_id = r.external_id
    WHERE NOT EXISTS (SELECT 1 FROM partners_partnerprofile AS p WHERE p.partner_id = partner.id)
"""
# The type fills all rows of the history; the rest only the profile that stands for no history.
FILL_PROFILES = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT r.line, p.id, {values}
    FROM import_ready AS r
    JOIN partners_partner AS partner
        ON partner.source = %(source)s AND partner.external_id = r.external_id
    JOIN partners_partnerprofile AS p ON p.partner_id = partner.id
"""
LINKS = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT r.line, partner.id, {values}
    FROM import_ready AS r
    JOIN partners_partner AS partner
        ON partner.source = %(source)s AND partner.external_id = r.external_id
    JOIN partners_partner AS other
        ON other.source = %(source)s AND other.external_id = r.{column}
"""
# Stubs of a partner that now becomes a stub itself follow it.
FOLLOWERS = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT 0 AS line, stub.id, p.merged_into_id
    FROM {merges} AS p JOIN partners_partner AS stub ON stub.merged_into_id = p.id
"""
OVERLAPS = """
    WITH kept AS (
        SELECT r.line, r.partner_id, r.valid_from, r.valid_to FROM import_ready AS r
        UNION ALL
        SELECT NULL, p.partner_id, p.valid_from, p.valid_to FROM partners_partnerprofile AS p
        JOIN partners_partner AS partner ON partner.id = p.partner_id
        WHERE p.partner_id IN (SELECT partner_id FROM import_ready)
            AND p.external_id <> {only}
            AND NOT EXISTS (SELECT 1 FROM import_ready AS r
                WHERE p.source = %(source)s AND p.external_id = r.external_id)
    )
    SELECT a.line, min(b.valid_from)::text AS value
    FROM kept AS a JOIN kept AS b ON b.partner_id = a.partner_id
        AND b.line IS DISTINCT FROM a.line
        AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)
    WHERE a.line IS NOT NULL
    GROUP BY a.line
"""
BASE = """
    CREATE TEMPORARY TABLE import_base ON COMMIT DROP AS
    SELECT DISTINCT ON (partner_id) partner_id, type, tier, region, segment, manager_id
    FROM partners_partnerprofile
    WHERE partner_id IN (SELECT partner_id FROM import_ready)
    ORDER BY partner_id, valid_from DESC
"""
ONLY_PROFILES = """
    SELECT p.id FROM partners_partnerprofile AS p
    JOIN partners_partner AS partner ON partner.id = p.partner_id
    WHERE p.external_id = {only} AND p.partner_id IN (SELECT partner_id FROM import_ready)
"""
# Ranges that change places would collide on their way: they wait before all calendars.
ASIDE = """
    UPDATE partners_partnerprofile AS t
    SET valid_from = date '1000-01-01' + 2 * c.n, valid_to = date '1000-01-02' + 2 * c.n
    FROM (SELECT id, row_number() OVER ()::int AS n FROM {plan}_changed) AS c WHERE c.id = t.id
"""
# Who looks after the partners of the file before it is stored, and after.
MANAGERS_BEFORE = """
    CREATE TEMPORARY TABLE import_managers ON COMMIT DROP AS
    SELECT p.partner_id, p.manager_id FROM partners_partnerprofile AS p
    JOIN partners_partner AS partner ON partner.id = p.partner_id
    WHERE p.valid_to IS NULL AND p.manager_id IS NOT NULL AND {concerned}
"""
GIVEN = """
    SELECT p.manager_id, p.id FROM partners_partnerprofile AS p
    JOIN partners_partner AS partner ON partner.id = p.partner_id
    LEFT JOIN import_managers AS before ON before.partner_id = p.partner_id
    WHERE p.valid_to IS NULL AND p.manager_id IS NOT NULL AND partner.merged_into_id IS NULL
        AND p.manager_id IS DISTINCT FROM before.manager_id AND {concerned}
    ORDER BY p.manager_id, p.id
"""
OF_PARTNERS = """partner.source = %(source)s
    AND partner.external_id IN (SELECT external_id FROM import_ready)"""
OF_HISTORY = "p.partner_id IN (SELECT partner_id FROM import_ready)"
NEXT_CHANGE = """
    UPDATE import_ready AS r SET valid_to = later.valid_from
    FROM (SELECT line, lead(valid_from) OVER (PARTITION BY partner_id ORDER BY valid_from) AS
            valid_from FROM import_ready) AS later
    WHERE later.line = r.line
"""
FIRST_CONTRACT = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT 0 AS line, p.id, min(c.starts_on) AS valid_from
    FROM partners_partnerprofile AS p
    JOIN partners_partner AS partner ON partner.id = p.partner_id
    JOIN partners_contract AS c ON c.partner_id = p.partner_id
    WHERE p.external_id = {only} AND p.valid_to IS NULL
        AND p.partner_id IN (SELECT partner_id FROM import_ready)
        AND NOT EXISTS (SELECT 1 FROM partners_partnerprofile AS other
            WHERE other.partner_id = p.partner_id AND other.id <> p.id)
    GROUP BY p.id
"""


def _field(name: str) -> str:
    return "manager_id" if name == "manager" else name


def validate_partners(work: Work) -> None:
    """Everybody has a name; parents and survivors exist; a survivor is not merged itself.

    New rows whose names exist already are told.
    """
    slips.refuse_nameless(work, Partner)
    slips.tell_same_names(work, Partner)
    for column in ("parent_id", "merged_into"):
        message = lazy("There is no partner %(value)s in this source. Correct it, or add its row.")
        while work.refuse(column, message, UNKNOWN_PARTNER.replace("{column}", column)):
            pass
    work.refuse(
        "merged_into",
        lazy("%(value)s is merged itself. Name the partner that survives in the end."),
        MERGED_SURVIVOR,
    )
    if "parent_id" in work.given:
        message = lazy(
            "%(value)s would stand above itself. Name another parent, or clear this cell."
        )
        work.refuse("parent_id", message, OWN_PARENT)


def apply_partners(work: Work) -> None:
    """Store partners, then their first profiles, links and merges."""
    values = work.direct_values()
    given_name = "coalesce(r.name, r.external_id)"
    values["name"] = given_name if "name" in work.given else "coalesce(t.name, r.external_id)"
    if "manager" in work.given:
        work.sql(MANAGERS_BEFORE, {"concerned": OF_PARTNERS})
    work.upsert(Partner, values)
    _apply_profiles(work)
    if "manager" in work.given:
        _tell_managers(work, OF_PARTNERS)
    if "parent_id" in work.given:
        names = {"column": "parent_id", "values": "other.id AS parent_id"}
        plan = work.plan_from(LINKS, names)
        work.change(plan, Partner, ["parent_id"])
    if "merged_into" in work.given:
        _apply_merges(work)


def _tell_managers(work: Work, concerned: str) -> None:
    """Whoever looks after partners since this file learns it, once for all of them."""
    given: dict[int, list[int]] = {}
    for manager, profile in work.rows(GIVEN, {"concerned": concerned}):
        given.setdefault(manager, []).append(profile)
    tell_managers(given, key=str(work.run.public_id), by=work.by, now=work.now)


def _apply_profiles(work: Work) -> None:
    columns = {_field(name): work.value(name) for name in PROFILE}
    names = {
        "values": ", ".join(f"{sql} AS {column}" for column, sql in columns.items()),
        "only": ONLY_PROFILE,
        "first_year": str(FIRST_YEAR),
    }
    plan = work.plan_from(FIRST_PROFILES, names, inserts=True)
    fill = {
        _field(name): f"CASE WHEN p.external_id = {ONLY_PROFILE} THEN {columns[_field(name)]} "
        f"ELSE p.{_field(name)} END"
        for name in PROFILE
        if name in work.given
    }
    if "type" in fill:
        fill["type"] = "coalesce(r.type, p.type)"
    if fill:
        parts = ", ".join(f"{sql} AS {column}" for column, sql in fill.items())
        again = work.plan_from(FILL_PROFILES, {"values": parts})
        work.change(again, PartnerProfile, list(fill))
    work.insert(plan, PartnerProfile, ["partner_id", *columns, "valid_from"])


def _apply_merges(work: Work) -> None:
    """Merge stubs into their survivors, with audit and news, as the merge service does."""
    at = "coalesce(r.merged_at, partner.merged_at, now())"
    names = {
        "column": "merged_into",
        "values": f"other.id AS merged_into_id, {at} AS merged_at",
    }
    plan = work.plan_from(LINKS, names)
    if not work.differences(plan, Partner, ["merged_into_id", "merged_at"]):
        return
    work.write(plan, Partner, ["merged_into_id", "merged_at"])
    followers = work.plan_from(FOLLOWERS, {"merges": plan}, counted=False)
    work.change(followers, Partner, ["merged_into_id"])
    ids = [row[0] for row in work.rows("SELECT id FROM {plan}_changed", {"plan": plan})]
    for stub in Partner.objects.filter(pk__in=ids).select_related("merged_into"):
        into = stub.merged_into
        audit.record("partner.merge", stub, by=work.by, now=work.now, after={"merged_into": into})
        partner_merged.send(sender=Partner, stub=stub, by=work.by, now=work.now)


def validate_history(work: Work) -> None:
    """No two rows of a partner may overlap, in the file or with what is stored."""
    if "valid_to" not in work.given:
        work.sql(NEXT_CHANGE)
    work.refuse(
        "valid_from",
        lazy(
            "The time overlaps with the row from %(value)s on. Let each row end (valid_to) on "
            "the day on which the next begins."
        ),
        OVERLAPS.replace("{only}", ONLY_PROFILE),
    )


def apply_history(work: Work) -> None:
    """Store profile rows; what a file does not say is taken from the profile so far."""
    work.sql(BASE)
    work.sql(MANAGERS_BEFORE, {"concerned": OF_HISTORY})
    values = {"partner_id": "r.partner_id"}
    for name in PROFILE:
        column = _field(name)
        blank = "" if name == "manager" else ", ''"
        stored = f"coalesce(t.{column}, base.{column}{blank})"
        values[column] = work.value(name) if name in work.given else stored
    if "type" in work.given:
        values["type"] = "coalesce(r.type, t.type, base.type, '')"
    values |= {"valid_from": "r.valid_from", "valid_to": "r.valid_to"}
    joins = "LEFT JOIN import_base AS base ON base.partner_id = r.partner_id"
    plan = work.plan(PartnerProfile, values, joins=joins)
    work.remove(PartnerProfile, ONLY_PROFILES.replace("{only}", ONLY_PROFILE))
    if work.differences(plan, PartnerProfile, list(values)):
        work.sql(ASIDE, {"plan": plan})
        work.write(plan, PartnerProfile, list(values))
    work.insert(plan, PartnerProfile, list(values))
    _tell_managers(work, OF_HISTORY)


def apply_contracts(work: Work) -> None:
    """Store contracts; a partner without history is what it is since its first contract."""
    work.upsert(Contract, work.direct_values())
    plan = work.plan_from(FIRST_CONTRACT, {"only": ONLY_PROFILE}, counted=False)
    work.change(plan, PartnerProfile, ["valid_from"])


def apply_logins(work: Work) -> None:
    """Store sign-ins with the company of the person."""
    joins = "JOIN partners_membership AS member ON member.id = r.user_id"
    values = {
        "partner_id": "member.partner_id",
        "membership_id": "member.id",
        "at": "r.at",
        "impersonated": "coalesce(r.impersonated, false)",
    }
    work.upsert(LoginEvent, values, joins=joins)
