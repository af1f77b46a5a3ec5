"""Routes of the ground: health, CSP reports, the link of a sign-in mail, the style page."""

from django.urls import path

from prm.common import access, signinlink, styleguide, views

app_name = "common"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("accounts/login/link/", signinlink.sign_in_by_link, name="sign_in_link"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("csp-report/", views.csp_report, name="csp_report"),
]

access.declare_open("common:healthz")
access.declare_open("common:readyz")
access.declare_open("common:csp_report")
access.declare_open("common:sign_in_link")
access.declare("common:styleguide", GET=access.STAFF_ROLES)
