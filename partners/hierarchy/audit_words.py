"""How the audit tells of the hierarchy."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

sentences.SAYS.update(
    {
        "partner.place": _("placed %(thing)s below another one"),
        "partner.take_out": _("took %(thing)s out of the hierarchy"),
    }
)
audit.KINDS["partners.partnerlink"] = _("Place in the hierarchy")
audit.FIELDS["parent"] = _("Distributor or parent")
audit.LINKS["partners.partnerlink"] = ("child", "parent")
