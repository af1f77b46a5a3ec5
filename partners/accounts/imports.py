"""What can be imported about partners: themselves, their history, contracts, people, sign-ins."""

from django.utils.translation import gettext_lazy as lazy

from partners.accounts.import_partners import (
    apply_contracts,
    apply_history,
    apply_logins,
    apply_partners,
    validate_history,
    validate_partners,
)
from partners.accounts.import_people import apply_people, validate_people
from partners.accounts.models import Contract, LoginEvent, Membership, Partner, PartnerProfile
from prm.common.imports.resources import (
    Check,
    Column,
    Reference,
    Resource,
    Text,
    register,
    utc_text,
)

PARTNER = Reference("partners_partner", lazy("partner"), name="name")
MEMBER = Reference("partners_membership", lazy("person"))
STAFF = Reference(
    "(SELECT id, ''::text AS source, email AS external_id FROM common_user WHERE staff_role <> '')",
    lazy("person of ours with the e-mail"),
    fold=True,
)


def _word(name: str, text: Text) -> Column:
    """A column of the profile, with the words in use."""
    known = f"SELECT DISTINCT {name} FROM partners_partnerprofile ORDER BY 1"  # noqa: S608
    return Column(name, max_length=60, blank="''", help=text, known=known, takes_new_words=True)


COUNTRY = lazy("Two letters of ISO 3166-1, like DE; or a name.")
COUNTRIES = "SELECT DISTINCT country FROM partners_partner ORDER BY 1"
PROFILE_COLUMNS = (
    _word("type", lazy("For example reseller, msp, si.")),
    _word("tier", lazy("For example gold.")),
    _word("region", lazy("For example DACH.")),
    _word("segment", lazy("Segment of the programme.")),
    Column("manager", "reference", reference=STAFF, help=lazy("E-mail of the partner manager.")),
)
PARTNER_ID = Column(
    "partner_id", "reference", reference=PARTNER, required=True, help=lazy("Id of the partner.")
)

register(
    Resource(
        name="partner",
        label=lazy("partners"),
        model=Partner,
        lock="accounts",
        after=("setting",),
        key="partner_id",
        natural="raw_name",
        columns=(
            Column("partner_id", max_length=200, help=lazy("Id; without it the name is the id.")),
            Column("name", max_length=300, help=lazy("Name; without this column the id.")),
            *PROFILE_COLUMNS,
            Column(
                "country",
                "country",
                field="country",
                max_length=80,
                blank="''",
                help=COUNTRY,
                known=COUNTRIES,
                takes_new_words=True,
            ),
            Column("city", field="city", max_length=120, blank="''", help=lazy("City.")),
            Column(
                "domain",
                "domain",
                field="domain",
                max_length=253,
                blank="''",
                help=lazy("Like example.com; an address of the web is cut down to it."),
            ),
            Column("parent_id", max_length=200, help=lazy("Id of the distributor or parent.")),
            Column(
                "is_test",
                "flag",
                field="is_test",
                blank="false",
                help=lazy("1: left out of all figures."),
            ),
            Column("merged_into", max_length=200, help=lazy("Id of the partner that it became.")),
            Column("merged_at", "instant", help=lazy("When it was merged.")),
        ),
        validate=validate_partners,
        apply=apply_partners,
    )
)
register(
    Resource(
        name="partner_attr_history",
        label=lazy("partner history"),
        model=PartnerProfile,
        lock="accounts",
        after=("partner",),
        key="",
        natural="raw_partner_id || '/' || valid_from",
        columns=(
            PARTNER_ID,
            *PROFILE_COLUMNS,
            Column("valid_from", "day", required=True, help=lazy("First day.")),
            Column("valid_to", "day", help=lazy("First day on which it no longer holds.")),
        ),
        checks=(
            Check(
                "valid_to",
                "r.valid_to <= r.valid_from",
                lazy("%(value)s is not after the first day. It is the first day no longer valid."),
            ),
        ),
        validate=validate_history,
        apply=apply_history,
    )
)
register(
    Resource(
        name="contract",
        label=lazy("contracts"),
        model=Contract,
        lock="accounts",
        after=("partner", "partner_attr_history"),
        key="",
        natural="raw_partner_id || '/' || start_date",
        columns=(
            Column(
                "partner_id",
                "reference",
                field="partner_id",
                reference=PARTNER,
                required=True,
                help=lazy("Id of the partner."),
            ),
            Column("start_date", "day", field="starts_on", required=True, help=lazy("First day.")),
            Column("end_date", "day", field="ends_on", help=lazy("First day without contract.")),
            Column(
                "end_reason",
                field="end_reason",
                max_length=60,
                blank="''",
                help=lazy("Why it ended."),
            ),
            Column(
                "end_kind",
                "choice",
                field="end_kind",
                choices=tuple(Contract.EndKind.values),
                blank="''",
                help=lazy("voluntary, terminated, expired or dormant; blank: by the reason."),
            ),
            Column(
                "status",
                "choice",
                field="status",
                choices=tuple(Contract.Status.values),
                blank="'active'",
                help=lazy("active or suspended."),
            ),
        ),
        checks=(
            Check(
                "end_date",
                "r.end_date <= r.start_date",
                lazy("%(value)s is not after the first day. It is the first day without contract."),
            ),
        ),
        apply=apply_contracts,
        is_fact=True,
    )
)
register(
    Resource(
        name="partner_user",
        label=lazy("people of partners"),
        model=Membership,
        lock="accounts",
        after=("partner",),
        key="user_id",
        natural="lower(raw_email) || '/' || raw_partner_id",
        columns=(
            Column("user_id", max_length=200, help=lazy("Id of the person.")),
            PARTNER_ID,
            Column("email", max_length=254, help=lazy("Without it the person cannot sign in.")),
            Column("name", max_length=200, help=lazy("Name; without it the id is the name.")),
            Column("roles", max_length=200, help=lazy("Roles with | between them.")),
            Column("active", "flag", blank="true", help=lazy("0: no longer there.")),
        ),
        derived=(
            ("address", "lower(raw_email)"),
            ("role_list", "string_to_array(replace(lower(raw_roles), ' ', ''), '|')"),
        ),
        checks=(
            Check(
                "email",
                "raw_email !~ '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$'",
                lazy("%(value)s is no e-mail address. Correct it, or leave it blank."),
            ),
            Check(
                "roles",
                "NOT r.role_list <@ ARRAY["
                + ", ".join(f"'{role}'" for role in Membership.Role.values)
                + "]",
                lazy("%(value)s: use roles like admin|sales."),
            ),
        ),
        validate=validate_people,
        apply=apply_people,
    )
)
register(
    Resource(
        name="login_event",
        label=lazy("sign-ins"),
        model=LoginEvent,
        lock="accounts",
        after=("partner_user",),
        key="",
        natural=f"raw_user_id || '/' || {utc_text('at')}",
        columns=(
            Column(
                "user_id",
                "reference",
                reference=MEMBER,
                required=True,
                help=lazy("Id of the person."),
            ),
            Column("at", "instant", required=True, help=lazy("When.")),
            Column("impersonated", "flag", help=lazy("1: one of ours acted for the person.")),
        ),
        apply=apply_logins,
        is_fact=True,
    )
)
