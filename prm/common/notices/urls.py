"""Routes of what people are told: each about oneself alone."""

from django.urls import path

from prm.common import access
from prm.common.notices import views

app_name = "notices"
urlpatterns = [
    path("notifications/", views.notice_list, name="notice_list"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/stop/", views.unsubscribe, name="unsubscribe"),
    path("notifications/<uuid:public_id>/open/", views.notice_open, name="notice_open"),
    path("notifications/<uuid:public_id>/read/", views.notice_read, name="notice_read"),
]

EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES
access.declare("notices:notice_list", GET=EVERYBODY)
access.declare("notices:read_all", POST=EVERYBODY)
access.declare_open("notices:unsubscribe")
for step in ("notice_open", "notice_read"):
    access.declare(f"notices:{step}", POST=EVERYBODY, model="common.Notice")
