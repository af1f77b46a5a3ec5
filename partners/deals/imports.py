"""What can be imported about deals: customers, and deals with their registrations."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.imports import COUNTRY, PARTNER
from partners.deals.import_deals import (
    apply_customers,
    apply_deals,
    validate_customers,
    validate_deals,
)
from partners.deals.models import Customer, Deal, Registration
from prm.common import money
from prm.common.imports.resources import (
    Check,
    Column,
    Kind,
    Reference,
    Resource,
    Text,
    register,
)

CUSTOMER = Reference("partners_customer", lazy("customer"), name="name")

# Small letters without a look into the language's own rules: three times as fast.
LOWER = 'lower(raw_stage COLLATE "C") COLLATE "default"'
STEP = ("step", LOWER)
STATE = (
    "state",
    f"CASE WHEN {LOWER} IN ('won', 'lost', 'void') THEN {LOWER} ELSE 'open' END",
)


def _exponent(currency: str) -> str:
    """SQL of the decimals that a currency has; 2 unless listed."""
    others = sorted(set(money.EXPONENTS.values()))
    codes = {
        n: ", ".join(f"'{code}'" for code, own in sorted(money.EXPONENTS.items()) if own == n)
        for n in others
    }
    whens = " ".join(f"WHEN {currency} IN ({codes[n]}) THEN {n}" for n in others)
    return f"CASE {whens} ELSE 2 END"


def decimals(currency: str) -> Check:
    """An amount may not have more decimals than its currency."""
    return Check(
        "amount",
        f"r.amount <> trunc(r.amount) AND r.amount <> round(r.amount, {_exponent(currency)})",
        lazy("%(value)s has more decimals than the currency. Round it."),
    )


# The steps of open deals, and the words that are none.
STAGES = (
    "SELECT key FROM partners_stage"
    " UNION ALL VALUES ('submitted'), ('rejected'), ('won'), ('lost'), ('void')"
)


def _customer_word(name: str, length: int, text: Text, kind: Kind = "text") -> Column:
    """A column of the customer, with the words in use."""
    known = f"SELECT DISTINCT {name} FROM partners_customer ORDER BY 1"  # noqa: S608
    return Column(
        name,
        kind,
        field=name,
        max_length=length,
        blank="''",
        help=text,
        known=known,
        takes_new_words=True,
    )


def day_column(name: str, text: Text, *, field: str = "", required: bool = False) -> Column:
    """A column with an instant."""
    return Column(name, "instant", field=field, required=required, help=text)


REGISTERS = (
    "(r.registered_at IS NOT NULL OR r.rejected_at IS NOT NULL"
    " OR r.step IN ('submitted', 'rejected'))"
)

register(
    Resource(
        name="customer",
        label=lazy("customers"),
        model=Customer,
        lock="customer",
        after=("setting",),
        key="customer_id",
        natural="raw_name",
        columns=(
            Column("customer_id", max_length=200, help=lazy("Id; without it the name is the id.")),
            Column("name", max_length=300, help=lazy("Name; without this column the id.")),
            _customer_word("region", 60, lazy("Region.")),
            _customer_word("segment", 60, lazy("Segment.")),
            _customer_word("country", 80, COUNTRY, "country"),
            Column(
                "domain",
                "domain",
                field="domain",
                max_length=253,
                blank="''",
                help=lazy("Like example.com; an address of the web is cut down to it."),
            ),
        ),
        validate=validate_customers,
        apply=apply_customers,
    )
)
register(
    Resource(
        name="deal",
        label=lazy("deals"),
        model=Deal,
        lock="deal",
        after=("setting", "fx_rate", "partner", "customer", "contract"),
        key="deal_id",
        natural="md5(concat_ws('/', raw_partner_id, raw_customer_id, raw_name, opened_at,"
        " closed_at, amount, raw_currency))",
        columns=(
            Column("deal_id", max_length=200, help=lazy("Id of the deal.")),
            Column(
                "partner_id",
                "reference",
                reference=PARTNER,
                help=lazy("Who brought it; blank: direct."),
            ),
            Column(
                "customer_id",
                "reference",
                field="customer_id",
                reference=CUSTOMER,
                help=lazy("Id of the customer."),
            ),
            Column(
                "name", field="name", max_length=300, blank="''", help=lazy("What it is about.")
            ),
            Column("product", field="product", max_length=120, blank="''", help=lazy("Product.")),
            day_column("opened_at", lazy("When it began; blank: registered_at, or unknown.")),
            day_column("registered_at", lazy("When the partner registered it.")),
            day_column("approved_at", lazy("When the registration was approved.")),
            day_column("rejected_at", lazy("When the registration was rejected.")),
            Column("reason", max_length=300, help=lazy("Why the registration was rejected.")),
            Column(
                "stage",
                max_length=60,
                known=STAGES,
                needed=True,
                help=lazy("submitted, rejected, won, lost, void, or the step of an open deal."),
            ),
            day_column("closed_at", lazy("When it was won or lost."), field="closed_at"),
            Column(
                "expected_close_on", "day", field="expected_close_on", help=lazy("Expected close.")
            ),
            Column("amount", "number", field="amount", help=lazy("Amount; blank while unknown.")),
            Column("currency", "currency", help=lazy("Three letters; needed with an amount.")),
            Column(
                "co_sell", "flag", field="is_co_sell", blank="false", help=lazy("1: sold together.")
            ),
        ),
        derived=(
            STEP,
            STATE,
            (
                "registers",
                "raw_partner_id IS NOT NULL AND (registered_at IS NOT NULL"
                " OR approved_at IS NOT NULL OR rejected_at IS NOT NULL"
                f" OR {LOWER} IN ('submitted', 'rejected'))",
            ),
            ("is_deal", f"coalesce({LOWER}, '') NOT IN ('submitted', 'rejected')"),
        ),
        checks=(
            Check(
                "currency",
                "r.amount IS NOT NULL AND raw_currency IS NULL",
                lazy("Fill in the currency of the amount."),
            ),
            Check(
                "amount",
                "r.amount < 0",
                lazy("%(value)s is less than 0. Refunds are a deal_adjustment."),
            ),
            decimals("r.currency"),
            Check(
                "amount",
                "r.step = 'won' AND raw_amount IS NULL",
                lazy("A won deal needs an amount; enter 0 if it brought none."),
            ),
            Check(
                "closed_at",
                "r.state <> 'open' AND raw_closed_at IS NULL",
                lazy("Fill in when the deal was closed."),
            ),
            Check(
                "closed_at",
                "r.state = 'open' AND r.closed_at IS NOT NULL",
                lazy(
                    "A deal that is not won, lost or void has no closing date. Correct the stage, "
                    "or use expected_close_on."
                ),
            ),
            Check(
                "closed_at",
                "r.closed_at < coalesce(r.opened_at, r.registered_at)",
                lazy("%(value)s is before the deal was opened. Correct one of the dates."),
            ),
            Check(
                "closed_at",
                "r.closed_at > now() + interval '1 day'",
                lazy("%(value)s is in the future. Use expected_close_on for a planned date."),
            ),
            *(
                Check(
                    name,
                    f"r.{name} > now() + interval '1 day'",
                    lazy("%(value)s is in the future. Correct it, or leave it blank."),
                )
                for name in ("opened_at", "registered_at", "approved_at", "rejected_at")
            ),
            Check(
                "partner_id",
                f"raw_partner_id IS NULL AND {REGISTERS}",
                lazy(
                    "A registration belongs to a partner. Fill in partner_id, or clear the dates "
                    "of the registration."
                ),
            ),
            Check(
                "approved_at",
                "r.registers AND r.is_deal AND raw_approved_at IS NULL",
                lazy("A registered deal needs approved_at, or the stage submitted or rejected."),
            ),
            Check(
                "stage",
                "r.rejected_at IS NOT NULL AND r.step IS DISTINCT FROM 'rejected'",
                lazy("The row has rejected_at; its stage must then be rejected, not %(value)s."),
            ),
            Check(
                "rejected_at",
                "r.step = 'rejected' AND raw_rejected_at IS NULL",
                lazy("Fill in when the registration was rejected."),
            ),
            Check(
                "stage",
                "r.step IN ('submitted', 'rejected') AND r.approved_at IS NOT NULL",
                lazy("The row has approved_at and the stage %(value)s. Keep only one of them."),
            ),
            Check(
                "registered_at",
                "r.registers"
                " AND coalesce(raw_registered_at, raw_opened_at, raw_approved_at) IS NULL",
                lazy("Fill in when the deal was registered."),
            ),
        ),
        validate=validate_deals,
        apply=apply_deals,
        is_fact=True,
        more_facts=(Registration,),
    )
)
