"""Routes about imports, each with its row of the access policy."""

from django.urls import path

from prm.common import access
from prm.common.imports import views

app_name = "imports"
urlpatterns = [
    path("imports/", views.import_list, name="import_list"),
    path("imports/<uuid:public_id>/", views.import_detail, name="import_detail"),
    path("imports/<uuid:public_id>/errors/", views.import_errors, name="import_errors"),
    path("imports/<uuid:public_id>/undo/", views.import_undo, name="import_undo"),
]

RUNS = access.RUNS_PROGRAM
access.declare("imports:import_list", GET=RUNS, POST=RUNS)
access.declare("imports:import_detail", GET=RUNS, model="common.Import")
access.declare("imports:import_errors", GET=RUNS, model="common.Import")
access.declare("imports:import_undo", POST=RUNS, model="common.Import")
