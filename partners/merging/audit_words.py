"""How the audit tells of merges."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

sentences.SAYS.update(
    {
        "partner.merge": _("merged %(thing)s into another one"),
        "partner.unmerge": _("took apart what was merged with %(thing)s"),
        "partner.keep_apart": _("said that %(thing)s and another one are two companies"),
        "partner.doubt": _("took back that %(thing)s and another one are two companies"),
    }
)
audit.FIELDS["other"] = _("The other partner")
