"""Where the limits of the sign-in are kept while Redis is away (prm.common.cache)."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE common_limit (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX common_limit_expires ON common_limit (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0004_remember_settings")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE common_limit")]
