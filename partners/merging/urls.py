"""Routes about doubles, each with its row of the access policy."""

from django.urls import path

from partners.merging import views
from partners.merging.listing import MERGES, PAIRS, merge_listing, pair_listing
from prm.common import access
from prm.common.savedviews.places import register

app_name = "merging"
urlpatterns = [
    path("partners/duplicates/", views.duplicate_list, name="duplicate_list"),
    path("partners/duplicates/apart/", views.keep_apart, name="keep_apart"),
    path(
        "partners/duplicates/apart/<uuid:public_id>/remove/", views.doubt_again, name="doubt_again"
    ),
    path("partners/duplicates/merged/", views.merge_list, name="merge_list"),
    path("partners/<uuid:public_id>/merge/", views.merge, name="merge"),
    path("partners/<uuid:public_id>/unmerge/", views.unmerge, name="unmerge"),
]

RUNS = access.RUNS_PROGRAM
access.declare("merging:duplicate_list", GET=RUNS)
access.declare("merging:merge_list", GET=RUNS)
access.declare("merging:keep_apart", POST=RUNS)
access.declare("merging:doubt_again", POST=RUNS, model="partners.Apart")
access.declare("merging:merge", GET=RUNS, POST=RUNS, model="partners.Partner")
access.declare("merging:unmerge", POST=RUNS, model="partners.Partner")

register(PAIRS, "merging:duplicate_list", pair_listing)
register(MERGES, "merging:merge_list", merge_listing)
