"""Routes about programmes and tiers, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from partners.programs import editing, partnerpages, views
from partners.programs.listing import (
    DECISIONS,
    MOVES,
    RISKS,
    decisions_listing,
    moves_listing,
    risks_listing,
)
from prm.common import access, config
from prm.common.savedviews.places import register

app_name = "programs"
urlpatterns = [
    path("programs/", views.program_list, name="program_list"),
    path("programs/new/", views.program_new, name="program_new"),
    path("programs/moves/", views.move_list, name="move_list"),
    path("programs/at-risk/", views.risk_list, name="risk_list"),
    path("programs/decisions/", views.decision_list, name="decision_list"),
    path("programs/benefits/", views.benefit_list, name="benefit_list"),
    path("programs/benefits/new/", views.benefit_new, name="benefit_new"),
    path("programs/benefits/<uuid:public_id>/", views.benefit_edit, name="benefit_edit"),
    path("programs/runs/<uuid:public_id>/", views.run_detail, name="run_detail"),
    path("programs/rules/<uuid:public_id>/", editing.rules_page, name="rules"),
    path("programs/rules/<uuid:public_id>/tier/", editing.tier_edit, name="tier_edit"),
    path("programs/rules/<uuid:public_id>/tier/move/", editing.tier_move, name="tier_move"),
    path("programs/rules/<uuid:public_id>/publish/", editing.publish, name="publish"),
    path("programs/rules/<uuid:public_id>/discard/", editing.discard, name="discard"),
    path("programs/rules/<uuid:public_id>/dry-run/", editing.dry_run, name="dry_run"),
    path("programs/<uuid:public_id>/", views.program_detail, name="program_detail"),
    path("programs/<uuid:public_id>/edit/", views.program_edit, name="program_edit"),
    path("programs/<uuid:public_id>/draft/", editing.draft_start, name="draft_start"),
    path("programs/<uuid:public_id>/evaluate/", views.evaluate, name="evaluate"),
    path("partners/<uuid:public_id>/tier/", partnerpages.partner_tier, name="partner_tier"),
    path("partners/<uuid:public_id>/tier/place/", partnerpages.partner_place, name="partner_place"),
    path("partners/<uuid:public_id>/tier/exception/", partnerpages.partner_exception,
         name="partner_exception"),
    path("partners/<uuid:public_id>/tier/lock/", partnerpages.partner_lock, name="partner_lock"),
    path("standings/<uuid:public_id>/approve/", partnerpages.standing_approve, name="approve"),
    path("standings/<uuid:public_id>/decline/", partnerpages.standing_decline, name="decline"),
    path("standings/<uuid:public_id>/unlock/", partnerpages.standing_unlock, name="unlock"),
    path("tier-exceptions/<uuid:public_id>/end/", partnerpages.exception_end, name="exception_end"),
    path("portal/tier/", partnerpages.portal_tier, name="portal_tier"),
]  # fmt: skip

STAFF, RUNS, PARTNERS = access.STAFF_ROLES, access.RUNS_PROGRAM, access.PARTNER_ROLES
PROGRAM, VERSION = "partners.PartnerProgram", "partners.RuleVersion"
PARTNER, STANDING = "partners.Partner", "partners.TierStanding"

for name in ("program_list", "move_list", "risk_list", "decision_list", "benefit_list"):
    access.declare(f"programs:{name}", GET=STAFF)
for name in ("program_new", "benefit_new"):
    access.declare(f"programs:{name}", GET=RUNS, POST=RUNS)
access.declare("programs:benefit_edit", GET=RUNS, POST=RUNS, model="partners.Benefit")
access.declare("programs:run_detail", GET=RUNS, model="partners.TierRun")
access.declare("programs:program_detail", GET=STAFF, model=PROGRAM)
access.declare("programs:program_edit", GET=RUNS, POST=RUNS, model=PROGRAM)
for name in ("draft_start", "evaluate"):
    access.declare(f"programs:{name}", POST=RUNS, model=PROGRAM)
access.declare("programs:rules", GET=STAFF, POST=RUNS, model=VERSION)
access.declare("programs:tier_edit", GET=RUNS, POST=RUNS, model=VERSION)
for name in ("tier_move", "publish", "discard", "dry_run"):
    access.declare(f"programs:{name}", POST=RUNS, model=VERSION)
access.declare("programs:partner_tier", GET=STAFF, model=PARTNER)
for name in ("partner_place", "partner_exception", "partner_lock"):
    access.declare(f"programs:{name}", GET=RUNS, POST=RUNS, model=PARTNER)
for name in ("approve", "unlock"):
    access.declare(f"programs:{name}", POST=RUNS, model=STANDING)
access.declare("programs:decline", GET=RUNS, POST=RUNS, model=STANDING)
access.declare("programs:exception_end", POST=RUNS, model="partners.TierException")
access.declare("programs:portal_tier", GET=PARTNERS)

register(
    MOVES,
    "programs:move_list",
    lambda actor: moves_listing(config.program(), config.program().local_date(timezone.now())),
)
register(RISKS, "programs:risk_list", lambda actor: risks_listing())
register(DECISIONS, "programs:decision_list", lambda actor: decisions_listing())
