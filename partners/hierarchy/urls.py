"""Routes of the hierarchy, each with its row of the access policy."""

from django.urls import path

from partners.hierarchy import views
from prm.common import access

app_name = "hierarchy"
urlpatterns = [
    path("partners/<uuid:public_id>/hierarchy/", views.hierarchy, name="hierarchy"),
    path("partners/<uuid:public_id>/hierarchy/end/", views.take_out, name="take_out"),
]

OF = {"model": "partners.Partner"}
access.declare("hierarchy:hierarchy", GET=access.STAFF_ROLES, POST=access.MANAGES, **OF)
access.declare("hierarchy:take_out", POST=access.MANAGES, **OF)
