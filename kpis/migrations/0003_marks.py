"""Statement triggers on the facts: every change, through whatever door, marks its cells.

Marks are append-only and have no unique key (performance.md 2: S1 loses changes). A statement
that changes more than BULK rows marks the whole family instead (partner -1): the full statement
is then cheaper. A mark with the month -infinity means every month of that partner.

A child's mark depends on its parent's row, so the parent is locked FOR SHARE in a statement of
its own first: a concurrent change of the parent is then seen by one of the two. An adjustment
needs no lock here, for its mark is read from its own row (partners_adjustments_agree).
"""

from django.db import migrations

SALES, STOCK, MEMBERSHIP, ENGAGEMENT, CYCLE, PEOPLE = 1, 2, 3, 4, 5, 6
BULK = 20_000
ALL_FAMILIES = "(VALUES (1), (2), (3), (4), (5), (6))"
# One month beyond the horizon: the writer may have read it just before the next one was opened.
LAST_MONTH = "kpis_horizon_n() + 1"

DEAL_COLUMNS = [
    "partner_id", "state", "opened_at", "approved_at", "closed_at", "amount", "amount_rc",
    "currency", "is_co_sell",
]


def deal_marks(rows: str) -> str:
    """Marks of deals: closing month, months of adjustments, months from opening to close."""
    return f"""
    WITH touched AS MATERIALIZED (SELECT * FROM {rows} AS deal)
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT mark.family, mark.partner_id, mark.month FROM (
        SELECT kind.family, coalesce(deal.partner_id, 0) AS partner_id, day.month_id AS month
        FROM touched AS deal
        JOIN common_day AS day ON day.day = deal.closed_on
        CROSS JOIN (VALUES ({SALES}), ({CYCLE})) AS kind (family)
        UNION ALL
        -- a void deal's adjustments count nowhere; one may be on its way to another month just now
        SELECT
            {SALES}, coalesce(deal.partner_id, 0),
            CASE WHEN deal.state = 'void' THEN '-infinity'::date ELSE day.month_id END
        FROM touched AS deal
        JOIN partners_dealadjustment AS adjustment ON adjustment.deal_id = deal.id
        JOIN common_day AS day ON day.day = adjustment."on"
        UNION ALL
        SELECT {STOCK}, coalesce(deal.partner_id, 0), month.starts_on
        FROM touched AS deal
        LEFT JOIN LATERAL (
            SELECT min(event."on") AS first, max(event."on") AS last
            FROM partners_dealstageevent AS event WHERE event.deal_id = deal.id
        ) AS history ON true
        JOIN common_day AS first
            ON first.day = least(deal.approved_on, deal.opened_on, history.first)
        LEFT JOIN common_day AS last ON last.day = greatest(deal.closed_on, history.last)
        JOIN common_fiscalmonth AS month
            ON month.n >= first.month_n
            AND month.n <= least(
                CASE WHEN deal.closed_on IS NOT NULL THEN last.month_n END, {LAST_MONTH}
            )
    ) AS mark;"""


def changed(columns: list[str]) -> str:
    """The ids of rows in which one of these columns differs."""
    new = ", ".join(f'after."{name}"' for name in columns)
    old = ", ".join(f'before."{name}"' for name in columns)
    return "SELECT after.id FROM new_rows AS after JOIN old_rows AS before ON before.id = after.id " \
        f"WHERE ({new}) IS DISTINCT FROM ({old})"


def trigger(
    table: str,
    families: list[int],
    marks: str,
    columns: list[str],
    before: str = "",
    bulk: int | None = BULK,
) -> str:
    """The mark function of a table and its three statement triggers.

    ``marks`` is the text for rows named {{rows}}; ``before`` runs first (locks of parents).
    ``columns``: an update that changes none of them marks nothing. ``bulk``: the number of rows
    above which the ``families`` are marked as a whole (None: never).
    """
    everything = "; ".join(
        f"INSERT INTO kpis_dirtymark (family, partner_id, month) VALUES ({n}, -1, '-infinity')"
        for n in families
    )
    name = f"kpis_mark_{table.removeprefix('partners_').removeprefix('common_')}"
    shortcut = "" if bulk is None else f"""
        IF EXISTS (SELECT 1 FROM {{table}} OFFSET {bulk}) THEN
            {everything};
            RETURN NULL;
        END IF;"""
    changes = (
        f"(WITH changed AS MATERIALIZED ({changed(columns)})"
        " SELECT row.* FROM new_rows AS row WHERE row.id IN (SELECT id FROM changed)"
        " UNION ALL"
        " SELECT row.* FROM old_rows AS row WHERE row.id IN (SELECT id FROM changed))"
    )

    def text(table: str, rows: str = "") -> str:
        return shortcut.format(table=table) + (before + marks).replace("{rows}", rows or table)

    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {text("new_rows")}
    ELSIF TG_OP = 'DELETE' THEN
        {text("old_rows")}
    ELSE
        {text("old_rows", changes)}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kpis_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER kpis_update AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER kpis_delete AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


