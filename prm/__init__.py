"""PRM: partner relationship management.

    prm.urls  prm.api  prm.celery  prm.nav  prm.management   composition: imports all
            kpis                                        reads all facts, owns cells, values
            partners                                    deals / accounts
            prm.common                                  the ground: knows no business noun

Imports go down; news goes up by custom signals (``prm/common/signals.py``).
"""

from prm.celery import app as celery_app

__all__ = ["celery_app"]
