"""The measure columns of each family: the same in its cells and its totals."""

from django.db import models


def count() -> "models.BigIntegerField[int, int]":
    """A number of facts."""
    return models.BigIntegerField()


def amount() -> "models.DecimalField[object, object]":
    """Money in the reporting currency."""
    return models.DecimalField(max_digits=24, decimal_places=4)


class SalesMeasures(models.Model):
    """Closed deals by closing day; adjustments by their own day."""

    won_n, won_rc = count(), amount()
    lost_n, lost_rc = count(), amount()
    cosell_won_n, cosell_lost_n = count(), count()
    adjusted_rc = amount()
    influenced_n, influenced_rc = count(), amount()
    unrated_n = count()

    class Meta:
        abstract = True


class StockMeasures(models.Model):
    """Open deals and waiting registrations at the month's end, at that day's rate."""

    open_n, open_rc = count(), amount()
    pending_n, pending_rc = count(), amount()
    unrated_n = count()

    class Meta:
        abstract = True


class MembershipMeasures(models.Model):
    """``days`` has bit i for the month's day i (0 is the first) under contract."""

    days = models.BigIntegerField()
    at_start, at_end = count(), count()
    recruits = count()

    class Meta:
        abstract = True


class EngagementMeasures(models.Model):
    """``days`` has bit i for a sign-in on the month's day i."""

    logins = count()
    days = models.BigIntegerField()

    class Meta:
        abstract = True
