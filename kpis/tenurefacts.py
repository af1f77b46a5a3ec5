"""Partnerships over time, as facts: how long they last, who was with us, who signs in.

A partnership runs from the first day of a contract to the day without one; a contract that begins
within 30 days goes on with it. Texts with {starts}, {ends} or {last} are of one period; {ends} is
the first day that no longer counts and {last} the day before.
"""

RENEWED = 30  # days without a contract that are a renewal

# How a contract ended: as somebody chose, else as the usual words of other systems say.
_KIND = """
    CASE WHEN contract.end_kind <> '' THEN contract.end_kind
        ELSE CASE lower(contract.end_reason)
            WHEN '' THEN 'expired' WHEN 'expired' THEN 'expired' WHEN 'not_renewed' THEN 'expired'
            WHEN 'not renewed' THEN 'expired' WHEN 'lapsed' THEN 'expired'
            WHEN 'merged' THEN 'merged'
            WHEN 'terminated' THEN 'terminated' WHEN 'terminated_by_us' THEN 'terminated'
            WHEN 'not_paid' THEN 'terminated' WHEN 'breach' THEN 'terminated'
            WHEN 'voluntary' THEN 'voluntary' WHEN 'left' THEN 'voluntary'
            WHEN 'resigned' THEN 'voluntary' WHEN 'terminated_by_partner' THEN 'voluntary'
            WHEN 'closed' THEN 'voluntary' WHEN 'insolvent' THEN 'voluntary'
            WHEN 'dormant' THEN 'dormant' WHEN 'inactive' THEN 'dormant'
            ELSE 'other' END
    END
"""
# One row a partnership of a record (``owner`` partner.id) or of a survivor with its stubs.
_PARTNERSHIPS = f"""
    SELECT one.partner_id, min(one.starts_on) AS day, max(one.ends_on) AS left_on,
        (array_agg(one.id ORDER BY one.starts_on, one.id))[1] AS contract_id,
        (array_agg(one.end_kind ORDER BY one.ends_on DESC, one.id DESC))[1] AS kind
    FROM (
        SELECT piece.*, sum(piece.is_new) OVER (
            PARTITION BY piece.partner_id ORDER BY piece.starts_on, piece.id) AS nth
        FROM (
            SELECT contract.id, {{owner}} AS partner_id, contract.starts_on,
                {_KIND} AS end_kind,
                coalesce(contract.ends_on, 'infinity') AS ends_on,
                coalesce(contract.starts_on > 30 + max(coalesce(contract.ends_on, 'infinity'))
                    OVER (PARTITION BY {{owner}} ORDER BY contract.starts_on, contract.id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false)::int AS is_new
            FROM partners_contract AS contract
            JOIN partners_partner AS partner ON partner.id = contract.partner_id
            WHERE NOT partner.is_test
        ) AS piece
    ) AS one
    GROUP BY one.partner_id, one.nth
"""
OF_RECORDS = _PARTNERSHIPS.replace("{owner}", "partner.id")
OF_SURVIVORS = _PARTNERSHIPS.replace("{owner}", "coalesce(partner.merged_into_id, partner.id)")

