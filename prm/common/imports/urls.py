"""Routes about imports, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from prm.common import access
from prm.common.imports import fixviews, matchviews, views
from prm.common.imports.listing import LIST, MAPPINGS, import_listing, mapping_listing
from prm.common.imports.store import MAX_UPLOAD
from prm.common.savedviews.places import register
from prm.common.uploads import LARGE

app_name = "imports"
urlpatterns = [
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_new, name="import_new"),
    path("imports/templates/<str:resource>.csv", views.import_template, name="import_template"),
    path("imports/mappings/", matchviews.mapping_list, name="mapping_list"),
    path("imports/mappings/<uuid:public_id>.toml", matchviews.mapping_file, name="mapping_file"),
    path(
        "imports/mappings/<uuid:public_id>/delete/",
        matchviews.mapping_delete,
        name="mapping_delete",
    ),
    path("imports/<uuid:public_id>/", views.import_detail, name="import_detail"),
    path("imports/<uuid:public_id>/match/", matchviews.import_match, name="import_match"),
    path("imports/<uuid:public_id>/mapping.toml", matchviews.import_mapping, name="import_mapping"),
    path("imports/<uuid:public_id>/begin/", views.import_begin, name="import_begin"),
    path("imports/<uuid:public_id>/stop/", views.import_stop, name="import_stop"),
    path("imports/<uuid:public_id>/discard/", views.import_discard, name="import_discard"),
    path("imports/<uuid:public_id>/fix/", fixviews.import_fix, name="import_fix"),
    path("imports/<uuid:public_id>/errors/", views.import_errors, name="import_errors"),
    path("imports/<uuid:public_id>/problems/", views.import_problems, name="import_problems"),
    path("imports/<uuid:public_id>/undo/", views.import_undo, name="import_undo"),
]

RUNS = access.RUNS_PROGRAM
access.declare("imports:import_list", GET=RUNS)
access.declare("imports:import_new", GET=RUNS, POST=RUNS)
access.declare("imports:import_template", GET=RUNS)
access.declare("imports:mapping_list", GET=RUNS)
access.declare("imports:mapping_file", GET=RUNS, model="common.ImportMapping")
access.declare("imports:mapping_delete", POST=RUNS, model="common.ImportMapping")
access.declare("imports:import_detail", GET=RUNS, model="common.Import")
access.declare("imports:import_match", GET=RUNS, POST=RUNS, model="common.Import")
access.declare("imports:import_mapping", GET=RUNS, model="common.Import")
access.declare("imports:import_begin", POST=RUNS, model="common.Import")
access.declare("imports:import_stop", POST=RUNS, model="common.Import")
access.declare("imports:import_discard", POST=RUNS, model="common.Import")
access.declare("imports:import_fix", GET=RUNS, POST=RUNS, model="common.Import")
access.declare("imports:import_errors", GET=RUNS, model="common.Import")
access.declare("imports:import_problems", GET=RUNS, model="common.Import")
access.declare("imports:import_undo", POST=RUNS, model="common.Import")

# a little more than a file may have, so that one that is too large is refused beside its field
LARGE |= dict.fromkeys(("imports:import_new", "api:import-list"), 2 * MAX_UPLOAD)

register(MAPPINGS, "imports:mapping_list", mapping_listing)
register(LIST, "imports:import_list", lambda actor: import_listing(actor, timezone.now()))
