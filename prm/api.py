"""The one router of the API at /api/v1/, its description and the page that shows it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from kpis.api import KpiViewSet
from kpis.profileapi import IdealProfileViewSet
from partners.accounts.api import PartnerViewSet, ProfileViewSet
from partners.accounts.handoverapi import HandOverViewSet
from partners.accounts.peopleapi import PersonViewSet
from partners.contracts.api import ContractViewSet
from partners.costs.api import CostViewSet
from partners.deals.api import CustomerViewSet, DealBelowViewSet, DealViewSet
from partners.directory.api import TraitViewSet
from partners.directory.entryapi import EntryViewSet
from partners.hierarchy.api import LinkViewSet
from partners.merging.apartapi import ApartViewSet
from partners.merging.api import DuplicateViewSet, MergeViewSet
from partners.onboarding.api import (
    MilestoneViewSet,
    OnboardingPlanViewSet,
    OnboardingTaskViewSet,
)
from partners.onboarding.templateapi import OnboardingTemplateViewSet
from partners.programs.api import ProgramViewSet, StandingViewSet
from partners.programs.libraryapi import BenefitViewSet, ExceptionViewSet
from partners.programs.rulesapi import RuleVersionViewSet, TierRunViewSet
from partners.recruiting.api import (
    AccessRequestViewSet,
    ApplicationViewSet,
    InvitationViewSet,
)
from partners.recruiting.formapi import ApplicationFormViewSet
from partners.segments.api import SegmentViewSet, StayViewSet
from prm.common import access, apidocs
from prm.common.calendars.api import CalendarViewSet, HolidayViewSet
from prm.common.doors import ApiDoor
from prm.common.imports.api import ImportViewSet
from prm.common.notices.api import NoticeViewSet
from prm.common.profile.api import MeView
from prm.common.tokenviews import token_list, token_revoke
from prm.common.views import metrics
from prm.common.worklist.api import TaskViewSet

EVERYBODY = access.STAFF_ROLES | access.PARTNER_ROLES
access.declare("api:schema", GET=EVERYBODY, scope="*")
access.name_scope("metrics", gettext_lazy("metrics of the installation"))
access.declare("api:metrics", GET=access.RUNS_PROGRAM, scope="metrics")
access.declare("developer:api", GET=EVERYBODY)
access.declare("developer:token_list", GET=EVERYBODY, POST=EVERYBODY)
access.declare("developer:token_revoke", POST=EVERYBODY, model="common.ApiToken")


class SchemaView(ApiDoor):
    """The description of the API in OpenAPI 3."""

    @extend_schema(summary="This description", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """The same for everybody; what each role may do stands in it."""
        return Response(apidocs.schema(), content_type="application/vnd.oai.openapi+json")


class MetricsView(ApiDoor):
    """Queue depths for a monitoring system, by token or session."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """In the text format of Prometheus."""
        return metrics(request._request)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The API for people: every address with what it takes and answers, read from the schema."""
    schema: dict[str, Any] = apidocs.schema()
    context = {"groups": apidocs.groups(schema), "problems": apidocs.problems()}
    return render(request, "api/page.html", context)


router = SimpleRouter(use_regex_path=False)
router.register("partners", PartnerViewSet, basename="partner")
router.register("profiles", ProfileViewSet, basename="profile")
router.register("hierarchy", LinkViewSet, basename="hierarchy")
router.register("deals-of-resellers", DealBelowViewSet, basename="deal-of-reseller")
router.register("partner-people", PersonViewSet, basename="partner-person")
router.register("contracts", ContractViewSet, basename="contract")
router.register("partner-traits", TraitViewSet, basename="partner-trait")
router.register("partner-merges", MergeViewSet, basename="partner-merge")
router.register("partner-duplicates", DuplicateViewSet, basename="partner-duplicate")
router.register("partner-apart", ApartViewSet, basename="partner-apart")
router.register("directory-entries", EntryViewSet, basename="directory-entry")
router.register("hand-overs", HandOverViewSet, basename="hand-over")
router.register("customers", CustomerViewSet, basename="customer")
router.register("deals", DealViewSet, basename="deal")
router.register("programs", ProgramViewSet, basename="program")
router.register("benefits", BenefitViewSet, basename="benefit")
router.register("rule-versions", RuleVersionViewSet, basename="rule-version")
router.register("tier-runs", TierRunViewSet, basename="tier-run")
router.register("tier-standings", StandingViewSet, basename="tier-standing")
router.register("tier-exceptions", ExceptionViewSet, basename="tier-exception")
router.register("applications", ApplicationViewSet, basename="application")
router.register("application-forms", ApplicationFormViewSet, basename="application-form")
router.register("application-invitations", InvitationViewSet, basename="application-invitation")
router.register("access-requests", AccessRequestViewSet, basename="access-request")
router.register("ideal-profiles", IdealProfileViewSet, basename="ideal-profile")
router.register("onboarding-plans", OnboardingPlanViewSet, basename="onboarding-plan")
router.register("onboarding-tasks", OnboardingTaskViewSet, basename="onboarding-task")
router.register("onboarding-templates", OnboardingTemplateViewSet, basename="onboarding-template")
router.register("milestones", MilestoneViewSet, basename="milestone")
router.register("calendars", CalendarViewSet, basename="calendar")
router.register("calendar-days", HolidayViewSet, basename="calendar-day")
router.register("costs", CostViewSet, basename="cost")
router.register("segments", SegmentViewSet, basename="segment")
router.register("segment-stays", StayViewSet, basename="segment-stay")
router.register("imports", ImportViewSet, basename="import")
router.register("kpis", KpiViewSet, basename="kpi")
router.register("notifications", NoticeViewSet, basename="notification")
router.register("tasks", TaskViewSet, basename="task")

v1: list[URLPattern | URLResolver] = [
    path("api/v1/schema/", SchemaView.as_view(), name="schema"),
    path("api/v1/me/", MeView.as_view(), name="me"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("api/v1/", include(router.urls)),
]
pages = [
    path("api/", page, name="api"),
    path("settings/tokens/", token_list, name="token_list"),
    path("settings/tokens/<uuid:public_id>/revoke/", token_revoke, name="token_revoke"),
]
urlpatterns = [path("", include((v1, "api"))), path("", include((pages, "developer")))]