LOCK_DEALS = """
        PERFORM 1 FROM partners_deal
        WHERE id IN (SELECT deal_id FROM {rows} AS child) ORDER BY id FOR SHARE;"""

ADJUSTMENT = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT {SALES}, adjustment.partner_key, day.month_id
    FROM {{rows}} AS adjustment
    JOIN common_day AS day ON day.day = adjustment."on";"""

TOUCH = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT {SALES}, 0, day.month_id
    FROM {{rows}} AS touch
    JOIN partners_deal AS deal ON deal.id = touch.deal_id
    JOIN common_day AS day ON day.day = deal.closed_on
    WHERE deal.partner_id IS NULL;"""

EVENT = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT {STOCK}, coalesce(deal.partner_id, 0), month.starts_on
    FROM (
        SELECT event.deal_id, min(event."on") AS first, max(event."on") AS last
        FROM {{rows}} AS event GROUP BY event.deal_id
    ) AS moved
    JOIN partners_deal AS deal ON deal.id = moved.deal_id
    LEFT JOIN LATERAL (
        SELECT max(other."on") AS last
        FROM partners_dealstageevent AS other WHERE other.deal_id = deal.id
    ) AS history ON true
    JOIN common_day AS first
        ON first.day = least(moved.first, deal.approved_on, deal.opened_on)
    LEFT JOIN common_day AS last
        ON last.day = greatest(deal.closed_on, moved.last, history.last)
    JOIN common_fiscalmonth AS month
        ON month.n >= first.month_n
        AND month.n <= least(
            CASE WHEN deal.closed_on IS NOT NULL THEN last.month_n END, {LAST_MONTH}
        );"""

REGISTRATION = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT {STOCK}, registration.partner_id, month.starts_on
    FROM {{rows}} AS registration
    JOIN common_day AS first ON first.day = registration.submitted_on
    LEFT JOIN common_day AS last ON last.day = registration.decided_on
    JOIN common_fiscalmonth AS month
        ON month.n >= first.month_n
        AND month.n <= least(last.month_n, {LAST_MONTH});"""

LOGIN = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT kind.family, event.partner_id, day.month_id
    FROM {{rows}} AS event
    JOIN common_day AS day ON day.day = event."on"
    CROSS JOIN (VALUES ({ENGAGEMENT}), ({PEOPLE})) AS kind (family);"""

MEMBER = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT kind.family, membership.partner_id, '-infinity'::date
    FROM {{rows}} AS membership
    CROSS JOIN (VALUES ({ENGAGEMENT}), ({PEOPLE})) AS kind (family);"""

# A first contract depends on all contracts of the merged group.
LOCK_PARTNERS = """
        PERFORM 1 FROM partners_partner
        WHERE id IN (SELECT partner_id FROM {rows} AS child) ORDER BY id FOR SHARE;"""
CONTRACT = f"""
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT {MEMBERSHIP}, sibling.id, '-infinity'::date
    FROM {{rows}} AS contract
    JOIN partners_partner AS partner ON partner.id = contract.partner_id
    JOIN partners_partner AS sibling
        ON coalesce(sibling.merged_into_id, sibling.id)
            = coalesce(partner.merged_into_id, partner.id)
    UNION
    SELECT DISTINCT {MEMBERSHIP}, contract.partner_id, '-infinity'::date
    FROM {{rows}} AS contract;"""

PROFILE = f"""
    PERFORM kpis_respan(ARRAY(SELECT DISTINCT partner_id FROM {{rows}} AS profile));
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT kind.family, profile.partner_id, '-infinity'::date
    FROM {{rows}} AS profile CROSS JOIN {ALL_FAMILIES} AS kind (family);"""

