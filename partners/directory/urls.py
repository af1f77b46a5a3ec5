"""Routes of traits and of the directory, each with its row of the access policy."""

from django.urls import path

from partners.directory import views
from prm.common import access

app_name = "directory"
urlpatterns = [
    path("directory/", views.directory, name="directory"),
    path("directory/sent/", views.sent, name="sent"),
    path("directory/<slug:slug>/", views.entry, name="entry"),
    path("portal/company/directory/", views.portal_entry, name="portal_entry"),
    path("partners/<uuid:public_id>/strengths/", views.partner_directory, name="partner_directory"),
    path("partners/<uuid:public_id>/directory/take-off/", views.take_off, name="take_off"),
    path("partners/strengths/<uuid:public_id>/end/", views.trait_end, name="trait_end"),
]

for name in ("directory", "sent", "entry"):
    access.declare_open(f"directory:{name}")
ADMIN, MANAGES = {"partner:admin"}, access.MANAGES
access.declare("directory:portal_entry", GET=ADMIN, POST=ADMIN)
access.declare(
    "directory:partner_directory", GET=access.STAFF_ROLES, POST=MANAGES, model="partners.Partner"
)
access.declare("directory:trait_end", POST=MANAGES, model="partners.Trait")
access.declare("directory:take_off", POST=MANAGES, model="partners.Partner")
