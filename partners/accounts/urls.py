"""Routes about partners, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from partners.accounts import colleagueviews, people, portal, views
from partners.accounts.listing import LIST, partner_listing
from prm.common import access, config
from prm.common.savedviews.places import register

app_name = "partners"
urlpatterns = [
    path("partners/", views.partner_list, name="partner_list"),
    path("partners/export/", views.partner_export, name="partner_export"),
    path("partners/manager/", views.partner_manager, name="partner_manager"),
    path("partners/<uuid:public_id>/", views.partner_detail, name="partner_detail"),
    path("partners/<uuid:public_id>/edit/", views.partner_edit, name="partner_edit"),
    path("partners/<uuid:public_id>/profile/", views.partner_profile, name="partner_profile"),
    path("partners/<uuid:public_id>/people/new/", colleagueviews.person_new, name="person_new"),
    path("partners/people/<uuid:public_id>/", colleagueviews.person, name="person"),
    path(
        "partners/people/<uuid:public_id>/remove/",
        colleagueviews.person_remove,
        name="person_remove",
    ),
    path("portal/people/new/", colleagueviews.person_new, name="portal_person_new"),
    path("portal/people/<uuid:public_id>/", colleagueviews.person, name="portal_person"),
    path(
        "portal/people/<uuid:public_id>/remove/",
        colleagueviews.person_remove,
        name="portal_person_remove",
    ),
    path("settings/people/<uuid:public_id>/hand-over/", colleagueviews.hand_over, name="hand_over"),
    path("portal/people/", portal.people, name="portal_people"),
    path("portal/company/", portal.company, name="portal_company"),
    path("portal/company/choose/", views.act_for, name="act_for"),
    path("settings/people/partners/", people.people_list, name="people_list"),
]

access.declare("partners:partner_list", GET=access.STAFF_ROLES)
access.declare("partners:partner_export", POST=access.STAFF_ROLES)
access.declare("partners:partner_manager", POST=access.RUNS_PROGRAM)
access.declare("partners:partner_detail", GET=access.STAFF_ROLES, model="partners.Partner")
for name in ("partner_edit", "partner_profile"):
    access.declare(
        f"partners:{name}", GET=access.MANAGES, POST=access.MANAGES, model="partners.Partner"
    )
access.declare("partners:portal_people", GET=access.PARTNER_ROLES)
access.declare("partners:portal_company", GET=access.PARTNER_ROLES)
access.declare("partners:people_list", GET=access.RUNS_PROGRAM)
access.declare("partners:act_for", POST=access.PARTNER_ROLES)
MANAGES, ADMIN = access.MANAGES, {"partner:admin"}
MEMBER = {"model": "partners.Membership"}
access.declare("partners:person_new", GET=MANAGES, POST=MANAGES, model="partners.Partner")
access.declare("partners:person", GET=MANAGES, POST=MANAGES, **MEMBER)
access.declare("partners:person_remove", POST=MANAGES, **MEMBER)
access.declare("partners:portal_person_new", GET=ADMIN, POST=ADMIN)
access.declare("partners:portal_person", GET=ADMIN, POST=ADMIN, **MEMBER)
access.declare("partners:portal_person_remove", POST=ADMIN, **MEMBER)
RUNS = access.RUNS_PROGRAM
access.declare("partners:hand_over", GET=RUNS, POST=RUNS, model="common.User")

register(
    people.LIST,
    "partners:people_list",
    lambda actor: people.partner_people_listing(timezone.now()),
)
register(
    LIST,
    "partners:partner_list",
    lambda actor: partner_listing(actor, config.program(), timezone.now()),
)