PARTNER = f"""
    PERFORM kpis_respan(ARRAY(SELECT DISTINCT id FROM {{rows}} AS partner));
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT kind.family, sibling.id, '-infinity'::date
    FROM (
        SELECT partner.id FROM {{rows}} AS partner
        UNION
        SELECT other.id
        FROM {{rows}} AS partner
        JOIN partners_partner AS other
            ON coalesce(other.merged_into_id, other.id)
                = coalesce(partner.merged_into_id, partner.id)
    ) AS sibling
    CROSS JOIN {ALL_FAMILIES} AS kind (family);
    -- a test partner's touch makes no direct deal an influenced one
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT DISTINCT {SALES}, 0, day.month_id
    FROM {{rows}} AS partner
    JOIN partners_dealtouch AS touch ON touch.partner_id = partner.id
    JOIN partners_deal AS deal ON deal.id = touch.deal_id AND deal.partner_id IS NULL
    JOIN common_day AS day ON day.day = deal.closed_on;"""

# Rates value the stocks; a setting may change which touches are material.
SETTINGS = f"""
CREATE FUNCTION kpis_mark_fxrate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kpis_refresh_rates();
    INSERT INTO kpis_dirtymark (family, partner_id, month) VALUES ({STOCK}, -1, '-infinity');
    RETURN NULL;
END $$;
CREATE TRIGGER kpis_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON common_fxrate
    FOR EACH STATEMENT EXECUTE FUNCTION kpis_mark_fxrate();

CREATE FUNCTION kpis_mark_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kpis_dirtymark (family, partner_id, month)
    SELECT kind.family, -1, '-infinity' FROM {ALL_FAMILIES} AS kind (family);
    RETURN NULL;
END $$;

CREATE FUNCTION kpis_mark_setting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(NEW.key, OLD.key) IN
        ('report_currency', 'report_exponent', 'program_time_zone', 'material_touch_kinds')
    THEN
        PERFORM kpis_refresh_rates();
        INSERT INTO kpis_dirtymark (family, partner_id, month)
        SELECT kind.family, -1, '-infinity' FROM {ALL_FAMILIES} AS kind (family);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kpis_change AFTER INSERT OR UPDATE OF value OR DELETE ON common_setting
    FOR EACH ROW EXECUTE FUNCTION kpis_mark_setting();
"""

TABLES = [
    "partners_deal", "partners_dealadjustment", "partners_dealtouch", "partners_dealstageevent",
    "partners_registration", "partners_loginevent", "partners_membership", "partners_contract",
    "partners_partnerprofile", "partners_partner",
]


def sql() -> str:
    """All triggers."""
    parts = [
        trigger("partners_deal", [SALES, CYCLE, STOCK], deal_marks("{rows}"), DEAL_COLUMNS),
        trigger("partners_dealadjustment", [SALES], ADJUSTMENT,
                ["deal_id", "partner_key", "on", "amount_rc"]),
        trigger("partners_dealtouch", [SALES], TOUCH,
                ["deal_id", "at", "kind", "partner_id"], LOCK_DEALS),
        trigger("partners_dealstageevent", [STOCK], EVENT,
                ["deal_id", "at", "state", "amount", "currency"], LOCK_DEALS),
        trigger("partners_registration", [STOCK], REGISTRATION,
                ["partner_id", "submitted_on", "decided_on", "amount", "currency"]),
        trigger("partners_loginevent", [ENGAGEMENT, PEOPLE], LOGIN,
                ["partner_id", "membership_id", "on", "impersonated"]),
        trigger("partners_membership", [ENGAGEMENT, PEOPLE], MEMBER, ["partner_id", "user_id"]),
        trigger("partners_contract", [MEMBERSHIP], CONTRACT,
                ["partner_id", "starts_on", "ends_on", "status"], LOCK_PARTNERS),
        SETTINGS,
    ]
    for table, marks, columns in (
        ("partners_partnerprofile", PROFILE,
         ["partner_id", "type", "tier", "region", "segment", "manager_id", "valid_from",
          "valid_to"]),
        ("partners_partner", PARTNER, ["merged_into_id", "is_test"]),
    ):
        # spans are rewritten for any number of rows; there is no shortcut for bulk
        parts.append(trigger(table, [], marks, columns, bulk=None))
    parts += [
        f"CREATE TRIGGER kpis_truncate AFTER TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION kpis_mark_everything();"
        for table in TABLES
    ]
    return "\n".join(parts)


def drop() -> str:
    """Functions with their triggers."""
    names = [table.removeprefix("partners_") for table in TABLES] + ["fxrate", "everything", "setting"]
    return "\n".join(f"DROP FUNCTION kpis_mark_{name}() CASCADE;" for name in names)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0002_facts")]
    operations = [migrations.RunSQL(sql(), drop())]
