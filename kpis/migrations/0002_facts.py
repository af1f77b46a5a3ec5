"""From facts to cells, in the database: what a fact of each family is, and its keys."""

from django.db import migrations

# The last month for which stocks are stored; the beat task opens the next one.
HORIZON = """
INSERT INTO common_setting (key, value, updated_at)
VALUES ('kpi_horizon', prm_local_day(now())::text, now()) ON CONFLICT DO NOTHING;
CREATE FUNCTION kpis_horizon_n() RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT month_n FROM common_day WHERE day = prm_setting('kpi_horizon')::date);
END $$;
"""

# Which profile a day belongs to. A gap between two profiles is split in the middle; before the
# first and after the last one the nearest counts. Test partners have no span, hence no figures.
SPANS = """
INSERT INTO kpis_profilespan
    (profile_id, partner_id, canonical_id, type, tier, region, segment, manager_id,
     starts_on, ends_on)
VALUES (0, 0, 0, '', '', '', '', 0, '-infinity', 'infinity');

CREATE VIEW kpis_profilespan_fresh AS
SELECT
    coalesce(profile.id, -partner.id) AS profile_id,
    partner.id AS partner_id,
    coalesce(partner.merged_into_id, partner.id) AS canonical_id,
    coalesce(profile.type, '')::text AS type, coalesce(profile.tier, '')::text AS tier,
    coalesce(profile.region, '')::text AS region,
    coalesce(profile.segment, '')::text AS segment,
    coalesce(profile.manager_id, 0) AS manager_id,
    CASE WHEN profile.before IS NULL THEN '-infinity'::date
        ELSE profile.before + (profile.valid_from - profile.before + 1) / 2 END AS starts_on,
    CASE WHEN profile.after IS NULL THEN 'infinity'::date
        ELSE profile.valid_to + (profile.after - profile.valid_to + 1) / 2 END AS ends_on
FROM partners_partner AS partner
LEFT JOIN LATERAL (
    SELECT
        row.*,
        lag(row.valid_to) OVER in_time AS before,
        lead(row.valid_from) OVER in_time AS after
    FROM partners_partnerprofile AS row
    WHERE row.partner_id = partner.id
    WINDOW in_time AS (ORDER BY row.valid_from)
) AS profile ON true
WHERE NOT partner.is_test;

CREATE FUNCTION kpis_respan(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
-- Rewrite the spans of these partners; the lock keeps two writers of one partner apart.
BEGIN
    PERFORM 1 FROM partners_partner WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM kpis_profilespan WHERE partner_id = ANY(ids);
    INSERT INTO kpis_profilespan
        (profile_id, partner_id, canonical_id, type, tier, region, segment, manager_id,
         starts_on, ends_on)
    SELECT
        profile_id, partner_id, canonical_id, type, tier, region, segment, manager_id,
        starts_on, ends_on
    FROM kpis_profilespan_fresh WHERE partner_id = ANY(ids);
END $$;
"""

# The rate of each currency on the last day of each fiscal month up to the horizon.
RATES = """
CREATE FUNCTION kpis_refresh_rates() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(76, 0);
    DELETE FROM kpis_monthrate;
    INSERT INTO kpis_monthrate (currency, month, rate)
    SELECT known.currency, month.starts_on, prm_rate(known.currency, month.ends_on - 1)
    FROM (
        SELECT currency, min(valid_from) AS since FROM common_fxrate GROUP BY currency
        UNION
        SELECT prm_setting('report_currency'), '-infinity'
        WHERE NOT EXISTS (
            SELECT 1 FROM common_fxrate WHERE currency = prm_setting('report_currency')
        )
    ) AS known
    JOIN common_fiscalmonth AS month
        ON (month.ends_on > known.since OR known.currency = prm_setting('report_currency'))
        AND month.n <= kpis_horizon_n() + 1;
END $$;
SELECT kpis_refresh_rates();
"""

