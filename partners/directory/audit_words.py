"""How the audit tells of traits and the directory."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS.update(
    {
        "partners.trait": _("Capability or strength"),
        "partners.directoryentry": _("Entry of the directory"),
    }
)
sentences.SAYS.update(
    {
        "trait.create": _("noted %(thing)s"),
        "trait.end": _("said that %(thing)s holds no longer"),
        "trait.delete": _("took back %(thing)s"),
        "directory.describe": _("described %(thing)s in the directory"),
        "directory.take_off": _("took %(thing)s off the directory"),
        "directory.write": _("brought a message for %(thing)s"),
    }
)
audit.FIELDS.update(
    {"consented_at": _("Consent"), "headline": _("In one sentence"), "text": _("Text")}
)
audit.LINKS["partners.directoryentry"] = ("partner",)
