"""Routes of the brand, each with its row of the access policy."""

from django.urls import path

from prm.common import access
from prm.common.branding import views

app_name = "brand"
urlpatterns = [
    path("brand/<slug:slug>.<slug:digest>.css", views.css, name="css"),
    path("brand/<slug:slug>.<slug:digest>.svg", views.icon, name="icon"),
    path("brand/logo/<slug:digest>.<slug:suffix>", views.logo, name="logo"),
    path("settings/programme/", views.programme, name="programme"),
    path("settings/programme/preview.css", views.preview_css, name="preview_css"),
]

RUNS = access.RUNS_PROGRAM
for public in ("css", "icon", "logo"):
    access.declare_open(f"brand:{public}")
access.declare("brand:programme", GET=RUNS, POST=RUNS)
access.declare("brand:preview_css", GET=RUNS)
