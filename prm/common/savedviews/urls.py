"""Routes about saved views, each with its row of the access policy."""

from django.urls import path

from prm.common import access
from prm.common.savedviews import views

app_name = "views"
urlpatterns = [
    path("views/", views.view_save, name="view_save"),
    path("views/<uuid:public_id>/", views.view_edit, name="view_edit"),
    path("views/<uuid:public_id>/delete/", views.view_delete, name="view_delete"),
]

ANY = access.STAFF_ROLES | access.PARTNER_ROLES
access.declare("views:view_save", POST=ANY)
access.declare("views:view_edit", GET=ANY, POST=ANY, model="common.SavedView")
access.declare("views:view_delete", POST=ANY, model="common.SavedView")
