"""How the audit calls applications and what is done to them."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS.update(
    {
        "partners.application": _("Application"),
        "partners.applicationform": _("Application form"),
        "partners.applicationinvitation": _("Invitation to apply"),
        "partners.accessrequest": _("Request for access"),
        "partners.idealprofile": _("Ideal profile"),
    }
)
sentences.SAYS.update(
    {
        "application.submit": _("sent %(thing)s"),
        "application.confirm": _("confirmed %(thing)s"),
        "application.approve": _("approved %(thing)s"),
        "application.reject": _("rejected %(thing)s"),
        "application.ask": _("asked for detail about %(thing)s"),
        "application.answer": _("answered about %(thing)s"),
        "application.withdraw": _("withdrew %(thing)s"),
        "application.expire": _("let expire %(thing)s"),
        "applicationinvitation.create": _("sent %(thing)s"),
        "applicationinvitation.renew": _("sent again %(thing)s"),
        "applicationinvitation.use": _("used %(thing)s"),
        "applicationinvitation.withdraw": _("withdrew %(thing)s"),
        "applicationinvitation.expire": _("let expire %(thing)s"),
        "accessrequest.submit": _("sent %(thing)s"),
        "accessrequest.confirm": _("confirmed %(thing)s"),
        "accessrequest.approve": _("approved %(thing)s"),
        "accessrequest.reject": _("rejected %(thing)s"),
        "accessrequest.expire": _("let expire %(thing)s"),
        "idealprofile.state": _("stated %(thing)s"),
    }
)
audit.LINKS.update(
    {
        "partners.applicationinvitation": ("form",),
    }
)
audit.FIELDS.update(
    {
        "criteria": _("Criteria"),
        "form": _("Form"),
        "reason_code": _("Reason"),
        "decided_by": _("Decided by"),
        "confirmed_at": _("Confirmed"),
        "channel": _("Source"),
    }
)
