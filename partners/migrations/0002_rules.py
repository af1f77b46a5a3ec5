"""What the database keeps true: local days, frozen amounts, children that agree with parents."""

from django.db import migrations

DAYS = """
CREATE FUNCTION partners_deal_derive() RETURNS trigger LANGUAGE plpgsql AS $$
-- Local days of the instants; the reporting amount of a closed deal, frozen with its rate.
DECLARE
    zone text := prm_setting('program_time_zone');
BEGIN
    NEW.opened_on := (NEW.opened_at AT TIME ZONE zone)::date;
    NEW.approved_on := (NEW.approved_at AT TIME ZONE zone)::date;
    NEW.closed_on := (NEW.closed_at AT TIME ZONE zone)::date;
    IF NEW.closed_on IS NULL OR NEW.amount IS NULL THEN
        NEW.fx_rate := NULL;
        NEW.amount_rc := NULL;
    ELSIF TG_OP = 'INSERT'
        OR OLD.fx_rate IS NULL
        OR NEW.closed_on IS DISTINCT FROM OLD.closed_on
        OR NEW.currency <> OLD.currency
    THEN
        NEW.fx_rate := prm_rate(NEW.currency, NEW.closed_on);
        NEW.amount_rc := prm_rc(NEW.amount, NEW.fx_rate);
    ELSE
        NEW.fx_rate := OLD.fx_rate;
        NEW.amount_rc := prm_rc(NEW.amount, OLD.fx_rate);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_deal
    FOR EACH ROW EXECUTE FUNCTION partners_deal_derive();

CREATE FUNCTION partners_adjustment_derive() RETURNS trigger LANGUAGE plpgsql AS $$
-- A refund or credit has its own day and the rate of that day, frozen; its deal's partner.
BEGIN
    SELECT coalesce(deal.partner_id, 0) INTO NEW.partner_key
    FROM partners_deal AS deal WHERE deal.id = NEW.deal_id;
    IF NOT FOUND THEN
        RAISE 'deal % of the adjustment does not exist', NEW.deal_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    NEW."on" := prm_local_day(NEW.at);
    IF TG_OP = 'INSERT'
        OR OLD.fx_rate IS NULL
        OR NEW."on" <> OLD."on"
        OR NEW.currency <> OLD.currency
    THEN
        NEW.fx_rate := prm_rate(NEW.currency, NEW."on");
    ELSE
        NEW.fx_rate := OLD.fx_rate;
    END IF;
    NEW.amount_rc := prm_rc(NEW.amount, NEW.fx_rate);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_dealadjustment
    FOR EACH ROW EXECUTE FUNCTION partners_adjustment_derive();

-- An adjustment's partner is its deal's, even when the deal goes to another one at the same time:
-- who gives a deal an adjustment locks the deal and looks again; who moves a deal takes along the
-- adjustments that it sees. Other updates lock no deal: a move would wait for them, they for it.
CREATE FUNCTION partners_adjustments_agree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        given := ARRAY(SELECT id FROM new_rows);
    ELSE
        given := ARRAY(
            SELECT after.id FROM new_rows AS after
            JOIN old_rows AS before ON before.id = after.id AND before.deal_id <> after.deal_id
        );
    END IF;
    IF cardinality(given) = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM partners_deal
    WHERE id IN (SELECT deal_id FROM partners_dealadjustment WHERE id = ANY(given))
    ORDER BY id FOR SHARE;
    UPDATE partners_dealadjustment AS adjustment SET partner_key = coalesce(deal.partner_id, 0)
    FROM partners_deal AS deal
    WHERE adjustment.id = ANY(given)
        AND deal.id = adjustment.deal_id
        AND adjustment.partner_key <> coalesce(deal.partner_id, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER agree_insert AFTER INSERT ON partners_dealadjustment
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION partners_adjustments_agree();
CREATE TRIGGER agree_update AFTER UPDATE ON partners_dealadjustment
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION partners_adjustments_agree();

CREATE FUNCTION partners_adjustments_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE partners_dealadjustment SET partner_key = coalesce(NEW.partner_id, 0)
    WHERE deal_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER adjustments_follow AFTER UPDATE OF partner_id ON partners_deal
    FOR EACH ROW WHEN (OLD.partner_id IS DISTINCT FROM NEW.partner_id)
    EXECUTE FUNCTION partners_adjustments_follow();

CREATE FUNCTION partners_day_of_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."on" := prm_local_day(NEW.at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_dealstageevent
    FOR EACH ROW EXECUTE FUNCTION partners_day_of_at();
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_dealtouch
    FOR EACH ROW EXECUTE FUNCTION partners_day_of_at();
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_loginevent
    FOR EACH ROW EXECUTE FUNCTION partners_day_of_at();

CREATE FUNCTION partners_registration_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.submitted_on := prm_local_day(NEW.submitted_at);
    NEW.decided_on := prm_local_day(NEW.decided_at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_registration
    FOR EACH ROW EXECUTE FUNCTION partners_registration_derive();
"""

