"""The route of one's own profile: for everybody who is signed in, about nobody else."""

from django.urls import path

from prm.common import access
from prm.common.profile import views

app_name = "profile"
urlpatterns = [path("profile/", views.edit, name="edit")]

EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES
access.declare("profile:edit", GET=EVERYBODY, POST=EVERYBODY)
