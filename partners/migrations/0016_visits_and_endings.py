"""How contracts ended, when people left, and visits to the portal, with their rules."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


RULES = """
CREATE FUNCTION partners_day_of_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."on" := prm_local_day(NEW.started_at);
    RETURN NEW;
END $$;
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON partners_portalsession
    FOR EACH ROW EXECUTE FUNCTION partners_day_of_start();
ALTER TABLE partners_portalsession ADD CONSTRAINT partners_visit_same_partner_as_membership
    FOREIGN KEY (membership_id, partner_id) REFERENCES partners_membership (id, partner_id)
    DEFERRABLE INITIALLY DEFERRED;

-- Whoever takes somebody's place at a company away, by page, file or hand: the day is kept.
CREATE FUNCTION partners_day_of_leaving() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.left_on := CASE WHEN NOT NEW.is_active
        THEN coalesce(NEW.left_on, prm_local_day(NEW.updated_at)) END;
    RETURN NEW;
END $$;
CREATE TRIGGER leave BEFORE UPDATE ON partners_membership
    FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active)
    EXECUTE FUNCTION partners_day_of_leaving();
"""
DROP = """
DROP TRIGGER leave ON partners_membership;
DROP FUNCTION partners_day_of_leaving();
ALTER TABLE partners_portalsession DROP CONSTRAINT partners_visit_same_partner_as_membership;
DROP TRIGGER derive ON partners_portalsession;
DROP FUNCTION partners_day_of_start();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0015_directory'),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='end_kind',
            field=models.CharField(blank=True, choices=[('voluntary', 'The partner left'), ('terminated', 'We ended it'), ('expired', 'It ran out and was not renewed'), ('dormant', 'Ended because nothing happened any more')], db_default='', default='', help_text='Empty: as the reason lets guess.', max_length=10, verbose_name='How it ended'),
        ),
        migrations.AddField(
            model_name='membership',
            name='left_on',
            field=models.DateField(editable=False, help_text='Local day; the database writes it.', null=True),
        ),
        migrations.CreateModel(
            name='PortalSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('on', models.DateField(editable=False, help_text='Local day; the database writes it.')),
                ('features', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('available', models.PositiveSmallIntegerField(default=0)),
                ('membership', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='portal_sessions', to='partners.membership')),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='portal_sessions', to='partners.partner')),
            ],
            options={
                'indexes': [models.Index(fields=['partner', 'on'], name='partners_visit_partner_on'), models.Index(fields=['membership', '-last_at'], name='partners_visit_last'), models.Index(fields=['on'], name='partners_visit_on')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_at__gte', models.F('started_at'))), name='partners_visit_order')],
            },
        ),
        migrations.RunSQL(RULES, DROP),
    ]
