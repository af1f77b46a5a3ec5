"""A change of tier as a fact: who, which way, on which day."""

from django.db import migrations

# One row: a partner came into another tier; renamed tiers (direction 0) are none.
TIER_MOVES = """
CREATE VIEW kpis_tiermove_fact AS
SELECT
    step.partner_id,
    profile.profile_id,
    profile.canonical_id,
    day.month_id AS month,
    step.effective_from AS day,
    step.direction AS net_n,
    (step.direction = 1)::int AS up_n,
    (step.direction = -1)::int AS down_n
FROM partners_tierstep AS step
JOIN common_day AS day ON day.day = step.effective_from
JOIN kpis_profilespan AS profile ON profile.profile_id = step.id
WHERE step.direction <> 0;
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0003_marks"), ("partners", "0006_programs")]
    operations = [migrations.RunSQL(TIER_MOVES, "DROP VIEW kpis_tiermove_fact")]
