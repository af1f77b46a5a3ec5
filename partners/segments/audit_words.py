"""How the audit tells of dynamic segments."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS["partners.dynamicsegment"] = _("Dynamic segment")
sentences.SAYS.update(
    {
        "dynamicsegment.create": _("made the dynamic segment %(thing)s"),
        "dynamicsegment.change": _("changed the dynamic segment %(thing)s"),
        "dynamicsegment.archive": _("archived the dynamic segment %(thing)s"),
        "dynamicsegment.restore": _("brought back the dynamic segment %(thing)s"),
        "dynamicsegment.evaluate": _("worked out the members of %(thing)s"),
    }
)
audit.FIELDS.update(
    {
        "purpose": _("What it is for"),
        "rule": _("Rule"),
        "tells_manager": _("Managers are told"),
        "came": _("Came in"),
        "left": _("Left"),
    }
)
