"""The whole URL map: the desk at /, the portal at /portal/, the API at /api/v1/."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from prm.common import access, accounts, errorpages

access.FOREIGN_PREFIXES.update(
    {
        "/accounts/": "sign-in (allauth has its own doors)",
        "/admin/": "back office (Django admin has its own doors)",
        "/static/": "files without secrets",
    }
)
# A page that is not there offers to search.
errorpages.SEARCHES.update(
    {
        "staff": ("search:results", _("Search partners, deals, KPIs, pages")),
        "partner": ("deals:portal_deal_list", _("Search your deals")),
    }
)

urlpatterns = [
    path("accounts/email/", accounts.no_own_addresses),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("kpis.urls")),
    path("", include("partners.accounts.urls")),
    path("", include("partners.merging.urls")),
    path("", include("partners.directory.urls")),
    path("", include("partners.contracts.urls")),
    path("", include("partners.hierarchy.urls")),
    path("", include("partners.programs.urls")),
    path("", include("partners.deals.urls")),
    path("", include("partners.recruiting.urls")),
    path("", include("partners.costs.urls")),
    path("", include("partners.segments.urls")),
    path("", include("partners.onboarding.urls")),
    path("", include("prm.common.imports.urls")),
    path("", include("prm.common.savedviews.urls")),
    path("", include("prm.common.search.urls")),
    path("", include("prm.common.urls")),
    path("", include("prm.common.branding.urls")),
    path("", include("prm.common.programme.urls")),
    path("", include("prm.common.calendars.urls")),
    path("", include("prm.common.logbooks.urls")),
    path("", include("prm.common.people.urls")),
    path("", include("prm.common.profile.urls")),
    path("", include("prm.common.notices.urls")),
    path("", include("prm.common.worklist.urls")),
    path("", include("prm.api")),
]

handler400 = "prm.common.errorpages.bad_request"
handler403 = "prm.common.errorpages.refused"
handler404 = "prm.common.errorpages.not_found"
handler429 = "prm.common.errorpages.too_many"  # asked by the rate limits of sign-in
handler500 = "prm.common.errorpages.server_error"
