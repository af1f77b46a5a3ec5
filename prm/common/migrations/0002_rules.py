"""What the database itself keeps: the audit stays, local days and rates are worked out here."""

from typing import Any

from django.db import migrations

# The local day of an instant in the program time zone; the rate of a day; rounding of money.
FUNCTIONS = """
CREATE FUNCTION prm_setting(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT value FROM common_setting WHERE key = name);
END $$;

CREATE FUNCTION prm_local_day(at timestamptz) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (at AT TIME ZONE prm_setting('program_time_zone'))::date;
END $$;

CREATE FUNCTION prm_rate(code text, day date) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
-- one unit of code in the reporting currency on that day; null: no rate is known
BEGIN
    IF code = prm_setting('report_currency') THEN
        RETURN 1;
    END IF;
    RETURN (
        SELECT rate FROM common_fxrate
        WHERE currency = code AND valid_from <= day
        ORDER BY valid_from DESC LIMIT 1
    );
END $$;

CREATE FUNCTION prm_rc(amount numeric, rate numeric) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
-- an amount in the reporting currency, in whole minor units (half up)
BEGIN
    RETURN round(amount * rate, prm_setting('report_exponent')::int);
END $$;
"""

AUDIT = """
CREATE FUNCTION prm_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON common_auditentry
    FOR EACH ROW EXECUTE FUNCTION prm_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON common_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION prm_append_only();
"""

DROP = """
DROP TRIGGER append_only ON common_auditentry;
DROP TRIGGER append_only_truncate ON common_auditentry;
DROP FUNCTION prm_append_only();
DROP FUNCTION prm_rc(numeric, numeric);
DROP FUNCTION prm_rate(text, date);
DROP FUNCTION prm_local_day(timestamptz);
DROP FUNCTION prm_setting(text);
"""


def first_values(apps: Any, schema_editor: Any) -> None:
    """The first settings come from the environment; the calendar has calendar months."""
    from prm.common import config, periods

    setting = apps.get_model("common", "Setting")
    first = config.defaults()
    checked = {key: config.checked(key, first[key]) for key in first.keys() - config.INTERNAL}
    setting.objects.bulk_create(
        [setting(key=key, value=value) for key, value in (first | checked).items()]
    )
    # the tables as they are at this step: later columns do not exist yet
    periods.write_calendar(
        month_model=apps.get_model("common", "FiscalMonth"),
        day_model=apps.get_model("common", "Day"),
    )


class Migration(migrations.Migration):
    dependencies = [("common", "0001_ground")]
    operations = [
        migrations.RunSQL(FUNCTIONS + AUDIT, DROP),
        migrations.RunPython(first_values, migrations.RunPython.noop),
    ]
