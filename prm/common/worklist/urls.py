"""Routes of tasks, for both faces, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from prm.common import access, config
from prm.common.savedviews.places import register
from prm.common.worklist import views
from prm.common.worklist.listing import LIST, task_listing
from prm.common.worklist.selectors import DOES

app_name = "worklist"
urlpatterns = [
    path("tasks/", views.task_list, name="task_list"),
    path("tasks/new/", views.task_new, name="task_new"),
    path("tasks/<uuid:public_id>/", views.task_detail, name="task_detail"),
    path("tasks/<uuid:public_id>/done/", views.task_finish, name="task_finish"),
    path("tasks/<uuid:public_id>/dismiss/", views.task_dismiss, name="task_dismiss"),
    path("tasks/<uuid:public_id>/reopen/", views.task_reopen, name="task_reopen"),
    path("tasks/<uuid:public_id>/snooze/", views.task_snooze, name="task_snooze"),
    path("tasks/<uuid:public_id>/wake/", views.task_wake, name="task_wake"),
]

READERS = access.STAFF_ROLES | access.PARTNER_ROLES
TASK = "common.Task"
access.declare("worklist:task_list", GET=READERS)
access.declare("worklist:task_new", GET=DOES, POST=DOES)
access.declare("worklist:task_detail", GET=READERS, POST=DOES, model=TASK)
for step in ("finish", "dismiss", "reopen", "snooze", "wake"):
    access.declare(f"worklist:task_{step}", POST=DOES, model=TASK)

register(
    LIST,
    "worklist:task_list",
    lambda actor: task_listing(actor, config.program().local_date(timezone.now())),
)
