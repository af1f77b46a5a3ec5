"""What row triggers and defaults ask for a million times in a load costs less.

Settings are read once a transaction; ids are made by Postgres itself where it can.
"""

from django.db import migrations

REMEMBER = """
CREATE OR REPLACE FUNCTION prm_setting(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
-- the value of a setting, remembered until the transaction ends (a query each time costs as much
-- as half an insert); a change within the transaction renews it
DECLARE
    known text := current_setting('prm.' || name, true);
BEGIN
    IF known <> '' THEN
        RETURN known;
    END IF;
    known := (SELECT value FROM common_setting WHERE key = name);
    PERFORM set_config('prm.' || name, known, true);
    RETURN known;
END $$;

CREATE FUNCTION prm_renew_setting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('prm.' || coalesce(NEW.key, OLD.key), true) IS NOT NULL THEN
        PERFORM set_config('prm.' || coalesce(NEW.key, OLD.key), NEW.value, true);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER renew AFTER INSERT OR UPDATE OR DELETE ON common_setting
    FOR EACH ROW EXECUTE FUNCTION prm_renew_setting();
"""
# Postgres 18 makes such ids itself, ten times as fast.
OWN_UUIDS = """
DO $do$ BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE OR REPLACE FUNCTION prm_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
        AS 'SELECT uuidv7()';
    END IF;
END $do$;
"""
FORGET = """
DROP TRIGGER renew ON common_setting;
DROP FUNCTION prm_renew_setting();
CREATE OR REPLACE FUNCTION prm_setting(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT value FROM common_setting WHERE key = name);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0003_imports")]
    operations = [
        migrations.RunSQL(REMEMBER, FORGET),
        migrations.RunSQL(OWN_UUIDS, migrations.RunSQL.noop),
    ]
