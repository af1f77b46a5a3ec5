"""Routes about partners, each with its row of the access policy."""

from django.urls import path

from partners.accounts import views
from prm.common import access

app_name = "partners"
urlpatterns = [
    path("partners/", views.partner_list, name="partner_list"),
    path("partners/<uuid:public_id>/", views.partner_detail, name="partner_detail"),
    path("portal/company/", views.act_for, name="act_for"),
]

access.declare("partners:partner_list", GET=access.STAFF_ROLES)
access.declare("partners:partner_detail", GET=access.STAFF_ROLES, model="partners.Partner")
access.declare("partners:act_for", POST=access.PARTNER_ROLES)
