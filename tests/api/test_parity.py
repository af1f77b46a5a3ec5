"""What a person does on a page, a program can do by the API, under the same rights."""

from collections import defaultdict

from prm.common import access
from tests.access.walk import routes

# Page that changes something → what does the same by the API: (route, method).
SAME: dict[str, tuple[str, str]] = {
    # companies and their people
    "partners:partner_manager": ("partner-detail", "PATCH"),
    "partners:partner_edit": ("partner-detail", "PATCH"),
    "partners:partner_profile": ("partner-detail", "PATCH"),
    "partners:person_new": ("partner-person-list", "POST"),
    "partners:person": ("partner-person-detail", "PATCH"),
    "partners:person_remove": ("partner-person-remove", "POST"),
    "partners:portal_person_new": ("partner-person-list", "POST"),
    "partners:portal_person": ("partner-person-detail", "PATCH"),
    "partners:portal_person_remove": ("partner-person-remove", "POST"),
    "partners:hand_over": ("hand-over-list", "POST"),
    "merging:keep_apart": ("partner-apart-list", "POST"),
    "merging:doubt_again": ("partner-apart-detail", "DELETE"),
    "merging:merge": ("partner-merge-list", "POST"),
    "merging:unmerge": ("partner-merge-undo", "POST"),
    "directory:portal_entry": ("directory-entry-list", "POST"),
    "directory:partner_directory": ("partner-trait-list", "POST"),
    "directory:trait_end": ("partner-trait-end", "POST"),
    "directory:take_off": ("directory-entry-take-off", "POST"),
    "contracts:contract_new": ("contract-list", "POST"),
    "contracts:renew": ("contract-renew", "POST"),
    "contracts:end": ("contract-end", "POST"),
    "contracts:suspend": ("contract-suspend", "POST"),
    "hierarchy:hierarchy": ("hierarchy-list", "POST"),
    "hierarchy:take_out": ("hierarchy-end", "POST"),
    # programmes and tiers
    "programs:program_new": ("program-list", "POST"),
    "programs:program_edit": ("program-detail", "PATCH"),
    "programs:draft_start": ("program-draft", "POST"),
    "programs:evaluate": ("program-evaluate", "POST"),
    "programs:benefit_new": ("benefit-list", "POST"),
    "programs:benefit_edit": ("benefit-detail", "PATCH"),
    "programs:rules": ("rule-version-detail", "PATCH"),
    "programs:tier_edit": ("rule-version-detail", "PATCH"),
    "programs:tier_move": ("rule-version-detail", "PATCH"),
    "programs:publish": ("rule-version-publish", "POST"),
    "programs:discard": ("rule-version-detail", "DELETE"),
    "programs:dry_run": ("rule-version-dry-run", "POST"),
    "programs:partner_place": ("tier-standing-place", "POST"),
    "programs:partner_exception": ("tier-standing-exception", "POST"),
    "programs:partner_lock": ("tier-standing-lock", "POST"),
    "programs:approve": ("tier-standing-approve", "POST"),
    "programs:decline": ("tier-standing-decline", "POST"),
    "programs:unlock": ("tier-standing-unlock", "POST"),
    "programs:exception_end": ("tier-exception-end", "POST"),
    # deals
    "deals:deal_edit": ("deal-detail", "PATCH"),
    "deals:deal_move": ("deal-detail", "PATCH"),
    "deals:deal_win": ("deal-win", "POST"),
    "deals:deal_lose": ("deal-lose", "POST"),
    "deals:deal_reopen": ("deal-reopen", "POST"),
    "deals:deal_hide": ("deal-hide", "POST"),
    "deals:portal_hide": ("deal-hide", "POST"),
    # dynamic segments
    "segments:segment_new": ("segment-list", "POST"),
    "segments:segment_edit": ("segment-detail", "PATCH"),
    "segments:evaluate": ("segment-evaluate", "POST"),
    "segments:archive": ("segment-archive", "POST"),
    "segments:restore": ("segment-restore", "POST"),
    # recruiting and costs
    "recruiting:form_new": ("application-form-list", "POST"),
    "recruiting:form_edit": ("application-form-detail", "PATCH"),
    "recruiting:invitation_list": ("application-invitation-list", "POST"),
    "recruiting:invitation_again": ("application-invitation-again", "POST"),
    "recruiting:invitation_withdraw": ("application-invitation-withdraw", "POST"),
    "recruiting:access_detail": ("access-request-approve", "POST"),
    "recruiting:access_refuse": ("access-request-reject", "POST"),
    "recruiting:portal_access_detail": ("access-request-approve", "POST"),
    "recruiting:portal_access_refuse": ("access-request-reject", "POST"),
    "recruiting:ideal_profile": ("ideal-profile-list", "POST"),
    "recruiting:application_approve": ("application-approve", "POST"),
    "recruiting:application_reject": ("application-reject", "POST"),
    "recruiting:application_ask": ("application-ask", "POST"),
    "recruiting:application_withdraw": ("application-withdraw", "POST"),
    "kpis:derive_profile": ("ideal-profile-derive", "POST"),
    "costs:cost_new": ("cost-list", "POST"),
    "costs:cost_edit": ("cost-detail", "PATCH"),
    # onboarding
    "onboarding:template_new": ("onboarding-template-list", "POST"),
    "onboarding:template_edit": ("onboarding-template-detail", "PATCH"),
    "onboarding:draft_start": ("onboarding-template-draft", "POST"),
    "onboarding:step_edit": ("onboarding-template-draft", "POST"),
    "onboarding:step_move": ("onboarding-template-draft", "POST"),
    "onboarding:publish": ("onboarding-template-publish", "POST"),
    "onboarding:discard": ("onboarding-template-discard", "POST"),
    "onboarding:task_hand_in": ("onboarding-task-hand-in", "POST"),
    "onboarding:task_finish": ("onboarding-task-finish", "POST"),
    "onboarding:task_approve": ("onboarding-task-approve", "POST"),
    "onboarding:task_send_back": ("onboarding-task-send-back", "POST"),
    "onboarding:task_revoke": ("onboarding-task-revoke", "POST"),
    "onboarding:task_skip": ("onboarding-task-skip", "POST"),
    "onboarding:task_due": ("onboarding-task-detail", "PATCH"),
    "onboarding:plan_end": ("onboarding-plan-end", "POST"),
    "onboarding:plan_remind": ("onboarding-plan-remind", "POST"),
    "onboarding:plan_start": ("onboarding-plan-list", "POST"),
    "onboarding:portal_hand_in": ("onboarding-task-hand-in", "POST"),
    "onboarding:portal_finish": ("onboarding-task-finish", "POST"),
    # calendars
    "calendars:calendar_new": ("calendar-list", "POST"),
    "calendars:calendar_detail": ("calendar-detail", "PATCH"),
    "calendars:calendar_usual": ("calendar-usual", "POST"),
    "calendars:calendar_delete": ("calendar-detail", "DELETE"),
    "calendars:day_add": ("calendar-days", "POST"),
    "calendars:year_add": ("calendar-year", "POST"),
    "calendars:day_remove": ("calendar-day-detail", "DELETE"),
    # notifications, tasks, oneself
    "notices:read_all": ("notification-read-all", "POST"),
    "notices:notice_open": ("notification-read", "POST"),
    "notices:notice_read": ("notification-read", "POST"),
    "profile:notifications": ("notification-choices", "PATCH"),
    "profile:edit": ("me", "PATCH"),
    "worklist:task_new": ("task-list", "POST"),
    "worklist:task_detail": ("task-detail", "PATCH"),
    "worklist:task_finish": ("task-finish", "POST"),
    "worklist:task_dismiss": ("task-dismiss", "POST"),
    "worklist:task_reopen": ("task-reopen", "POST"),
    "worklist:task_snooze": ("task-snooze", "POST"),
    "worklist:task_wake": ("task-snooze", "POST"),  # until: null
    "imports:import_new": ("import-list", "POST"),
    "imports:import_undo": ("import-undo", "POST"),
}
# Pages without such an address, and why.
VISIT = "One's own browser: there is nothing that another program could see of it."
KEEPS_DOORS = "Who may sign in as one of the vendor's people is decided in person."
GROUND = "What the whole installation rests on is stated once, by a person who reads the effects."
STEPS = "The API brings a file with its mapping in one request; these are the steps of a person."
PAGES_ONLY: dict[str, str] = {
    "partners:act_for": VISIT,
    "partners:partner_export": "The list of partners by the API holds the same.",
    "views:view_save": VISIT,
    "views:view_edit": VISIT,
    "views:view_delete": VISIT,
    "developer:token_list": "A token that makes tokens could not be taken away.",
    "developer:token_revoke": "A token that makes tokens could not be taken away.",
    "people:person_list": KEEPS_DOORS,
    "people:person_role": KEEPS_DOORS,
    "people:person_deactivate": KEEPS_DOORS,
    "people:person_reactivate": KEEPS_DOORS,
    "people:person_sign_out": KEEPS_DOORS,
    "people:person_factor": KEEPS_DOORS,
    "people:person_invite_again": KEEPS_DOORS,
    "brand:programme": GROUND,
    "settings:ground": GROUND,
    "settings:rate_list": "Rates come by the API as an import of the resource fx_rate.",
    "logs:mail_send_again": "Mails are read and sent again by whoever looks into a complaint.",
    "imports:import_match": STEPS,
    "imports:import_begin": STEPS,
    "imports:import_stop": STEPS,
    "imports:import_discard": STEPS,
    "imports:import_fix": STEPS,
    "imports:mapping_delete": STEPS,
}


