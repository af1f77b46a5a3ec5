"""What can be imported about KPIs: targets and baselines, each stated through its service."""

from collections.abc import Callable
from decimal import Decimal

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kpis import scopes
from kpis.definitions import KPIS
from kpis.models import Baseline, Target
from kpis.services import set_baseline, set_target
from prm.common import periods
from prm.common.errors import InvalidInput
from prm.common.imports.models import ImportUndo
from prm.common.imports.resources import Check, Column, Resource, register
from prm.common.imports.work import Work
from prm.common.periods import Period

KINDS: dict[str, tuple[type[Target] | type[Baseline], Callable[..., Target | Baseline]]] = {
    "target": (Target, set_target),
    "baseline": (Baseline, set_baseline),
}
STEP = Decimal("0.000001")  # values are kept with six decimals
ROWS = """
    SELECT line, kind, key, variant, scope, period, value, reason FROM import_ready ORDER BY line
"""
ONE = "SELECT line, {column}::text AS value FROM import_ready WHERE line = %(line)s"
Place = tuple[str, str, str, str, str]  # kind, KPI, variant, scope, period


class Reader:
    """Reads where values belong; partners and periods that come again are looked up once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._scopes: dict[str, str] = {}
        self._periods: dict[str, Period] = {}

    def place(self, kind: str, key: str, variant: str, scope: str, period: str) -> Place:
        """The place of a row, each word in its one spelling. Raises InvalidInput with the column.

        An empty variant is the KPI's first one.
        """
        if key not in KPIS:
            raise InvalidInput(_("There is no KPI %(value)s. Use a key of the KPI list."), "key")
        if variant and variant not in KPIS[key].variants:
            raise InvalidInput(
                _("%(kpi)s has no variant %%(value)s. Use one of: %(names)s.")
                % {"kpi": key, "names": ", ".join(KPIS[key].variants)},
                "variant",
            )
        if scope not in self._scopes:
            self._scopes[scope] = self._scope(scope)
        variant = variant or KPIS[key].default
        return kind, key, variant, self._scopes[scope], self.period(period).key

    def period(self, text: str) -> Period:
        """The period of this text. Raises InvalidInput."""
        if text not in self._periods:
            self._periods[text] = periods.parse(text)
        return self._periods[text]

    def _scope(self, text: str) -> str:
        """The spelling under which targets are kept; a partner of the same source comes first."""
        kind, _colon, name = text.partition(":")
        spellings = [text] if kind != "partner" else [f"partner:{self.source}/{name}", text]
        for spelling in spellings:
            try:
                return scopes.parse(spelling).text
            except Http404:
                continue
        raise InvalidInput(
            _("Nobody is found for %(value)s. Correct it, or import the partner first."), "scope"
        )


class Statements:
    """The values of one run: what is stated already, and where."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.reader = Reader(work.run.source)
        self.lines: dict[Place, int] = {}
        fields = ("kpi", "variant", "scope", "period", "value")
        self.newest: dict[Place, Decimal] = {
            (kind, kpi, variant, scope, period): value
            for kind, (model, _store) in KINDS.items()
            for kpi, variant, scope, period, value in model.objects.order_by("version").values_list(
                *fields
            )
        }

    def state(self, line: int, place: Place, value: Decimal, reason: str) -> None:
        """Store the value unless it is the newest one. Raises InvalidInput when it cannot be."""
        if place in self.lines:
            raise InvalidInput(
                _("Line %(line)s states this already. Keep one of them.")
                % {"line": self.lines[place]}
            )
        self.lines[place] = line
        known = self.newest.get(place)
        if known == value:
            return
        has_begun = self.reader.period(place[-1]).starts_at <= self.work.now
        if known is not None and has_begun and not reason:
            # without a reason it would be kept, but would not count (see aims.valid_version)
            raise InvalidInput(
                _("The period has begun with another value. Say here why the value changes."),
                "reason",
            )
        self._store(place, value, reason)
        self.work.created += known is None
        self.work.updated += known is not None

    def _store(self, place: Place, value: Decimal, reason: str) -> None:
        """A new version through the service, and what an undo of the run needs."""
        kind, key, variant, scope, period = place
        model, store = KINDS[kind]
        by, now = self.work.by, self.work.now
        row = store(key, scope, period, value, by=by, now=now, reason=reason, variant=variant)
        ImportUndo.objects.create(
            run=self.work.run,
            kind=ImportUndo.Kind.CREATED,
            table=model._meta.db_table,
            row_id=row.pk,
            last_id=row.pk,
        )


def apply_targets(work: Work) -> None:
    """State each value that differs from the newest one; the earlier ones stay as history."""
    statements = Statements(work)
    for line, kind, key, variant, scope, period, value, reason in work.rows(ROWS):
        words = (kind or "target", key, variant or "", scope or scopes.PROGRAM.text, period)
        try:
            place = statements.reader.place(*words)
            statements.state(line, place, value.quantize(STEP), reason or "")
        except InvalidInput as refusal:
            column = refusal.field or "key"
            work.refuse(column, refusal.message, ONE.replace("{column}", column), line=line)


register(
    Resource(
        name="program_target",
        label=lazy("targets and baselines"),
        model=Target,
        lock="program_target",
        after=("setting", "partner"),
        key="",
        natural="concat_ws('/', kind, raw_key, raw_variant, raw_scope, raw_period)",
        columns=(
            Column(
                "kind",
                "choice",
                choices=tuple(KINDS),
                help=lazy("target or baseline; blank: target."),
            ),
            Column("key", max_length=60, required=True, help=lazy("Key of the KPI.")),
            Column("variant", max_length=30, help=lazy("Its reading; blank: the first one.")),
            Column("scope", max_length=300, help=lazy("Like tier:Gold; blank: program.")),
            Column("period", max_length=20, required=True, help=lazy("Like 2026 or 2026-Q3.")),
            Column(
                "value",
                "number",
                required=True,
                help=lazy("Money in the reporting currency; shares as fractions like 0.55."),
            ),
            Column("reason", max_length=300, help=lazy("Why a value changes.")),
        ),
        checks=(
            Check(
                "value",
                "abs(r.value) >= 100000000000000",
                lazy("%(value)s has more than 14 digits. Correct it."),
            ),
        ),
        apply=apply_targets,
    )
)
