"""Programmes, tiers and how partners stand; the view of all changes of tier."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import prm.common.ids
from django.conf import settings
from django.db import migrations, models


# What was published is what partners read: it is replaced, never changed.
FROZEN = """
CREATE FUNCTION partners_rules_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'rules that were published cannot be changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON partners_ruleversion
    FOR EACH ROW WHEN (OLD.state <> 'draft' AND NEW.rules IS DISTINCT FROM OLD.rules)
    EXECUTE FUNCTION partners_rules_frozen();
"""

# The place of each tier in the ladder of a partner type (published rules), no tier below all; and
# the usual words for types whose ladder is not written down.
STEPS = """
CREATE VIEW partners_tierrank AS
SELECT kind.type, lower(tier.value ->> 'key') AS tier, tier.ordinality::int AS rank
FROM partners_ruleversion AS version
JOIN partners_programtype AS kind ON kind.program_id = version.program_id
CROSS JOIN LATERAL jsonb_array_elements(version.rules -> 'tiers') WITH ORDINALITY AS tier
WHERE version.state = 'published'
UNION ALL
SELECT kind.type, '', 0
FROM partners_ruleversion AS version
JOIN partners_programtype AS kind ON kind.program_id = version.program_id
WHERE version.state = 'published';

CREATE VIEW partners_tierstep AS
WITH usual (tier, rank) AS (
    VALUES ('', 0), ('registered', 1), ('authorized', 1), ('bronze', 2), ('silver', 3),
        ('gold', 4), ('platinum', 5), ('diamond', 6)
)
SELECT
    step.id, step.partner_id, move.id AS move_id, step.type, step.from_tier, step.to_tier,
    step.effective_from,
    CASE
        WHEN move.cause = 'recoded' THEN 0
        WHEN own_from.rank IS NOT NULL AND own_to.rank IS NOT NULL
            THEN sign(own_to.rank - own_from.rank)
        ELSE sign(usual_to.rank - usual_from.rank)
    END::int AS direction
