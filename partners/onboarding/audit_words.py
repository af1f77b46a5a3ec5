"""How the audit calls onboarding and what is done in it."""

from django.utils.translation import gettext_lazy as _

from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS.update(
    {
        "partners.onboardingtemplate": _("Onboarding template"),
        "partners.onboardingversion": _("Onboarding steps"),
        "partners.onboardingplan": _("Onboarding"),
        "partners.onboardingtask": _("Onboarding task"),
    }
)
sentences.SAYS.update(
    {
        "onboardingversion.publish": _("published %(thing)s"),
        "onboardingversion.replace": _("replaced %(thing)s"),
        "onboardingversion.discard": _("discarded %(thing)s"),
        "onboardingplan.start": _("began %(thing)s"),
        "onboardingplan.complete": _("completed %(thing)s"),
        "onboardingplan.resume": _("took up %(thing)s again"),
        "onboardingplan.restore": _("let %(thing)s go on"),
        "onboardingplan.end": _("ended %(thing)s early"),
        "onboardingplan.remind": _("sent a reminder of %(thing)s"),
        "onboardingtask.hand_in": _("handed in %(thing)s"),
        "onboardingtask.finish": _("finished %(thing)s"),
        "onboardingtask.reach": _("reached %(thing)s"),
        "onboardingtask.approve": _("approved %(thing)s"),
        "onboardingtask.send_back": _("sent back %(thing)s"),
        "onboardingtask.revoke": _("took back the approval of %(thing)s"),
        "onboardingtask.skip": _("skipped %(thing)s"),
        "onboardingtask.move_due": _("moved the due day of %(thing)s"),
    }
)
audit.FIELDS.update(
    {
        "answer": _("Our words"),
        "calendar": _("Calendar"),
        "closed_at": _("Closed"),
        "done_at": _("Done"),
        "done_by": _("Done by"),
        "due_on": _("Due"),
        "handed_in_at": _("Handed in"),
        "handed_in_by": _("Handed in by"),
        "note": _("Message"),
        "number": _("Version"),
        "skipped_at": _("Skipped"),
        "skipped_by": _("Skipped by"),
        "started_on": _("Started"),
        "starts_itself": _("Starts by itself"),
        "steps": _("Steps"),
        "summary": _("In one sentence"),
        "types": _("For partners of these types"),
        "version": _("Version"),
    }
)
audit.LINKS.update(
    {
        "partners.onboardingversion": ("template",),
        "partners.onboardingplan": ("partner",),
    }
)