# One row: a closed deal on its closing day, or a refund or credit on its own day.
SALES = """
CREATE VIEW kpis_sales_fact AS
SELECT
    fact.deal_id, fact.adjustment_id, fact.customer_id,
    fact.partner_id,
    profile.profile_id, profile.canonical_id,
    day.month_id AS month, fact.day, fact.key_day,
    fact.won_n, fact.won_rc, fact.lost_n, fact.lost_rc,
    fact.cosell_won_n, fact.cosell_lost_n, fact.adjusted_rc, fact.influenced_n,
    CASE WHEN fact.influenced_n = 1 THEN fact.won_rc ELSE 0 END AS influenced_rc,
    fact.unrated_n
FROM (
    SELECT
        deal.id AS deal_id,
        NULL::bigint AS adjustment_id,
        deal.customer_id,
        coalesce(deal.partner_id, 0) AS partner_id,
        deal.closed_on AS day,
        coalesce(deal.closed_on, 'infinity'::date) AS key_day, -- as kpis_deal_key has it
        (deal.state = 'won')::int AS won_n,
        CASE WHEN deal.state = 'won' THEN coalesce(deal.amount_rc, 0) ELSE 0 END::numeric
            AS won_rc,
        (deal.state = 'lost')::int AS lost_n,
        CASE WHEN deal.state = 'lost' THEN coalesce(deal.amount_rc, 0) ELSE 0 END::numeric
            AS lost_rc,
        (deal.state = 'won' AND deal.is_co_sell)::int AS cosell_won_n,
        (deal.state = 'lost' AND deal.is_co_sell)::int AS cosell_lost_n,
        0::numeric AS adjusted_rc,
        -- kpis.md (b): a vendor-sourced won deal with a partner's material touch between
        -- 90 days before it was opened and its close
        CASE WHEN deal.partner_id IS NULL AND deal.state = 'won' AND EXISTS (
            SELECT 1
            FROM partners_dealtouch AS touch
            JOIN partners_partner AS toucher ON toucher.id = touch.partner_id
            WHERE touch.deal_id = deal.id
                AND NOT toucher.is_test
                AND touch.at <= deal.closed_at
                AND (deal.opened_at IS NULL OR touch.at >= deal.opened_at - interval '90 days')
                AND touch.kind = ANY (string_to_array(
                    (SELECT value FROM common_setting WHERE key = 'material_touch_kinds'), ','))
        ) THEN 1 ELSE 0 END AS influenced_n,
        (deal.amount IS NOT NULL AND deal.amount_rc IS NULL)::int AS unrated_n
    FROM partners_deal AS deal
    WHERE deal.state IN ('won', 'lost')
    UNION ALL
    SELECT
        deal.id, adjustment.id, deal.customer_id, adjustment.partner_key, adjustment."on",
        adjustment."on",
        0, 0::numeric, 0, 0::numeric, 0, 0,
        coalesce(adjustment.amount_rc, 0)::numeric,
        0,
        (adjustment.amount_rc IS NULL)::int
    FROM partners_dealadjustment AS adjustment
    JOIN partners_deal AS deal ON deal.id = adjustment.deal_id
    WHERE deal.state <> 'void'
) AS fact
JOIN common_day AS day ON day.day = fact.day
JOIN kpis_profilespan AS profile
    ON profile.partner_id = fact.partner_id
    AND fact.day >= profile.starts_on
    AND fact.day < profile.ends_on;
"""

# One row: a won deal whose opening day is known, and its days from opening to close.
CYCLE = """
CREATE VIEW kpis_cycle_fact AS
SELECT
    deal.id AS deal_id,
    deal.customer_id,
    coalesce(deal.partner_id, 0) AS partner_id,
    profile.profile_id,
    profile.canonical_id,
    day.month_id AS month,
    deal.closed_on AS day,
    coalesce(deal.closed_on, 'infinity'::date) AS key_day, -- as kpis_deal_key has it
    deal.closed_on - deal.opened_on AS days,
    1 AS n
FROM partners_deal AS deal
JOIN common_day AS day ON day.day = deal.closed_on
JOIN kpis_profilespan AS profile
    ON profile.partner_id = coalesce(deal.partner_id, 0)
    AND deal.closed_on >= profile.starts_on
    AND deal.closed_on < profile.ends_on
WHERE deal.state = 'won' AND deal.opened_on IS NOT NULL;
"""

