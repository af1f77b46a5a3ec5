"""Cells (facts summed by partner profile and month), their totals, marks, targets, checks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kpis.measures import (
    EngagementMeasures,
    MembershipMeasures,
    SalesMeasures,
    StockMeasures,
)
from prm.common.models import User

__all__ = [
    "Baseline",
    "CycleCell",
    "CycleTotal",
    "DirtyMark",
    "DirtyTotal",
    "EngagementCell",
    "EngagementTotal",
    "MembershipCell",
    "MembershipTotal",
    "MonthRate",
    "ProfileSpan",
    "SalesCell",
    "SalesTotal",
    "StockCell",
    "StockTotal",
    "Target",
    "UserMonth",
    "Verification",
]


class ProfileSpan(models.Model):
    """Which profile a partner's fact of a day belongs to: every day has exactly one.

    ``profile_id`` 0 is direct business, a negative one a partner without any profile. Days
    between two profiles belong to the nearer one. ``canonical_id`` is the survivor of merges.
    """

    profile_id = models.BigIntegerField(primary_key=True)
    partner_id = models.BigIntegerField(db_index=True)
    canonical_id = models.BigIntegerField(db_index=True)
    type = models.TextField()
    tier = models.TextField()
    region = models.TextField()
    segment = models.TextField()
    manager_id = models.BigIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()

    def __str__(self) -> str:
        return f"profile {self.profile_id} of partner {self.partner_id}"


class MonthRate(models.Model):
    """The rate of a currency on the last day of a fiscal month."""

    currency = models.CharField(max_length=3)
    month = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "month"], name="kpis_monthrate_key")
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.month}: {self.rate}"


class DirtyMark(models.Model):
    """Something changed below this cell. Append-only, on purpose without a unique key."""

    family = models.SmallIntegerField()
    partner_id = models.BigIntegerField(help_text=_("0: direct; -1: every partner."))
    month = models.DateField()

    def __str__(self) -> str:
        return f"{self.family} {self.partner_id} {self.month}"


class DirtyTotal(models.Model):
    """Cells of this family and month changed: its totals are due."""

    family = models.SmallIntegerField()
    month = models.DateField()

    def __str__(self) -> str:
        return f"{self.family} {self.month}"


class Cell(models.Model):
    """One partner profile in one fiscal month."""

    pk = models.CompositePrimaryKey("partner_id", "profile_id", "month")
    partner_id = models.BigIntegerField()
    profile_id = models.BigIntegerField()
    month = models.DateField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"partner {self.partner_id}, profile {self.profile_id}, {self.month}"


class Total(models.Model):
    """One month, quarter or closed year (``grain`` M, Q, Y) of a part of the programme."""

    pk = models.CompositePrimaryKey("dim", "k1", "k2", "grain", "period")
    dim = models.CharField(max_length=12)
    k1 = models.CharField(max_length=60)
    k2 = models.CharField(max_length=60)
    grain = models.CharField(max_length=1)
    period = models.DateField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.dim} {self.k1} {self.k2} {self.grain} {self.period}"


class SalesCell(SalesMeasures, Cell):
    """What was won, lost and given back."""

    class Meta:
        indexes = [models.Index(fields=["month"], name="kpis_salescell_month")]


class SalesTotal(SalesMeasures, Total):
    """Sales of a part of the programme."""

    winners = models.BigIntegerField(help_text=_("Distinct partners with a won deal."))


class StockCell(StockMeasures, Cell):
    """What stood open at the month's end."""

    class Meta:
        indexes = [models.Index(fields=["month"], name="kpis_stockcell_month")]


class StockTotal(StockMeasures, Total):
    """Open business of a part of the programme at the month's end."""


class MembershipCell(MembershipMeasures, Cell):
    """Days under contract (a bit a day) and first contracts."""

    class Meta:
        indexes = [models.Index(fields=["month"], name="kpis_membershipcell_month")]


class MembershipTotal(Total):
    """Distinct partners under contract in, at the start and at the end of a period."""

    active_any = models.BigIntegerField()
    active_start = models.BigIntegerField()
    active_end = models.BigIntegerField()
    recruits = models.BigIntegerField()


class EngagementCell(EngagementMeasures, Cell):
    """Sign-ins and the days on which there was one (a bit a day)."""

    class Meta:
        indexes = [models.Index(fields=["month"], name="kpis_engagementcell_month")]


class EngagementTotal(Total):
    """Sign-ins and distinct partners who signed in."""

    logins = models.BigIntegerField()
    partners = models.BigIntegerField()


class CycleCell(models.Model):
    """How many won deals of a profile took exactly so many days: medians stay exact."""

    pk = models.CompositePrimaryKey("partner_id", "profile_id", "month", "days")
    partner_id = models.BigIntegerField()
    profile_id = models.BigIntegerField()
    month = models.DateField()
    days = models.IntegerField()
    n = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["month"], name="kpis_cyclecell_month")]

    def __str__(self) -> str:
        return f"partner {self.partner_id}, {self.month}: {self.days} days"


class CycleTotal(models.Model):
    """The histogram of days to close for a part of the programme and a month."""

    pk = models.CompositePrimaryKey("dim", "k1", "k2", "period", "days")
    dim = models.CharField(max_length=12)
    k1 = models.CharField(max_length=60)
    k2 = models.CharField(max_length=60)
    period = models.DateField()
    days = models.IntegerField()
    n = models.BigIntegerField()

    class Meta:
        # a month is brought up to date as a whole
        indexes = [models.Index(fields=["period"], name="kpis_cycletotal_period")]

    def __str__(self) -> str:
        return f"{self.dim} {self.k1} {self.k2} {self.period}: {self.days} days"


class UserMonth(models.Model):
    """The days of a month on which a person signed in (a bit a day)."""

    pk = models.CompositePrimaryKey("partner_id", "user_id", "month")
    partner_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    month = models.DateField()
    logins = models.BigIntegerField()
    days = models.BigIntegerField()

    def __str__(self) -> str:
        return f"user {self.user_id}, {self.month}"


class Aim(models.Model):
    """A stated value for a KPI, scope and period. Rows are versions: the newest one counts."""

    kpi = models.CharField(max_length=60)
    variant = models.CharField(max_length=30, blank=True)
    scope = models.CharField(max_length=300)
    period = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    version = models.PositiveIntegerField()
    set_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kpi} {self.scope} {self.period}: {self.value} (v{self.version})"


class Target(Aim):
    """What we want to reach."""

    class Meta(Aim.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "variant", "scope", "period", "version"], name="kpis_target_version"
            )
        ]


class Baseline(Aim):
    """What would be normal: the same season before; frozen with version and reason."""

    class Meta(Aim.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "variant", "scope", "period", "version"],
                name="kpis_baseline_version",
            )
        ]


class Verification(models.Model):
    """The result of one comparison of cells and totals with a rebuild from the facts."""

    at = models.DateTimeField()
    differences = models.BigIntegerField()
    details = models.JSONField(default=list)
    seconds = models.FloatField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.differences}"
