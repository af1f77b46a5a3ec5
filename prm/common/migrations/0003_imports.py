"""Undo data by ranges of rows; readers of cells that never raise an error."""

from django.db import migrations, models

# A load checks cells in sets: a cell that cannot be read is null, not an error. The usual
# shapes are recognised without a regular expression, which costs five times as much.
READERS = r"""
CREATE FUNCTION prm_import_is_day(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
-- whether a text that begins with the shape 9999-99-99 begins with a day of the calendar
DECLARE
    month text COLLATE "C" := substr(value, 6, 2);
    day text COLLATE "C" := substr(value, 9, 2);
BEGIN
    IF month BETWEEN '01' AND '12' AND day BETWEEN '01' AND (CASE
        WHEN month = '02' THEN '28' WHEN month IN ('04', '06', '09', '11') THEN '30' ELSE '31' END)
    THEN
        RETURN true;
    END IF;
    RETURN month = '02' AND day = '29'
        AND extract(day FROM make_date(left(value, 4)::int, 3, 1) - 1) = 29;
END $$;

CREATE FUNCTION prm_import_day(value text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
-- a day like 2026-11-30 (midnight may follow); null when there is no such day
BEGIN
    IF translate(left(value, 10), '0123456789', '9999999999') = '9999-99-99'
        AND left(value, 2) IN ('19', '20')
        AND (length(value) = 10 OR substr(value, 11) ~ '^[ T]00:00(:00([.]0+)?)?$')
        AND prm_import_is_day(value)
    THEN
        RETURN left(value, 10)::date;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION prm_import_instant(value text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT AS $$
-- an instant like 2026-11-30T14:30:00Z, within the calendar; without offset it is local time,
-- without time it is local noon
DECLARE
    shape text COLLATE "C" := translate(value, '0123456789 ', '9999999999T');
    clock text COLLATE "C" := substr(value, 12, 8);
BEGIN
    IF left(shape, 10) <> '9999-99-99' OR left(value, 4) COLLATE "C" < '1990'
        OR left(value, 4) COLLATE "C" > '2060' OR NOT prm_import_is_day(value)
    THEN
        RETURN NULL;
    END IF;
    IF clock = '' AND length(value) = 10 THEN
        RETURN (value || ' 12:00')::timestamp AT TIME ZONE zone;
    END IF;
    IF NOT (
        shape IN ('9999-99-99T99:99:99', '9999-99-99T99:99:99Z', '9999-99-99T99:99:99+99:99')
        AND clock < '24' AND substr(clock, 4, 2) < '60' AND substr(clock, 7, 2) < '60'
        AND substr(value, 21) COLLATE "C" < '15' AND substr(value, 24) COLLATE "C" < '60'
    ) AND substr(value, 11) !~ ('^[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?'
        || '( ?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9]))?$')
    THEN
        RETURN NULL;
    END IF;
    IF right(value, 1) = 'Z' OR position('+' IN value) > 0 OR substr(value, 17) LIKE '%-%' THEN
        RETURN value::timestamptz;
    END IF;
    RETURN value::timestamp AT TIME ZONE zone;
END $$;

CREATE FUNCTION prm_import_number(value text, decimal_sign text, thousands_sign text)
RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
-- a plain decimal number in the file's own notation; null for anything else
BEGIN
    IF thousands_sign <> '' AND position(thousands_sign IN value) > 0 THEN
        IF value !~ ('^-?[0-9]{1,3}([' || thousands_sign || '][0-9]{3})+([' || decimal_sign
            || '][0-9]+)?$')
        THEN
            RETURN NULL;
        END IF;
        value := replace(value, thousands_sign, '');
    END IF;
    IF decimal_sign <> '.' THEN
        IF position('.' IN value) > 0 THEN
            RETURN NULL;
        END IF;
        value := replace(value, decimal_sign, '.');
    END IF;
    IF (length(value) <= 14 AND translate(value, '0123456789', '') IN ('', '.')
            AND left(value, 1) BETWEEN '0' AND '9' AND right(value, 1) BETWEEN '0' AND '9')
        OR value ~ '^-?[0-9]{1,14}([.][0-9]{1,10})?$'
    THEN
        RETURN value::numeric;
    END IF;
    RETURN NULL;
END $$;
"""
DROP = """
DROP FUNCTION prm_import_number(text, text, text);
DROP FUNCTION prm_import_instant(text, text);
DROP FUNCTION prm_import_day(text);
DROP FUNCTION prm_import_is_day(text);
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0002_rules")]
    operations = [
        migrations.AddField(
            model_name="import",
            name="written_at",
            field=models.DateTimeField(
                help_text="The stamp (updated_at) that this run left on its rows.", null=True
            ),
        ),
        migrations.RemoveField(model_name="importundo", name="after_hash"),
        migrations.AddField(
            model_name="importundo",
            name="kind",
            field=models.CharField(
                choices=[("created", "Created"), ("changed", "Changed"), ("removed", "Removed")],
                default="created",
                max_length=7,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="importundo",
            name="last_id",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(READERS, DROP),
    ]
