"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
application = get_wsgi_application()

from prm.common.database import limit_statements  # noqa: E402 (it needs the settings)
from prm.common.memory import set_aside  # noqa: E402

limit_statements()
set_aside()
