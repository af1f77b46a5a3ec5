"""The audit log shows the newest entries first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0009_saved_views")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                models.F("at").desc(nulls_last=True),
                models.F("id").desc(),
                name="common_audit_time",
            ),
        ),
    ]