# How long each lasted, with what the partner was on its first day. A merged record is followed to
# the merger: that is not its end.
LIVES = f"""
    SELECT life.contract_id, span.canonical_id AS partner_id, span.type, span.tier, span.region,
        span.segment, span.manager_id, life.day, out.day AS out_on,
        life.kind <> 'merged' AND life.left_on <= out.day AS is_end
    FROM ({OF_RECORDS}) AS life
    JOIN partners_partner AS partner ON partner.id = life.partner_id
    JOIN kpis_profilespan AS span ON span.partner_id = life.partner_id
        AND life.day >= span.starts_on AND life.day < span.ends_on
    CROSS JOIN LATERAL (
        SELECT least(life.left_on, coalesce(prm_local_day(partner.merged_at), 'infinity')) AS day
    ) AS out
"""
# Days under contract, each day of a survivor once, cut where the survivor's profile changes; with
# the end of the partnership that the days belong to.
STAYS = f"""
    SELECT piece.contract_id, piece.partner_id, span.type, span.tier, span.region, span.segment,
        span.manager_id, greatest(piece.day, span.starts_on) AS day,
        least(piece.until, span.ends_on) AS until, whole.left_on, whole.kind
    FROM (
        SELECT contract.id AS contract_id,
            coalesce(partner.merged_into_id, partner.id) AS partner_id,
            greatest(contract.starts_on, coalesce(max(coalesce(contract.ends_on, 'infinity'))
                OVER (PARTITION BY coalesce(partner.merged_into_id, partner.id)
                    ORDER BY contract.starts_on, contract.id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '-infinity')) AS day,
            coalesce(contract.ends_on, 'infinity') AS until
        FROM partners_contract AS contract
        JOIN partners_partner AS partner ON partner.id = contract.partner_id
        WHERE NOT partner.is_test AND contract.status <> 'suspended'
    ) AS piece
    JOIN ({OF_SURVIVORS}) AS whole ON whole.partner_id = piece.partner_id
        AND piece.day >= whole.day AND piece.day < whole.left_on
    JOIN kpis_profilespan AS span ON span.partner_id = piece.partner_id
        AND piece.day < span.ends_on AND piece.until > span.starts_on
    WHERE piece.day < piece.until
"""
# Who came to stay and was gone within the same period.
BRIEF = f"""
    SELECT life.contract_id, life.partner_id, span.type, span.tier, span.region, span.segment,
        span.manager_id, life.day, life.left_on
    FROM ({OF_SURVIVORS}) AS life
    JOIN kpis_profilespan AS span ON span.partner_id = life.partner_id
        AND life.day >= span.starts_on AND life.day < span.ends_on
    WHERE life.kind <> 'merged'
"""
AT_START = "fact.day <= {starts} AND fact.until > {starts}"
# Gone at the end: the partnership is over, and none that began within the period goes on.
LEFT = (
    "fact.left_on <= {ends} AND fact.kind <> 'merged' AND NOT EXISTS (SELECT 1 FROM ("
    f"{OF_SURVIVORS}) AS again WHERE again.partner_id = fact.partner_id"
    " AND again.day < {ends} AND again.left_on > {ends})"
)
# The same by the day without a contract, for the rows of those who left.
GONE = f"""
    SELECT stay.contract_id, stay.partner_id, stay.type, stay.tier, stay.region, stay.segment,
        stay.manager_id, stay.day AS began_on, stay.until, stay.left_on AS day, stay.left_on,
        stay.kind
    FROM ({STAYS}) AS stay
"""
GONE_AT_START = "fact.began_on <= {starts} AND fact.until > {starts}"
ENDED = f"""
    SELECT life.contract_id, life.partner_id, life.type, life.tier, life.region, life.segment,
        life.manager_id, life.out_on AS day
    FROM ({LIVES}) AS life WHERE life.is_end
"""
# The start cohort with the net revenue of the twelve months before the period.
EARLIER_REVENUE = f"""
    SELECT stay.*, coalesce(earned.net_rc, 0) AS net_rc
    FROM ({STAYS}) AS stay
    LEFT JOIN (
        SELECT of.canonical_id, sum(cell.won_rc + cell.adjusted_rc) AS net_rc
        FROM kpis_salescell AS cell
        JOIN kpis_profilespan AS of ON of.profile_id = cell.profile_id
        JOIN common_fiscalmonth AS month ON month.starts_on = cell.month
        JOIN common_day AS first ON first.day = {{starts}}
            AND month.n >= first.month_n - 12 AND month.n < first.month_n
        WHERE cell.partner_id <> 0
        GROUP BY of.canonical_id
    ) AS earned ON earned.canonical_id = stay.partner_id
    WHERE stay.day <= {{starts}} AND stay.until > {{starts}}
"""
# Partners under contract on the last day that have been with us for 30 days, and whether anything
# was heard of them in the last 90 days (distributors: 180). What is asked most often stands first.
SIGNS = f"""
    SELECT member.contract_id, member.partner_id, member.type, member.tier, member.region,
        member.segment, member.manager_id, {{last}} AS day,
        NOT EXISTS (
            SELECT 1 FROM partners_loginevent AS event
            WHERE event.partner_id = ANY(member.records) AND NOT event.impersonated
                AND event."on" > member.since AND event."on" <= {{last}}
        ) AND NOT EXISTS (
            SELECT 1 FROM partners_portalsession AS visit
            WHERE visit.partner_id = ANY(member.records)
                AND visit."on" > member.since AND visit."on" <= {{last}}
        ) AND NOT EXISTS (
            SELECT 1 FROM partners_registration AS registration
            WHERE registration.partner_id = ANY(member.records)
                AND registration.submitted_on > member.since
                AND registration.submitted_on <= {{last}}
        ) AND NOT EXISTS (
            SELECT 1 FROM partners_deal AS deal
            WHERE deal.partner_id = ANY(member.records) AND deal.state = 'won'
                AND deal.closed_on > member.since AND deal.closed_on <= {{last}}
        ) AS is_dormant
    FROM (
        SELECT stay.contract_id, stay.partner_id, stay.type, stay.tier, stay.region, stay.segment,
            stay.manager_id,
            {{last}} - CASE WHEN lower(stay.type) = 'distributor' THEN 180 ELSE 90 END AS since,
            ARRAY(SELECT record.id FROM partners_partner AS record
                WHERE record.id = stay.partner_id OR record.merged_into_id = stay.partner_id
            ) AS records
        FROM ({STAYS}) AS stay
        JOIN ({OF_SURVIVORS}) AS whole ON whole.partner_id = stay.partner_id
            AND whole.day <= {{last}} - 30 AND whole.left_on > {{last}}
        WHERE stay.day <= {{last}} AND stay.until > {{last}}
    ) AS member
"""
# People of partners under contract at any time of the period, once for each company: those who may
# sign in at its end, left during it, or signed in; and whether they did.
PEOPLE = """
    SELECT member.id AS membership_id, span.canonical_id AS partner_id, span.type, span.tier,
        span.region, span.segment, span.manager_id, member.user_id, member.roles,
        {last} AS day, seen.user_id IS NOT NULL AS has_come
    FROM partners_membership AS member
    JOIN common_user AS person ON person.id = member.user_id
    JOIN kpis_profilespan AS span ON span.partner_id = member.partner_id
        AND {last} >= span.starts_on AND {last} < span.ends_on
    LEFT JOIN (
        SELECT DISTINCT event.membership_id, member.user_id
        FROM partners_loginevent AS event
        JOIN partners_membership AS member ON member.id = event.membership_id
        WHERE NOT event.impersonated AND event."on" >= {starts} AND event."on" < {ends}
    ) AS seen ON seen.membership_id = member.id
    WHERE (member.source <> '' OR prm_local_day(member.created_at) < {ends})
        AND (
            seen.user_id IS NOT NULL
            OR (member.is_active AND person.is_active)
            OR member.left_on > {starts}
        )
        AND EXISTS (
            SELECT 1 FROM partners_contract AS contract
            JOIN partners_partner AS record ON record.id = contract.partner_id
            WHERE coalesce(record.merged_into_id, record.id) = span.canonical_id
                AND contract.status <> 'suspended' AND contract.starts_on < {ends}
                AND (contract.ends_on IS NULL OR contract.ends_on > {starts})
        )
"""
# Visits to the portal: from the first to the last thing that a person did.
SESSIONS = """
    SELECT visit.id AS session_id, span.canonical_id AS partner_id, span.type, span.tier,
        span.region, span.segment, span.manager_id, visit."on" AS day, visit.membership_id,
        visit.features, visit.available, visit.roles,
        round(extract(epoch FROM visit.last_at - visit.started_at) / 60, 1) AS minutes
    FROM partners_portalsession AS visit
    JOIN kpis_profilespan AS span ON span.partner_id = visit.partner_id
        AND visit."on" >= span.starts_on AND visit."on" < span.ends_on
"""
# Days on which people signed in.
SIGN_INS = """
    SELECT fact.login_id, fact.user_id, fact.canonical_id AS partner_id, span.type, span.tier,
        span.region, span.segment, span.manager_id, fact.month, fact.day
    FROM kpis_engagement_fact AS fact
    JOIN kpis_profilespan AS span ON span.profile_id = fact.profile_id
    WHERE fact.day >= {starts} AND fact.day < {ends}
"""
