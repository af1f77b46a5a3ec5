"""Routes of the settings, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from prm.common import access
from prm.common.programme import views
from prm.common.programme.listing import LIST, rate_listing
from prm.common.savedviews.places import register

app_name = "settings"
urlpatterns = [
    path("settings/", views.home, name="home"),
    path("settings/ground/", views.ground, name="ground"),
    path("settings/rates/", views.rate_list, name="rate_list"),
]

access.declare("settings:home", GET=access.STAFF_ROLES)
for page in ("ground", "rate_list"):
    access.declare(f"settings:{page}", GET=access.RUNS_PROGRAM, POST=access.RUNS_PROGRAM)

register(LIST, "settings:rate_list", lambda actor: rate_listing(actor, timezone.now()))