FROM (
    SELECT
        profile.id, profile.partner_id, profile.type, profile.tier AS to_tier,
        profile.valid_from AS effective_from,
        lag(profile.tier) OVER in_time AS from_tier,
        bool_or(profile.tier <> '') OVER (
            PARTITION BY profile.partner_id ORDER BY profile.valid_from
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS had_one
    FROM partners_partnerprofile AS profile
    WINDOW in_time AS (PARTITION BY profile.partner_id ORDER BY profile.valid_from)
) AS step
LEFT JOIN LATERAL (
    SELECT told.id, told.cause FROM partners_tiermove AS told
    WHERE told.partner_id = step.partner_id AND told.effective_from = step.effective_from
    ORDER BY told.id DESC LIMIT 1
) AS move ON true
LEFT JOIN partners_tierrank AS own_from
    ON own_from.type = step.type AND own_from.tier = lower(step.from_tier)
LEFT JOIN partners_tierrank AS own_to
    ON own_to.type = step.type AND own_to.tier = lower(step.to_tier)
LEFT JOIN usual AS usual_from ON usual_from.tier = lower(step.from_tier)
LEFT JOIN usual AS usual_to ON usual_to.tier = lower(step.to_tier)
WHERE step.had_one AND lower(step.from_tier) <> lower(step.to_tier);
"""

DROP = """
DROP VIEW partners_tierstep;
DROP VIEW partners_tierrank;
DROP FUNCTION partners_rules_frozen() CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0012_sessions'),
        ('partners', '0005_deal_board'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TierStep',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=60)),
                ('from_tier', models.CharField(max_length=60)),
                ('to_tier', models.CharField(max_length=60)),
                ('effective_from', models.DateField()),
                ('direction', models.IntegerField(null=True)),
            ],
            options={
                'db_table': 'partners_tierstep',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Benefit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='Name')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='What it is')),
                ('is_active', models.BooleanField(default=True, verbose_name='Offered')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PartnerProgram',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='Name')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='In one sentence')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('replaced', 'Replaced')], default='draft', max_length=9)),
                ('rules', models.JSONField(default=dict)),
                ('edit', models.PositiveIntegerField(default=0, help_text='Counts the edits of a draft.')),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='partners.partnerprogram')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['program', 'number'],
            },
        ),
        migrations.CreateModel(
            name='TierException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('tier', models.CharField(max_length=60)),
                ('starts_on', models.DateField()),
                ('last_day', models.DateField()),
                ('reason', models.CharField(max_length=300)),
                ('ended_at', models.DateTimeField(help_text='When it was taken back early.', null=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tier_exceptions', to='partners.partner')),
            ],
        ),
        migrations.CreateModel(
            name='TierMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('from_tier', models.CharField(blank=True, max_length=60)),
                ('to_tier', models.CharField(blank=True, max_length=60)),
                ('is_up', models.BooleanField()),
                ('cause', models.CharField(choices=[('promotion', 'Promotion'), ('demotion', 'Demotion'), ('hard', 'Hard requirement missed'), ('exception', 'Exception'), ('by_hand', 'By hand'), ('recoded', 'Renamed, no move')], max_length=10)),
                ('effective_from', models.DateField()),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('readings', models.JSONField(default=dict)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tier_moves', to='partners.partner')),
                ('program', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='partners.partnerprogram')),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.ruleversion')),
            ],
        ),
        migrations.CreateModel(
            name='TierRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('version_number', models.PositiveIntegerField()),
                ('is_draft', models.BooleanField(default=False)),
                ('kind', models.CharField(choices=[('daily', 'Evaluation'), ('dry', 'Dry run')], max_length=5)),
                ('day', models.DateField()),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('changes', models.JSONField(default=list)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='common.job')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='partners.partnerprogram')),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.ruleversion')),
            ],
        ),
        migrations.CreateModel(
            name='TierStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prm.common.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('state', models.CharField(choices=[('steady', 'Steady'), ('at_risk', 'At risk'), ('promotion_pending', 'Promotion to decide'), ('demotion_pending', 'Demotion to decide')], default='steady', max_length=17)),
                ('pending_tier', models.CharField(blank=True, default='', max_length=60)),
                ('since', models.DateField(help_text='First day in this state, unless steady.', null=True)),
                ('grace_until', models.DateField(null=True)),
                ('declined_tier', models.CharField(blank=True, default='', max_length=60)),
                ('declined_until', models.DateField(null=True)),
                ('reviewed_until', models.DateField(help_text='First day after the last review period that was looked at.', null=True)),
                ('evaluated_on', models.DateField(null=True)),
                ('evaluated_at', models.DateTimeField(null=True)),
                ('because', models.CharField(blank=True, default='', max_length=20)),
                ('readings', models.JSONField(default=dict)),
                ('attained', models.FloatField(default=0)),
                ('asked', models.PositiveIntegerField(default=0)),
                ('locked_at', models.DateTimeField(null=True)),
                ('lock_reason', models.CharField(blank=True, default='', max_length=300)),
                ('locked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='tier_standing', to='partners.partner')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standings', to='partners.partnerprogram')),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.ruleversion')),
            ],
        ),
        migrations.CreateModel(
            name='ProgramType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=60)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='types', to='partners.partnerprogram')),
            ],
            options={
                'ordering': ['type'],
                'constraints': [models.UniqueConstraint(fields=('type',), name='partners_programtype_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(fields=('program', 'number'), name='partners_ruleversion_number'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('program',), name='partners_ruleversion_one_published'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('program',), name='partners_ruleversion_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('state', 'draft')), models.Q(models.Q(('state', 'draft'), _negated=True), ('published_at__isnull', False)), _connector='OR'), name='partners_ruleversion_published_at'),
        ),
        migrations.AddConstraint(
            model_name='tierexception',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('starts_on'))), name='partners_tierexception_order'),
        ),
        migrations.AddConstraint(
            model_name='tierexception',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='partners_tierexception_reason'),
        ),
        migrations.AddConstraint(
            model_name='tierexception',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('ended_at', None)), expressions=[('partner', '='), (models.Func('starts_on', 'last_day', models.Value('[]'), function='daterange'), '&&')], name='partners_tierexception_no_overlap'),
        ),
        migrations.AddIndex(
            model_name='tiermove',
            index=models.Index(fields=['partner', 'effective_from'], name='partners_tiermove_partner'),
        ),
        migrations.AddIndex(
            model_name='tiermove',
            index=models.Index(fields=['effective_from'], name='partners_tiermove_day'),
        ),
        migrations.AddConstraint(
            model_name='tiermove',
            constraint=models.UniqueConstraint(condition=models.Q(('cause__in', ['promotion', 'demotion', 'hard'])), fields=('partner', 'effective_from', 'from_tier', 'to_tier'), name='partners_tiermove_once'),
        ),
        migrations.AddConstraint(
            model_name='tiermove',
            constraint=models.CheckConstraint(condition=models.Q(('from_tier', models.F('to_tier')), _negated=True), name='partners_tiermove_moves'),
        ),
        migrations.AddConstraint(
            model_name='tierrun',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'daily')), fields=('program', 'day'), name='partners_tierrun_daily'),
        ),
        migrations.AddIndex(
            model_name='tierstanding',
            index=models.Index(condition=models.Q(('state', 'steady'), _negated=True), fields=['state', 'grace_until'], name='partners_standing_open'),
        ),
        migrations.AddConstraint(
            model_name='tierstanding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grace_until__isnull', False), ('since__isnull', False), ('state', 'at_risk')), models.Q(('state', 'at_risk'), _negated=True), _connector='OR'), name='partners_standing_grace'),
        ),
        migrations.AddConstraint(
            model_name='tierstanding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'promotion_pending'), models.Q(('pending_tier', ''), _negated=True)), models.Q(('state', 'promotion_pending'), _negated=True), _connector='OR'), name='partners_standing_pending'),
        ),
        migrations.AddConstraint(
            model_name='tierstanding',
            constraint=models.CheckConstraint(condition=models.Q(('locked_at', None), models.Q(('lock_reason', ''), _negated=True), _connector='OR'), name='partners_standing_lock'),
        ),
        migrations.RunSQL(FROZEN + STEPS, DROP),
    ]
