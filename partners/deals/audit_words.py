"""How the audit calls deals and what is done to them."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS.update(
    {
        "partners.deal": _("Deal"),
        "partners.registration": _("Registration"),
        "partners.customer": _("Customer"),
        "partners.stage": _("Stage"),
        "partners.dealadjustment": _("Refund or credit"),
        "partners.dealtouch": _("Touch of a deal"),
    }
)
sentences.SAYS.update(
    {
        "deal.open": _("opened %(thing)s"),
        "deal.win": _("marked %(thing)s as won"),
        "deal.lose": _("marked %(thing)s as lost"),
        "deal.reopen": _("opened again %(thing)s"),
        "deal.void": _("voided %(thing)s"),
        "deal.hide": _("hid %(thing)s from the distributor"),
        "deal.show": _("showed %(thing)s to the distributor again"),
    }
)
audit.FIELDS.update(
    {
        "amount": _("Amount"),
        "anchor": _("Milestone"),
        "approved_at": _("Approved on"),
        "closed_at": _("Closed on"),
        "customer": _("Customer"),
        "deal": _("Deal"),
        "decided_at": _("Decided on"),
        "key": _("Key"),
        "name": _("Name"),
        "opened_at": _("Opened on"),
        "order": _("Place in the order"),
        "probability": _("Probability"),
        "registration": _("Registration"),
        "stage": _("Stage"),
        "submitted_at": _("Submitted on"),
    }
)
audit.LINKS.update(
    {
        "partners.deal": ("customer",),
        "partners.registration": ("customer", "partner"),
        "partners.dealadjustment": ("deal__customer",),
        "partners.dealtouch": ("deal__customer",),
    }
)
