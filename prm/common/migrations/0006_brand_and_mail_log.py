"""The logo's bytes; mails can be opened in the mail log, but for those that let one sign in."""

from django.db import migrations, models

import prm.common.ids


class Migration(migrations.Migration):
    dependencies = [("common", "0005_sign_in_limits")]

    operations = [
        migrations.CreateModel(
            name="BrandFile",
            fields=[
                ("digest", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("content_type", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="public_id",
            field=models.UUIDField(
                db_default=prm.common.ids.NewUuid(),
                default=prm.common.ids.uuid7,
                editable=False,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="is_secret",
            field=models.BooleanField(
                default=False,
                help_text="Its text lets the reader sign in, so the log does not show it.",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["action"], name="common_audit_action"),
        ),
    ]
