"""The ground's own resources: settings and exchange rates."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from prm.common import config
from prm.common.errors import InvalidInput
from prm.common.imports.resources import (
    Check,
    Column,
    Resource,
    describe,
    facts_exist,
    label_columns,
    register,
)
from prm.common.imports.work import Work
from prm.common.models import FxRate, Setting

ALIASES = {"program_tz": config.TIME_ZONE}


def apply_settings(work: Work) -> None:
    """Store settings one by one; what figures rest on stays as it is once there are facts."""
    locked = facts_exist()
    before = dict(Setting.objects.values_list("key", "value"))
    for line, key, value in work.rows("SELECT line, key, value FROM import_ready ORDER BY line"):
        name = ALIASES.get(key, key)
        problem = _problem(name, value, before, locked=locked)
        if problem:
            work.refuse(
                "value",
                problem,
                "SELECT line, value FROM import_ready WHERE line = %(line)s",
                line=line,
            )
        elif name not in before:
            config.put(name, value)
            work.created += 1
        elif before[name] != value.strip():
            config.put(name, value)
            work.updated += 1


def _problem(name: str, value: str, before: dict[str, str], *, locked: bool) -> str:
    try:
        checked = config.checked(name, value)
    except InvalidInput as error:
        return error.message
    if locked and name in config.FIXED and before[name] != checked:
        return _(
            "The setting is %(old)s, and figures rest on it already, so it stays. Leave the row "
            "out; another value needs an installation of its own."
        ) % {"old": before[name]}
    return ""


def store_rates(work: Work) -> None:
    """A rate is known by its currency and day, whatever source it comes from."""
    values = {"currency": "r.currency", "valid_from": "r.valid_from", "rate": "r.rate"}
    match = "t.currency = r.currency AND t.valid_from = r.valid_from"
    plan = work.plan(FxRate, values, match=match)
    work.change(plan, FxRate, list(values))
    work.insert(plan, FxRate, list(values), key="p.key")


register(
    Resource(
        name="setting",
        label=lazy("settings"),
        model=Setting,
        lock="setting",
        key="key",
        natural="raw_key",
        columns=(
            Column("key", max_length=80, required=True, help=lazy("Name of the setting.")),
            Column("value", max_length=2_000, required=True, help=lazy("Its value.")),
        ),
        apply=apply_settings,
        can_undo=False,
    )
)
register(
    Resource(
        name="fx_rate",
        label=lazy("exchange rates"),
        model=FxRate,
        lock="fx_rate",
        key="",
        natural="raw_currency || '/' || valid_from",
        after=("setting",),
        columns=(
            Column("currency", "currency", required=True, help=lazy("Three letters like USD.")),
            Column("valid_from", "day", required=True, help=lazy("First day of the rate.")),
            Column(
                "rate",
                "number",
                required=True,
                help=lazy("One unit of this currency in the reporting currency."),
            ),
        ),
        checks=(
            Check(
                "rate",
                "r.rate <= 0 OR r.rate >= 10000000000",
                lazy("A rate is more than 0 and has at most 10 digits, not %(value)s."),
            ),
            Check(
                "rate",
                "r.rate <> 1 AND r.currency = prm_setting('report_currency')",
                lazy("The rate of the reporting currency is always 1, not %(value)s."),
            ),
        ),
        apply=store_rates,
    )
)
label_columns(
    external_id=lazy("ID in the other system"),
    key=lazy("Key"),
    value=lazy("Value"),
    currency=lazy("Currency"),
    rate=lazy("Rate"),
)
describe(
    "setting",
    lazy("Settings of the programme: time zone, reporting currency, fiscal year."),
    key="name|setting|schlüssel|einstellung",
    value="wert|inhalt",
)
describe(
    "fx_rate",
    lazy("Exchange rates into the reporting currency, with the day from which each one holds."),
    currency="currency code|code|from currency|währung|währungscode",
    valid_from="date|day|from|since|datum|ab|gültig ab|tag",
    rate="exchange rate|fx rate|kurs|wechselkurs|umrechnungskurs",
)
