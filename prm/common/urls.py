"""Routes of the ground: health, CSP reports."""

from django.urls import path

from prm.common import access, views

app_name = "common"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("csp-report/", views.csp_report, name="csp_report"),
]

access.declare_open("common:healthz")
access.declare_open("common:readyz")
access.declare_open("common:csp_report")