# A rate that comes late fills the amounts that waited for it; frozen ones stay.
LATE_RATES = """
CREATE FUNCTION partners_late_rates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE partners_deal SET fx_rate = NULL
    WHERE closed_on IS NOT NULL AND amount IS NOT NULL AND amount_rc IS NULL
        AND currency IN (SELECT currency FROM new_rates);
    UPDATE partners_dealadjustment SET fx_rate = NULL
    WHERE amount_rc IS NULL AND currency IN (SELECT currency FROM new_rates);
    RETURN NULL;
END $$;
CREATE TRIGGER late_rates_insert AFTER INSERT ON common_fxrate
    REFERENCING NEW TABLE AS new_rates FOR EACH STATEMENT EXECUTE FUNCTION partners_late_rates();
CREATE TRIGGER late_rates_update AFTER UPDATE ON common_fxrate
    REFERENCING NEW TABLE AS new_rates FOR EACH STATEMENT EXECUTE FUNCTION partners_late_rates();
CREATE INDEX partners_deal_missing_rate ON partners_deal (currency)
    WHERE closed_on IS NOT NULL AND amount IS NOT NULL AND amount_rc IS NULL;
"""

# A child that repeats partner_id belongs to the same partner as its parent.
TIES = """
ALTER TABLE partners_deal ADD CONSTRAINT partners_deal_same_partner_as_registration
    FOREIGN KEY (registration_id, partner_id) REFERENCES partners_registration (id, partner_id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE partners_membership ADD CONSTRAINT partners_membership_id_partner
    UNIQUE (id, partner_id);
ALTER TABLE partners_loginevent ADD CONSTRAINT partners_login_same_partner_as_membership
    FOREIGN KEY (membership_id, partner_id) REFERENCES partners_membership (id, partner_id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE partners_deal SET (autovacuum_vacuum_scale_factor = 0.01);
"""

# The times in which a deal was open: from history, or, without history, from the deal itself.
# The latest event speaks with the deal's own present values; a null event amount is the deal's.
# Two views of the same rows: the first finds the history of given deals through the index, the
# second that of all deals in one pass (four times faster for all of them).
STEPS = """(
    SELECT
        event.deal_id, event.stage_id, event.state, event.amount, event.currency, event.at,
        event."on", lead(event.at) OVER later AS next_at, lead(event."on") OVER later AS next_on
    FROM partners_dealstageevent AS event {of_deal}
    WINDOW later AS ({each}ORDER BY event.at, event.id)
) AS step"""
OF_GIVEN = "CROSS JOIN LATERAL " + STEPS.format(of_deal="WHERE event.deal_id = deal.id", each="")
OF_ALL = (
    "JOIN "
    + STEPS.format(of_deal="", each="PARTITION BY event.deal_id ")
    + " ON step.deal_id = deal.id"
)
SPANS = """
CREATE VIEW {name} AS
SELECT
    deal.id AS deal_id,
    deal.partner_id,
    deal.customer_id,
    deal.closed_on,
    coalesce(least(deal.approved_on, deal.opened_on), '-infinity'::date) AS deal_from,
    step.stage_id,
    greatest(step.at, least(deal.approved_at, deal.opened_at)) AS starts_at,
    greatest(step."on", least(deal.approved_on, deal.opened_on)) AS starts_on,
    least(step.next_at, deal.closed_at) AS ends_at,
    least(step.next_on, deal.closed_on) AS ends_on,
    CASE WHEN step.next_at IS NULL THEN deal.amount
        ELSE coalesce(step.amount, deal.amount) END::numeric AS amount,
    CASE WHEN step.next_at IS NULL THEN deal.currency
        ELSE coalesce(nullif(step.currency, ''), deal.currency) END::text AS currency
FROM partners_deal AS deal
{steps}
WHERE deal.state <> 'void'
    AND (
        (step.next_at IS NOT NULL AND step.state = 'open')
        OR (step.next_at IS NULL AND (deal.state = 'open' OR step.state = 'open'))
    )
UNION ALL
SELECT
    deal.id, deal.partner_id, deal.customer_id, deal.closed_on,
    coalesce(least(deal.approved_on, deal.opened_on), '-infinity'::date), deal.stage_id,
    coalesce(deal.approved_at, deal.opened_at),
    coalesce(deal.approved_on, deal.opened_on),
    deal.closed_at, deal.closed_on, deal.amount::numeric, deal.currency::text
FROM partners_deal AS deal
WHERE deal.state <> 'void'
    AND coalesce(deal.approved_at, deal.opened_at) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM partners_dealstageevent AS event WHERE event.deal_id = deal.id);
"""

DROP = """
DROP VIEW partners_deal_span_all;
DROP VIEW partners_deal_span;
ALTER TABLE partners_loginevent DROP CONSTRAINT partners_login_same_partner_as_membership;
ALTER TABLE partners_membership DROP CONSTRAINT partners_membership_id_partner;
ALTER TABLE partners_deal DROP CONSTRAINT partners_deal_same_partner_as_registration;
DROP INDEX partners_deal_missing_rate;
DROP FUNCTION partners_late_rates() CASCADE;
DROP FUNCTION partners_registration_derive() CASCADE;
DROP FUNCTION partners_day_of_at() CASCADE;
DROP FUNCTION partners_adjustments_follow() CASCADE;
DROP FUNCTION partners_adjustments_agree() CASCADE;
DROP FUNCTION partners_adjustment_derive() CASCADE;
DROP FUNCTION partners_deal_derive() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_facts"), ("common", "0002_rules")]
    operations = [
        migrations.RunSQL(
            DAYS
            + LATE_RATES
            + TIES
            + SPANS.format(name="partners_deal_span", steps=OF_GIVEN)
            + SPANS.format(name="partners_deal_span_all", steps=OF_ALL),
            DROP,
        )
    ]
