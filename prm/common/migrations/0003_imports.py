"""Undo data by ranges of rows; readers of cells that never raise an error."""

from django.db import migrations, models

# A load checks cells in sets: a cell that cannot be read is null, not an error.
READERS = r"""
CREATE FUNCTION prm_import_day(value text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
-- a day like 2026-11-30 (midnight may follow); null when there is no such day
BEGIN
    IF value !~ '^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]00:00(:00([.]0+)?)?)?$'
    THEN
        RETURN NULL;
    END IF;
    IF substr(value, 9, 2) > '28' AND substr(value, 9, 2)::int > extract(
        day FROM make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1)
            + interval '1 month - 1 day')
    THEN
        RETURN NULL;
    END IF;
    RETURN left(value, 10)::date;
END $$;

CREATE FUNCTION prm_import_instant(value text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT AS $$
-- an instant like 2026-11-30T14:30:00Z, within the calendar; without offset it is local time,
-- without time it is local noon
BEGIN
    IF value !~ '^(199[0-9]|20[0-5][0-9]|2060)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?( ?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9]))?)?$'
    THEN
        RETURN NULL;
    END IF;
    IF substr(value, 9, 2) > '28' AND substr(value, 9, 2)::int > extract(
        day FROM make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1)
            + interval '1 month - 1 day')
    THEN
        RETURN NULL;
    END IF;
    IF length(value) = 10 THEN
        RETURN (value || ' 12:00')::timestamp AT TIME ZONE zone;
    END IF;
    IF right(value, 1) = 'Z' OR substr(value, 17) ~ '[+-]' THEN
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
    IF value ~ '^-?[0-9]{1,14}([.][0-9]{1,10})?$' THEN
        RETURN value::numeric;
    END IF;
    RETURN NULL;
END $$;
"""
DROP = """
DROP FUNCTION prm_import_number(text, text, text);
DROP FUNCTION prm_import_instant(text, text);
DROP FUNCTION prm_import_day(text);
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
