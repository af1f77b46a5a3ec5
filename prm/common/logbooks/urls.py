"""Routes of the logs, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from prm.common import access
from prm.common.logbooks import views
from prm.common.logbooks.listing import AUDIT, MAILS, audit_listing, mail_listing
from prm.common.savedviews.places import register

app_name = "logs"
urlpatterns = [
    path("settings/mails/", views.mail_list, name="mail_list"),
    path("settings/mails/<uuid:public_id>/", views.mail_detail, name="mail_detail"),
    path("settings/mails/<uuid:public_id>/as-sent/", views.mail_as_sent, name="mail_as_sent"),
    path("settings/mails/<uuid:public_id>/again/", views.mail_send_again, name="mail_send_again"),
    path("settings/audit/", views.audit_list, name="audit_list"),
]

RUNS, MAIL = access.RUNS_PROGRAM, "common.OutboxMail"
access.declare("logs:mail_list", GET=RUNS)
access.declare("logs:mail_detail", GET=RUNS, model=MAIL)
access.declare("logs:mail_as_sent", GET=RUNS, model=MAIL)
access.declare("logs:mail_send_again", POST=RUNS, model=MAIL)
access.declare("logs:audit_list", GET=RUNS)

register(MAILS, "logs:mail_list", lambda actor: mail_listing(timezone.now()))
register(AUDIT, "logs:audit_list", lambda actor: audit_listing(actor, timezone.now()))
