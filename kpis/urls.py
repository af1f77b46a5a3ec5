"""Routes of the KPIs, in the desk and in the portal, each with its row of the access policy."""

from django.urls import path

from kpis import recruitviews, views
from kpis.kpi_list import LIST, kpi_listing
from prm.common import access
from prm.common.savedviews.places import register

app_name = "kpis"
urlpatterns = [
    path("", views.home, name="overview"),
    path("attention/", views.attention_list, name="attention"),
    path("funnel/", views.funnel_card, name="funnel"),
    path("kpis/", views.kpi_list, name="kpi_list"),
    path("kpis/<slug:key>/", views.kpi_detail, name="kpi_detail"),
    path("kpis/<slug:key>/rows/", views.kpi_rows, name="kpi_rows"),
    path("applications/funnel/", recruitviews.funnel, name="recruiting"),
    path("onboarding/times/", recruitviews.onboarding_times, name="onboarding_times"),
    path("applications/profile/derive/", recruitviews.derive_profile, name="derive_profile"),
    path("partners/<uuid:public_id>/figures/", views.partner_panel, name="partner_panel"),
    path("portal/", views.portal_home, name="portal_home"),
    path("portal/revenue.csv", views.portal_trend, name="portal_trend"),
]

STAFF, PARTNERS = access.STAFF_ROLES, access.PARTNER_ROLES
access.declare("kpis:overview", GET=STAFF | PARTNERS)  # partners' people are led to the portal
access.declare("kpis:attention", GET=STAFF)
access.declare("kpis:funnel", GET=STAFF)
access.declare("kpis:kpi_list", GET=STAFF)
access.declare("kpis:kpi_detail", GET=STAFF)
access.declare("kpis:kpi_rows", GET=STAFF)
access.declare("kpis:recruiting", GET=STAFF)
access.declare("kpis:onboarding_times", GET=STAFF)
access.declare("kpis:derive_profile", POST=access.RUNS_PROGRAM)
access.declare("kpis:partner_panel", GET=STAFF, model="partners.Partner")
access.declare("kpis:portal_home", GET=PARTNERS)
access.declare("kpis:portal_trend", GET=PARTNERS)

register(LIST, "kpis:kpi_list", lambda actor: kpi_listing())
