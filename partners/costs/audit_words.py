"""How the audit calls costs."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit

audit.KINDS.update({"partners.cost": _("Cost")})
audit.LINKS.update({"partners.cost": ("partner",)})
