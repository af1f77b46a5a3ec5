"""Routes of recruiting: public pages, the desk, the portal; each with its row of the policy."""

from django.urls import path

from partners.recruiting import desk, public, views
from partners.recruiting.listing import (
    ACCESS_LIST,
    INVITATION_LIST,
    LIST,
    access_listing,
    application_listing,
    invitation_listing,
)
from prm.common import access
from prm.common.savedviews.places import register

app_name = "recruiting"
urlpatterns = [
    path("apply/", public.start, name="start"),
    path("apply/sent/", public.sent, name="sent"),
    path("apply/access/", public.access, name="access"),
    path("apply/access/confirm/<str:secret>/", public.confirm_access, name="confirm_access"),
    path("apply/confirm/<str:secret>/", public.confirm, name="confirm"),
    path("apply/status/<str:secret>/", public.status, name="status"),
    path("apply/status/<str:secret>/withdraw/", public.withdraw, name="withdraw"),
    path("apply/invited/<str:secret>/", public.invited, name="invited"),
    path("apply/<slug:slug>/", public.apply, name="apply"),
    path("apply/<slug:slug>/form/", public.apply_form, name="apply_form"),
    path("applications/", views.application_list, name="application_list"),
    path("applications/forms/", desk.form_list, name="form_list"),
    path("applications/forms/new/", desk.form_new, name="form_new"),
    path("applications/forms/<uuid:public_id>/", desk.form_edit, name="form_edit"),
    path("applications/invitations/", desk.invitation_list, name="invitation_list"),
    path(
        "applications/invitations/<uuid:public_id>/again/",
        desk.invitation_again,
        name="invitation_again",
    ),
    path(
        "applications/invitations/<uuid:public_id>/withdraw/",
        desk.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("applications/access/", desk.access_list, name="access_list"),
    path("applications/access/<uuid:public_id>/", desk.access_detail, name="access_detail"),
    path("applications/access/<uuid:public_id>/refuse/", desk.access_refuse, name="access_refuse"),
    path("applications/profile/", desk.ideal_profile, name="ideal_profile"),
    path("applications/<uuid:public_id>/", views.application_detail, name="application_detail"),
    path(
        "applications/<uuid:public_id>/approve/",
        views.application_approve,
        name="application_approve",
    ),
    path(
        "applications/<uuid:public_id>/reject/", views.application_reject, name="application_reject"
    ),
    path("applications/<uuid:public_id>/ask/", views.application_ask, name="application_ask"),
    path(
        "applications/<uuid:public_id>/withdraw/",
        views.application_withdraw,
        name="application_withdraw",
    ),
    path("portal/people/requests/", desk.access_list, name="portal_access_list"),
    path(
        "portal/people/requests/<uuid:public_id>/", desk.access_detail, name="portal_access_detail"
    ),
    path(
        "portal/people/requests/<uuid:public_id>/refuse/",
        desk.access_refuse,
        name="portal_access_refuse",
    ),
]

for name in ("start", "sent", "access", "confirm_access", "confirm", "status", "withdraw",
             "invited", "apply", "apply_form"):  # fmt: skip
    access.declare_open(f"recruiting:{name}")

STAFF, MANAGES, RUNS = access.STAFF_ROLES, access.MANAGES, access.RUNS_PROGRAM
ADMIN = {"partner:admin"}
OF = {"model": "partners.Application"}
access.declare("recruiting:application_list", GET=STAFF)
access.declare("recruiting:application_detail", GET=STAFF, **OF)
access.declare("recruiting:application_approve", GET=MANAGES, POST=MANAGES, **OF)
for name in ("reject", "ask", "withdraw"):
    access.declare(f"recruiting:application_{name}", POST=MANAGES, **OF)
access.declare("recruiting:form_list", GET=STAFF)
access.declare("recruiting:form_new", GET=RUNS, POST=RUNS)
access.declare("recruiting:form_edit", GET=RUNS, POST=RUNS, model="partners.ApplicationForm")
access.declare("recruiting:invitation_list", GET=STAFF, POST=MANAGES)
for name in ("again", "withdraw"):
    access.declare(
        f"recruiting:invitation_{name}", POST=MANAGES, model="partners.ApplicationInvitation"
    )
REQUEST = {"model": "partners.AccessRequest"}
access.declare("recruiting:access_list", GET=STAFF)
access.declare("recruiting:access_detail", GET=STAFF, POST=MANAGES, **REQUEST)
access.declare("recruiting:access_refuse", POST=MANAGES, **REQUEST)
access.declare("recruiting:portal_access_list", GET=ADMIN)
access.declare("recruiting:portal_access_detail", GET=ADMIN, POST=ADMIN, **REQUEST)
access.declare("recruiting:portal_access_refuse", POST=ADMIN, **REQUEST)
access.declare("recruiting:ideal_profile", GET=STAFF, POST=RUNS)

register(LIST, "recruiting:application_list", application_listing)
register(INVITATION_LIST, "recruiting:invitation_list", lambda _actor: invitation_listing())
register(ACCESS_LIST, "recruiting:access_list", lambda _actor: access_listing())
