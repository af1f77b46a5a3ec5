"""A deal as a distributor sees it."""

from partners.deals.models import Deal


class DealBelow(Deal):
    """A deal of a company below: the same row, known to others (see its row rule)."""

    class Meta:
        proxy = True
