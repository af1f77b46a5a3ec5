"""The open link of a partner and its ``parent`` say the same, whichever door writes the parent."""

from django.db import migrations

RULES = """
CREATE FUNCTION partners_link_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := prm_local_day(now());
    held partners_partnerlink;
BEGIN
    SELECT * INTO held FROM partners_partnerlink
    WHERE child_id = NEW.id AND valid_to IS NULL;
    IF held.parent_id IS NOT DISTINCT FROM NEW.parent_id THEN
        RETURN NULL;
    END IF;
    IF held.id IS NOT NULL THEN
        -- a link that began today is as if it had never been
        DELETE FROM partners_partnerlink WHERE id = held.id AND valid_from >= today;
        UPDATE partners_partnerlink SET valid_to = today, updated_at = now() WHERE id = held.id;
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        INSERT INTO partners_partnerlink (child_id, parent_id, valid_from)
        VALUES (NEW.id, NEW.parent_id, today);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER link_follows AFTER INSERT OR UPDATE OF parent_id ON partners_partner
    FOR EACH ROW EXECUTE FUNCTION partners_link_follows();
-- since when they hold nobody wrote down: from the day on which the record was made
INSERT INTO partners_partnerlink (child_id, parent_id, valid_from)
SELECT id, parent_id, prm_local_day(created_at) FROM partners_partner WHERE parent_id IS NOT NULL;
"""
DROP = "DROP FUNCTION partners_link_follows() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("partners", "0012_hierarchy"), ("common", "0002_rules")]
    operations = [migrations.RunSQL(RULES, DROP)]
