"""Routes of the settings, each with its row of the access policy."""

from django.urls import path

from prm.common import access
from prm.common.programme import views

app_name = "settings"
urlpatterns = [
    path("settings/", views.home, name="home"),
]

access.declare("settings:home", GET=access.STAFF_ROLES)
