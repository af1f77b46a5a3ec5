"""Routes about the vendor's people: operations look, administrators change."""

from django.urls import path
from django.utils import timezone

from prm.common import access
from prm.common.people import views
from prm.common.people.listing import LIST, people_listing
from prm.common.savedviews.places import register

app_name = "people"
urlpatterns = [
    path("settings/people/", views.person_list, name="person_list"),
    path("settings/people/<uuid:public_id>/", views.person_detail, name="person_detail"),
    path("settings/people/<uuid:public_id>/role/", views.person_role, name="person_role"),
    path(
        "settings/people/<uuid:public_id>/deactivate/",
        views.person_deactivate,
        name="person_deactivate",
    ),
    path(
        "settings/people/<uuid:public_id>/reactivate/",
        views.person_reactivate,
        name="person_reactivate",
    ),
    path(
        "settings/people/<uuid:public_id>/sign-out/", views.person_sign_out, name="person_sign_out"
    ),
    path("settings/people/<uuid:public_id>/factor/", views.person_factor, name="person_factor"),
    path(
        "settings/people/<uuid:public_id>/invite/",
        views.person_invite_again,
        name="person_invite_again",
    ),
]

ADMIN = frozenset({"admin"})
PERSON = "common.User"
access.declare("people:person_list", GET=access.RUNS_PROGRAM, POST=ADMIN)
access.declare("people:person_detail", GET=access.RUNS_PROGRAM, model=PERSON)
for step in ("role", "deactivate", "reactivate", "sign_out", "factor", "invite_again"):
    access.declare(f"people:person_{step}", POST=ADMIN, model=PERSON)

register(LIST, "people:person_list", lambda actor: people_listing(timezone.now()))
