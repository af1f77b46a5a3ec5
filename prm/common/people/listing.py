"""The list of the vendor's people: few columns, so nothing to choose and no saved views."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prm.common.lists import Column, Filter, Listing, at
from prm.common.models import User


def people_listing(now: datetime) -> Listing[User]:
    """Who works here, by name."""
    return Listing(
        columns=(
            Column("name", _("Name"), str, "name"),
            Column("email", _("E-mail"), at("email"), export_only=True),
            Column("role", _("Role"), lambda user: user.get_staff_role_display(), "staff_role"),
            Column("factor", _("Second factor"), at("has_factor"), "has_factor"),
            Column("active", _("Active"), at("is_active"), export_only=True),
            Column("seen", _("Last sign-in"), at("last_login"), "last_login"),
        ),
        filters=(
            Filter(
                "role",
                _("Role"),
                [("", _("All")), *User.StaffRole.choices],
                lambda rows, value: rows.filter(staff_role=value),
            ),
            Filter(
                "state",
                _("Status"),
                [("active", _("Active")), ("gone", _("Deactivated")), ("all", _("All"))],
                lambda rows, value: (
                    rows if value == "all" else rows.filter(is_active=value == "active")
                ),
                default="active",
                all_value="all",
            ),
        ),
        search=lambda rows, text: rows.filter(Q(name__icontains=text) | Q(email__icontains=text)),
        default_sort="name",
    )
