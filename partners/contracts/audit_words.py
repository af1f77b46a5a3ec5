"""How the audit tells of contracts."""

from django.utils.translation import gettext_lazy as _

from prm.common.logbooks import sentences

sentences.SAYS.update(
    {
        "contract.end": _("ended %(thing)s"),
        "contract.suspend": _("suspended %(thing)s"),
        "contract.resume": _("let go on %(thing)s"),
    }
)