# One row: a deal open, or a registration waiting, at a month's end, at that day's rate.
# Twice: for given partners and months, and for all (see partners_deal_span_all).
STOCK = """
CREATE VIEW {name} AS
SELECT
    fact.deal_id,
    fact.registration_id,
    fact.customer_id,
    fact.partner_id,
    profile.profile_id,
    profile.canonical_id,
    month.starts_on AS month,
    month.ends_on - 1 AS day,
    fact.deal_from,
    fact.closes_on,
    fact.is_open AS open_n,
    CASE WHEN fact.is_open = 1
        THEN coalesce(round(fact.amount * rate.rate, digits.n), 0) ELSE 0 END AS open_rc,
    1 - fact.is_open AS pending_n,
    CASE WHEN fact.is_open = 0
        THEN coalesce(round(fact.amount * rate.rate, digits.n), 0) ELSE 0 END AS pending_rc,
    (fact.amount IS NOT NULL AND rate.rate IS NULL)::int AS unrated_n
FROM (
    -- its month ends, one by one (a range join makes the planner pair every deal with every month)
    SELECT
        span.*,
        generate_series(
            first.month_n,
            least(last.month_n - 1, (
                SELECT day.month_n FROM common_day AS day
                WHERE day.day = (SELECT value::date FROM common_setting WHERE key = 'kpi_horizon')
            ))
        ) AS month_n
    FROM (
        SELECT
            deal_id,
            NULL::bigint AS registration_id,
            customer_id,
            coalesce(partner_id, 0) AS partner_id,
            starts_on,
            ends_on,
            deal_from,
            coalesce(closed_on, 'infinity'::date) AS closes_on,
            amount::numeric AS amount,
            currency::text AS currency,
            1 AS is_open
        FROM {spans}
        UNION ALL
        SELECT
            NULL::bigint, id, customer_id, partner_id,
            submitted_on, decided_on, submitted_on, coalesce(decided_on, 'infinity'::date),
            amount::numeric, currency::text, 0
        FROM partners_registration
    ) AS span
    JOIN common_day AS first ON first.day = span.starts_on
    LEFT JOIN common_day AS last ON last.day = span.ends_on
) AS fact
JOIN common_fiscalmonth AS month ON month.n = fact.month_n
JOIN kpis_profilespan AS profile
    ON profile.partner_id = fact.partner_id
    AND month.ends_on - 1 >= profile.starts_on
    AND month.ends_on - 1 < profile.ends_on
LEFT JOIN kpis_monthrate AS rate
    ON rate.currency = fact.currency AND rate.month = month.starts_on
CROSS JOIN (
    SELECT value::int AS n FROM common_setting WHERE key = 'report_exponent'
) AS digits;
"""