def pages_that_change() -> set[str]:
    """Every page of ours for signed-in people that takes a POST."""
    return {
        route.name
        for route in routes()
        if route.name in access.POLICY and not access.is_api(route.path)
        if "POST" in access.POLICY[route.name].methods
    }


def test_every_page_that_changes_something_has_its_counterpart_or_a_reason() -> None:
    pages = pages_that_change()
    assert not pages - set(SAME) - set(PAGES_ONLY), "Build the API for these, or say why not."
    assert not (set(SAME) | set(PAGES_ONLY)) - pages, "These pages are gone."
    assert not set(SAME) & set(PAGES_ONLY)


def test_the_api_lets_the_same_people_do_the_same() -> None:
    of_pages = defaultdict(set)
    for page, called in SAME.items():
        of_pages[called] |= access.POLICY[page].methods["POST"]
    of_api = {
        (name, method): access.POLICY[f"api:{name}"].methods.get(method, frozenset())
        for name, method in of_pages
    }
    differ = {called: sorted(roles ^ of_api[called]) for called, roles in of_pages.items()}
    differ = {called: roles for called, roles in differ.items() if roles}
    assert not differ, "Rights of a page and of the API differ for these roles."


def test_every_step_of_the_api_is_reachable_by_a_token() -> None:
    without = {
        name for name, _method in SAME.values() if not access.POLICY[f"api:{name}"].scope_name
    }
    assert not without
