"""The routes of one's own profile: for everybody who is signed in, about nobody else."""

from django.urls import path

from prm.common import access
from prm.common.profile import views

app_name = "profile"
urlpatterns = [
    path("profile/", views.edit, name="edit"),
    path("profile/notifications/", views.notifications, name="notifications"),
]

EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES
for name in ("edit", "notifications"):
    access.declare(f"profile:{name}", GET=EVERYBODY, POST=EVERYBODY)
