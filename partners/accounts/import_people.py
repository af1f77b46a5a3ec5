"""Importing people of partners: persons are found by e-mail, or made; memberships tie them."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.models import Membership
from prm.common.imports.work import Work
from prm.common.models import User

MEMBER = "partners_membership AS m ON m.source = %(source)s AND m.external_id = r.external_id"
OTHER_PARTNER = """
    SELECT r.line, r.external_id AS value FROM import_ready AS r JOIN {member}
    WHERE m.partner_id <> r.partner_id
""".replace("{member}", MEMBER)
OWN_PEOPLE = """
    SELECT r.line, r.email AS value FROM import_ready AS r
    JOIN common_user AS u ON u.email = r.address WHERE u.staff_role <> ''
"""
OTHER_ADDRESS = """
    SELECT r.line, r.email AS value FROM import_ready AS r JOIN {member}
    JOIN common_user AS u ON u.id = m.user_id
    LEFT JOIN common_user AS holder ON holder.email = r.address
    WHERE r.address IS NOT NULL AND (u.email <> r.address OR holder.id <> u.id)
""".replace("{member}", MEMBER)
TWICE = """
    SELECT r.line, r.email AS value FROM import_ready AS r
    JOIN import_ready AS first ON first.partner_id = r.partner_id
        AND first.address = r.address AND first.line < r.line
    UNION
    SELECT r.line, r.email FROM import_ready AS r
    JOIN common_user AS u ON u.email = r.address
    JOIN partners_membership AS m ON m.user_id = u.id AND m.partner_id = r.partner_id
    WHERE NOT (m.source = %(source)s AND m.external_id = r.external_id)
"""
# Who stands behind each row: the member of an earlier import, the holder of the e-mail, or new.
PERSONS = """
    CREATE TEMPORARY TABLE import_person ON COMMIT DROP AS
    SELECT r.line, coalesce(m.user_id, u.id) AS user_id,
        coalesce(r.address, r.line::text) AS person
    FROM import_ready AS r LEFT JOIN {member} LEFT JOIN common_user AS u ON u.email = r.address
""".replace("{member}", MEMBER)
NEW_PERSONS = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT DISTINCT ON (person.person) r.line, NULL::bigint AS id, person.person,
        prm_uuid7() AS public_id, r.address AS email, coalesce(r.name, r.external_id) AS name,
        '!' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') AS password,
        false AS is_superuser, ''::text AS staff_role, false AS is_staff, true AS is_active,
        now() AS joined_at
    FROM import_ready AS r JOIN import_person AS person ON person.line = r.line
    WHERE person.user_id IS NULL
    ORDER BY person.person, r.line
"""
TIE_NEW = """
    UPDATE import_person AS person SET user_id = u.id
    FROM {plan} AS p JOIN common_user AS u ON u.public_id = p.public_id
    WHERE p.person = person.person AND person.user_id IS NULL
"""
KNOWN_PERSONS = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT DISTINCT ON (u.id) r.line, u.id, coalesce(r.name, u.name) AS name,
        coalesce(u.email, r.address) AS email
    FROM import_ready AS r JOIN import_person AS person ON person.line = r.line
    JOIN common_user AS u ON u.id = person.user_id
    ORDER BY u.id, r.line
"""
NEW_COLUMNS = "public_id email name password is_superuser staff_role is_staff is_active joined_at"


def validate_people(work: Work) -> None:
    """A person stays at a company, keeps the e-mail, and is not one of our own people."""
    work.refuse(
        "partner_id",
        lazy("The person %(value)s is at another partner. Give the new membership another id."),
        OTHER_PARTNER,
    )
    work.refuse(
        "email",
        lazy("%(value)s is one of our own people. Use the address of the partner's person."),
        OWN_PEOPLE,
    )
    work.refuse(
        "email",
        lazy("The person signs in with another e-mail than %(value)s. Change it on their page."),
        OTHER_ADDRESS,
    )
    work.refuse(
        "email",
        lazy("%(value)s is at this partner already, under another id. Keep one of the rows."),
        TWICE,
    )


def apply_people(work: Work) -> None:
    """Make the persons that are new, then store the memberships."""
    work.sql(PERSONS)
    known = work.plan_from(KNOWN_PERSONS, {})
    work.change(known, User, ["name", "email"])
    new = work.plan_from(NEW_PERSONS, {}, counted=False)
    work.insert(new, User, NEW_COLUMNS.split(), key="")
    work.sql(TIE_NEW, {"plan": new})
    values = {"partner_id": "r.partner_id", "user_id": "person.user_id"}
    if "roles" in work.given:
        values["roles"] = "coalesce(r.role_list, ARRAY[]::text[])::varchar[]"
    if "active" in work.given:
        values["is_active"] = "coalesce(r.active, true)"
    joins = "JOIN import_person AS person ON person.line = r.line"
    work.upsert(Membership, values, joins=joins)
