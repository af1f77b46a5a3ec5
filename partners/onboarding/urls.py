"""Routes of onboarding, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from partners.onboarding import taskviews, templateviews, views
from partners.onboarding.listing import LIST, plan_listing
from prm.common import access, config
from prm.common.savedviews.places import register
from prm.common.worklist.selectors import DOES

app_name = "onboarding"
PLAN, TASK = "onboarding/<uuid:public_id>/", "onboarding/tasks/<uuid:public_id>/"
TEMPLATE = "onboarding/templates/<uuid:public_id>/"
STEPS = "onboarding/steps/<uuid:public_id>/"
PORTAL_TASK = "portal/onboarding/<uuid:public_id>/"
TASK_STEPS = {
    "hand_in": taskviews.task_hand_in,
    "finish": taskviews.task_finish,
    "approve": taskviews.task_approve,
    "send_back": taskviews.task_send_back,
    "revoke": taskviews.task_revoke,
    "skip": taskviews.task_skip,
    "due": taskviews.task_due,
}
urlpatterns = [
    path("onboarding/", views.board, name="board"),
    path("onboarding/plans/", views.plan_list, name="plan_list"),
    path("onboarding/templates/", templateviews.template_list, name="template_list"),
    path("onboarding/templates/new/", templateviews.template_new, name="template_new"),
    path(TEMPLATE, templateviews.template_detail, name="template_detail"),
    path(f"{TEMPLATE}edit/", templateviews.template_edit, name="template_edit"),
    path(f"{TEMPLATE}draft/", templateviews.draft_start, name="draft_start"),
    path(STEPS, templateviews.version, name="version"),
    path(f"{STEPS}step/", templateviews.step_edit, name="step_edit"),
    path(f"{STEPS}step/move/", templateviews.step_move, name="step_move"),
    path(f"{STEPS}publish/", templateviews.publish, name="publish"),
    path(f"{STEPS}discard/", templateviews.discard, name="discard"),
    path(TASK, taskviews.task_detail, name="task_detail"),
    *(
        path(f"{TASK}{name.replace('_', '-')}/", view, name=f"task_{name}")
        for name, view in TASK_STEPS.items()
    ),
    path(PLAN, views.plan_detail, name="plan_detail"),
    path(f"{PLAN}end/", views.plan_end, name="plan_end"),
    path(f"{PLAN}remind/", views.plan_remind, name="plan_remind"),
    path("partners/<uuid:public_id>/onboarding/", views.of_partner, name="of_partner"),
    path("partners/<uuid:public_id>/onboarding/start/", views.plan_start, name="plan_start"),
    path("portal/onboarding/", taskviews.portal_plan, name="portal_plan"),
    path(PORTAL_TASK, taskviews.portal_task, name="portal_task"),
    path(f"{PORTAL_TASK}hand-in/", taskviews.task_hand_in, name="portal_hand_in"),
    path(f"{PORTAL_TASK}finish/", taskviews.task_finish, name="portal_finish"),
]

STAFF, MANAGES, RUNS = access.STAFF_ROLES, access.MANAGES, access.RUNS_PROGRAM
PARTNERS, THEIRS = access.PARTNER_ROLES, access.PARTNER_ROLES & DOES
OF_PLAN, OF_TASK = "partners.OnboardingPlan", "partners.OnboardingTask"
OF_TEMPLATE, OF_VERSION = "partners.OnboardingTemplate", "partners.OnboardingVersion"
for name in ("board", "plan_list", "template_list"):
    access.declare(f"onboarding:{name}", GET=STAFF)
access.declare("onboarding:template_new", GET=RUNS, POST=RUNS)
access.declare("onboarding:template_detail", GET=STAFF, model=OF_TEMPLATE)
access.declare("onboarding:template_edit", GET=RUNS, POST=RUNS, model=OF_TEMPLATE)
access.declare("onboarding:draft_start", POST=RUNS, model=OF_TEMPLATE)
access.declare("onboarding:version", GET=STAFF, model=OF_VERSION)
access.declare("onboarding:step_edit", GET=RUNS, POST=RUNS, model=OF_VERSION)
for name in ("step_move", "publish", "discard"):
    access.declare(f"onboarding:{name}", POST=RUNS, model=OF_VERSION)
access.declare("onboarding:task_detail", GET=STAFF, model=OF_TASK)
for name in TASK_STEPS:
    access.declare(f"onboarding:task_{name}", POST=MANAGES, model=OF_TASK)
access.declare("onboarding:plan_detail", GET=STAFF, model=OF_PLAN)
for name in ("plan_end", "plan_remind"):
    access.declare(f"onboarding:{name}", POST=MANAGES, model=OF_PLAN)
access.declare("onboarding:of_partner", GET=STAFF, model="partners.Partner")
access.declare("onboarding:plan_start", GET=MANAGES, POST=MANAGES, model="partners.Partner")
access.declare("onboarding:portal_plan", GET=PARTNERS)
access.declare("onboarding:portal_task", GET=PARTNERS, model=OF_TASK)
for name in ("portal_hand_in", "portal_finish"):
    access.declare(f"onboarding:{name}", POST=THEIRS, model=OF_TASK)

register(
    LIST,
    "onboarding:plan_list",
    lambda actor: plan_listing(actor, config.program().local_date(timezone.now())),
)
