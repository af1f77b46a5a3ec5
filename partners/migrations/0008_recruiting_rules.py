"""Local days of applications and costs; the reporting amount of a cost, frozen with its rate."""

from django.db import migrations

RULES = """
CREATE FUNCTION partners_application_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.applied_on := prm_local_day(NEW.applied_at);
    NEW.decided_on := prm_local_day(NEW.decided_at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_application
    FOR EACH ROW EXECUTE FUNCTION partners_application_derive();

CREATE FUNCTION partners_cost_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_cost
    FOR EACH ROW EXECUTE FUNCTION partners_cost_derive();

-- A rate that comes late fills the amounts that waited for it; frozen ones stay.
CREATE FUNCTION partners_late_cost_rates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE partners_cost SET fx_rate = NULL
    WHERE amount_rc IS NULL AND currency IN (SELECT currency FROM new_rates);
    RETURN NULL;
END $$;
CREATE TRIGGER late_cost_rates_insert AFTER INSERT ON common_fxrate
    REFERENCING NEW TABLE AS new_rates
    FOR EACH STATEMENT EXECUTE FUNCTION partners_late_cost_rates();
CREATE TRIGGER late_cost_rates_update AFTER UPDATE ON common_fxrate
    REFERENCING NEW TABLE AS new_rates
    FOR EACH STATEMENT EXECUTE FUNCTION partners_late_cost_rates();
"""
DROP = """
DROP FUNCTION partners_late_cost_rates() CASCADE;
DROP FUNCTION partners_cost_derive() CASCADE;
DROP FUNCTION partners_application_derive() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0007_recruiting"), ("common", "0002_rules")]
    operations = [migrations.RunSQL(RULES, DROP)]