# One row: a contract in a month and profile, with a bit for each day under contract.
MEMBERSHIP = """
CREATE VIEW kpis_membership_fact AS
SELECT
    contract.id AS contract_id,
    profile.partner_id,
    profile.profile_id,
    profile.canonical_id,
    month.starts_on AS month,
    bits.days,
    (bits.days & 1)::int AS at_start,
    ((bits.days >> (month.ends_on - month.starts_on - 1)) & 1)::int AS at_end,
    CASE WHEN contract.starts_on >= bits.from_day AND contract.starts_on < bits.to_day
        AND contract.starts_on >= month.starts_on
        AND NOT EXISTS (
            SELECT 1
            FROM partners_contract AS earlier
            JOIN partners_partner AS sibling ON sibling.id = earlier.partner_id
            WHERE (sibling.id = profile.canonical_id OR sibling.merged_into_id = profile.canonical_id)
                AND (earlier.starts_on, earlier.id) < (contract.starts_on, contract.id)
        ) THEN 1 ELSE 0 END AS recruits
FROM partners_contract AS contract
JOIN kpis_profilespan AS profile ON profile.partner_id = contract.partner_id
JOIN common_fiscalmonth AS month
    ON month.ends_on > contract.starts_on
    AND (contract.ends_on IS NULL OR month.starts_on < contract.ends_on)
    AND month.n <= (
        SELECT day.month_n FROM common_day AS day
        WHERE day.day = (SELECT value::date FROM common_setting WHERE key = 'kpi_horizon')
    )
CROSS JOIN LATERAL (
    SELECT
        greatest(contract.starts_on, profile.starts_on, month.starts_on) AS from_day,
        least(coalesce(contract.ends_on, 'infinity'), profile.ends_on, month.ends_on) AS to_day
) AS range
CROSS JOIN LATERAL (
    SELECT
        range.from_day,
        range.to_day,
        CASE WHEN contract.status = 'suspended' THEN 0 ELSE
            (1::bigint << (range.to_day - month.starts_on))
            - (1::bigint << (range.from_day - month.starts_on)) END AS days
) AS bits
WHERE range.from_day < range.to_day;
"""

# One row: a sign-in that counts (not impersonated), with the bit of its day.
ENGAGEMENT = """
CREATE VIEW kpis_engagement_fact AS
SELECT
    event.id AS login_id,
    membership.user_id,
    event.partner_id,
    profile.profile_id,
    profile.canonical_id,
    day.month_id AS month,
    event."on" AS day,
    1 AS logins,
    1::bigint << (event."on" - day.month_id) AS days
FROM partners_loginevent AS event
JOIN partners_membership AS membership ON membership.id = event.membership_id
JOIN common_day AS day ON day.day = event."on"
JOIN kpis_profilespan AS profile
    ON profile.partner_id = event.partner_id
    AND event."on" >= profile.starts_on
    AND event."on" < profile.ends_on
WHERE NOT event.impersonated;
"""

INDEXES = """
-- cells of one partner (0: direct): deals closed in a month, and deals not closed before one
CREATE INDEX kpis_deal_key
    ON partners_deal (
        (coalesce(partner_id, 0)),
        (coalesce(closed_on, 'infinity'::date)),
        (coalesce(least(approved_on, opened_on), '-infinity'::date))
    );
-- the funnel: registered deals that were not closed before a day, and began before another
CREATE INDEX kpis_deal_registered
    ON partners_deal (
        (coalesce(closed_on, 'infinity'::date)),
        (coalesce(approved_on, opened_on))
    )
    WHERE num_nonnulls(registration_id) = 1 AND state <> 'void';
-- the drain takes the oldest marks of a shard
CREATE INDEX kpis_dirtymark_shard ON kpis_dirtymark ((partner_id % 16), id);
"""

DROP = """
DROP INDEX kpis_dirtymark_shard;
DROP INDEX kpis_deal_registered;
DROP INDEX kpis_deal_key;
DROP VIEW kpis_engagement_fact;
DROP VIEW kpis_membership_fact;
DROP VIEW kpis_stock_fact_all;
DROP VIEW kpis_stock_fact;
DROP VIEW kpis_cycle_fact;
DROP VIEW kpis_sales_fact;
DROP FUNCTION kpis_refresh_rates();
DROP FUNCTION kpis_respan(bigint[]);
DROP VIEW kpis_profilespan_fresh;
DROP FUNCTION kpis_horizon_n();
DELETE FROM common_setting WHERE key = 'kpi_horizon';
"""


STOCKS = "\n".join(
    STOCK.format(name=f"kpis_stock_fact{of}", spans=f"partners_deal_span{of}")
    for of in ("", "_all")
)
TEXTS = [HORIZON, SPANS, RATES, SALES, CYCLE, STOCKS, MEMBERSHIP, ENGAGEMENT, INDEXES]


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_cells"), ("partners", "0002_rules")]
    operations = [migrations.RunSQL("\n".join(TEXTS), DROP)]
