"""How the audit calls partners and what is done to them."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS.update(
    {
        "partners.partner": _("Partner"),
        "partners.partnerprofile": _("Partner profile"),
        "partners.contract": _("Contract"),
        "partners.membership": _("Person of a partner"),
        "partners.territory": _("Territory"),
    }
)
sentences.SAYS.update(
    {
        "membership.remove": _("let go %(thing)s"),
        "user.hand_over": _("handed over what %(thing)s looked after"),
        "territory.hand_over": _("handed over %(thing)s"),
        "partner.change_profile": _("changed the profile of %(thing)s"),
    }
)
audit.FIELDS.update(
    {
        "ends_on": _("First day without contract"),
        "manager": _("Partner manager"),
        "merged_at": _("Merged on"),
        "merged_into": _("Merged into"),
        "partner": _("Partner"),
        "partners": _("Partners"),
        "tasks": _("Open tasks"),
        "territories": _("Territories"),
        "region": _("Region"),
        "roles": _("Roles"),
        "status": _("Status"),
    }
)
# a partner's type, tier and manager are on record with the partner
audit.PARTS["partners.partner"] = "partners.partnerprofile"
audit.LINKS.update(
    {
        "partners.partnerprofile": ("partner",),
        "partners.contract": ("partner",),
        "partners.membership": ("user", "partner"),
        "partners.territory": ("manager",),
    }
)
