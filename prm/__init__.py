"""PRM: partner relationship management.

    prm.urls  prm.api  prm.celery  prm.nav  prm.management     composition: may import all
            kpis                                               reads all facts, owns cells and values
            partners                                           deals / accounts
            prm.common                                         the ground: knows no noun of the business

Imports go down; news goes up by custom signals (``partners/signals.py``).
"""

from prm.celery import app as celery_app

__all__ = ["celery_app"]
