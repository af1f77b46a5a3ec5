"""Local days of onboarding; milestones, which the database writes whoever stores the facts."""

from django.db import migrations

DAYS = """
CREATE FUNCTION partners_onboardingtask_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.handed_in_on := prm_local_day(NEW.handed_in_at);
    NEW.done_on := prm_local_day(NEW.done_at);
    NEW.skipped_on := prm_local_day(NEW.skipped_at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_onboardingtask
    FOR EACH ROW EXECUTE FUNCTION partners_onboardingtask_derive();

CREATE FUNCTION partners_onboardingplan_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.closed_on := prm_local_day(NEW.closed_at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_onboardingplan
    FOR EACH ROW EXECUTE FUNCTION partners_onboardingplan_derive();

CREATE FUNCTION partners_milestone_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."on" := prm_local_day(NEW.at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_milestone
    FOR EACH ROW EXECUTE FUNCTION partners_milestone_derive();
"""

# The same text for the facts that are there already and for those that a statement brings: only
# what is earlier than known is written, so that the usual sign-in locks no row.
REACHED = """
INSERT INTO partners_milestone AS known (partner_id, kind, at, source)
SELECT first.partner_id, '{kind}', first.at, 'prm'
FROM (
    SELECT partner_id, min({at}) AS at FROM {rows}
    WHERE partner_id IS NOT NULL AND {at} IS NOT NULL AND {where}
    GROUP BY partner_id
) AS first
WHERE NOT EXISTS (
    SELECT 1 FROM partners_milestone AS milestone
    WHERE milestone.partner_id = first.partner_id AND milestone.kind = '{kind}'
        AND milestone.at <= first.at
)
ORDER BY first.partner_id
ON CONFLICT (partner_id, kind) DO UPDATE SET at = EXCLUDED.at, updated_at = now()
    WHERE EXCLUDED.at < known.at;
"""
FACTS = {
    "partners_loginevent": [("first_sign_in", "at", "NOT impersonated")],
    "partners_registration": [("first_registration", "submitted_at", "true")],
    "partners_deal": [
        ("first_approval", "approved_at", "state <> 'void'"),
        ("first_win", "closed_at", "state = 'won'"),
    ],
}
TRIGGER = """
CREATE FUNCTION {table}_milestones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {body}
    RETURN NULL;
END $$;
CREATE TRIGGER milestones_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_milestones();
CREATE TRIGGER milestones_update AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_milestones();
"""


def _reached(table, rows):
    return "\n".join(
        REACHED.format(rows=rows, kind=kind, at=at, where=where)
        for kind, at, where in FACTS[table]
    )


CREATE = DAYS + "".join(
    TRIGGER.format(table=table, body=_reached(table, "new_rows")) for table in FACTS
)
KNOWN = "".join(_reached(table, table) for table in FACTS)
DROP = (
    "".join(f"DROP FUNCTION {table}_milestones() CASCADE;" for table in FACTS)
    + """
DROP FUNCTION partners_milestone_derive() CASCADE;
DROP FUNCTION partners_onboardingplan_derive() CASCADE;
DROP FUNCTION partners_onboardingtask_derive() CASCADE;
"""
)


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_onboarding")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
