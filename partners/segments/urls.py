"""Routes of dynamic segments, each with its row of the access policy.

All of the vendor's people read segments, with the members that they may know of. Channel managers
make segments and change their own; administrators and operations change every one. Partners' people
never see them.
"""

from django.urls import path

from partners.segments import views
from partners.segments.listing import LIST, segment_listing
from prm.common import access
from prm.common.savedviews.places import register

app_name = "segments"
urlpatterns = [
    path("segments/", views.segment_list, name="segment_list"),
    path("segments/new/", views.segment_new, name="segment_new"),
    path("segments/<uuid:public_id>/", views.segment, name="segment"),
    path("segments/<uuid:public_id>/edit/", views.segment_edit, name="segment_edit"),
    path("segments/<uuid:public_id>/evaluate/", views.evaluate, name="evaluate"),
    path("segments/<uuid:public_id>/archive/", views.archive, name="archive"),
    path("segments/<uuid:public_id>/restore/", views.restore, name="restore"),
    path("partners/<uuid:public_id>/segments/", views.of_partner, name="of_partner"),
]

STAFF, MANAGES = access.STAFF_ROLES, access.MANAGES
SEGMENT = {"model": "partners.DynamicSegment"}
access.declare("segments:segment_list", GET=STAFF)
access.declare("segments:segment_new", GET=MANAGES, POST=MANAGES)
access.declare("segments:segment", GET=STAFF, **SEGMENT)
access.declare("segments:segment_edit", GET=MANAGES, POST=MANAGES, **SEGMENT)
for name in ("evaluate", "archive", "restore"):
    access.declare(f"segments:{name}", POST=MANAGES, **SEGMENT)
access.declare("segments:of_partner", GET=STAFF, model="partners.Partner")

register(LIST, "segments:segment_list", segment_listing)
