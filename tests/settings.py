"""Settings of the tests: the real ones, with a fast password hasher."""

import os

from prm import env
from prm.settings import *  # noqa: F403
from prm.settings import CACHES

DEBUG = False
SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["*"]

# Tests that run side by side have a Redis database each, as they have a Postgres database each.
if _lane := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    _own = env.broker_urls(os.environ["REDIS_URL"], shift=2 + 2 * int(_lane))
    CACHES["default"]["LOCATION"] = _own["cache"]
    CELERY_BROKER_URL = _own["broker"]
