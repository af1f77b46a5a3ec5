"""Templates and the versions of their steps: drafts are edited, published ones stand for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.onboarding.models import OnboardingTemplate, OnboardingVersion
from partners.onboarding.rules import MOST_DAYS, MOST_STEPS, Problem, Step, problems
from prm.common import audit
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain
from prm.common.transition import transition

CHANGEABLE = ("name", "summary", "types", "calendar", "starts_itself", "is_active")

explain(
    "partners_onboardingtemplate_name_key",
    lazy("A template has this name already. Choose another one."),
)
SENTENCES = {
    "no_steps": lazy("There is no step yet. Add the first one."),
    "too_many": lazy("A plan has %(most)s steps at most. Take some out."),
    "twice": lazy("Two steps have one key. Take one of them out."),
    "none_required": lazy("No step is required, so a plan would be over at once. Require one."),
    "circle": lazy("%(step)s waits for itself in the end. Let it wait for other steps."),
    "no_title": lazy("A step has no title. Write one."),
    "unknown_word": lazy("%(step)s names a side or milestone that does not exist."),
    "days": lazy("%(step)s is due after more than %(days)s business days. Choose fewer."),
    "milestone_approval": lazy("%(step)s is done by itself, so nobody can approve it."),
    "unknown_step": lazy("%(step)s waits for a step that is not there: %(other)s."),
    "due_before": lazy("%(step)s is due before %(other)s, for which it waits. Change the days."),
}


def said(problem: Problem) -> str:
    """A problem in words that say what to do."""
    words = {"step": problem.step, "other": problem.other, "most": MOST_STEPS, "days": MOST_DAYS}
    return str(SENTENCES[problem.code] % words)


@transaction.atomic
def create_template(
    *, name: str, by: User | None, now: datetime, **fields: Any
) -> OnboardingTemplate:
    """A new template with an empty first draft. Raises Conflict for a name that is taken."""
    _check(name, 0)
    template = OnboardingTemplate.objects.create(name=name.strip(), **fields)
    OnboardingVersion.objects.create(template=template, number=1)
    after = {"name": template.name, **fields}
    audit.record("onboardingtemplate.create", template, by=by, now=now, after=after)
    return template


def _check(name: str, own: int) -> None:
    if not name.strip():
        raise InvalidInput(_("Enter a name."), "name")
    taken = OnboardingTemplate.objects.filter(name__iexact=name.strip()).exclude(pk=own)
    if taken.exists():
        raise InvalidInput(_("A template has this name already. Choose another one."), "name")


@transaction.atomic
def change_template(
    template: OnboardingTemplate, *, by: User | None, now: datetime, **changes: Any
) -> OnboardingTemplate:
    """Change name, sentence, types, calendar, or whether it is used. Plans that run stay."""
    if unknown := set(changes) - set(CHANGEABLE):
        raise InvalidInput(
            _("%(names)s cannot be changed here.") % {"names": ", ".join(sorted(unknown))}
        )
    row = OnboardingTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
    changed = {key: value for key, value in changes.items() if getattr(row, key) != value}
    if not changed:
        return row
    if "name" in changed:
        _check(changed["name"], row.pk)
    before = audit.snapshot(row, list(changed))
    for key, value in changed.items():
        setattr(row, key, value)
    row.save(update_fields=[*changed, "updated_at"])
    audit.record("onboardingtemplate.change", row, by=by, now=now, before=before, after=changed)
    return row


@transaction.atomic
def start_draft(
    template: OnboardingTemplate, *, by: User | None, now: datetime
) -> OnboardingVersion:
    """A draft with the published steps, or the one that there is already."""
    template = OnboardingTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
    rows = template.versions
    draft = rows.filter(state=OnboardingVersion.State.DRAFT).first()
    if draft is not None:
        return draft
    holds = rows.filter(state=OnboardingVersion.State.PUBLISHED).first()
    last = rows.aggregate(last=Max("number"))["last"] or 0
    draft = OnboardingVersion.objects.create(
        template=template, number=last + 1, steps=holds.steps if holds else []
    )
    audit.record("onboardingversion.create", draft, by=by, now=now)
    return draft


def _draft(version: OnboardingVersion) -> OnboardingVersion:
    """The draft as it is now, locked. Raises Conflict for one that is published or gone."""
    row = (
        OnboardingVersion.objects.select_for_update(of=("self",))
        .select_related("template")
        .filter(pk=version.pk)
        .first()
    )
    if row is None or row.state != OnboardingVersion.State.DRAFT:
        raise Conflict(_("These steps are published already. Begin a new draft."))
    return row


@transaction.atomic
def save_draft(
    version: OnboardingVersion, steps: Sequence[Step], *, edit: int, by: User | None, now: datetime
) -> OnboardingVersion:
    """Store the steps of a draft over the edit that the person saw.

    Raises Conflict when somebody else changed it meanwhile, or it is published.
    """
    row = _draft(version)
    if row.edit != edit:
        raise Conflict(_("Somebody else changed this draft. Load the page, then make your change."))
    if len(steps) > MOST_STEPS:
        raise InvalidInput(said(Problem("too_many")), "steps")
    before, after = row.steps, [step.as_json() for step in steps]
    row.steps, row.edit = after, edit + 1
    row.save(update_fields=["steps", "edit", "updated_at"])
    if before != after:
        audit.record(
            "onboardingversion.change", row, by=by, now=now, before={"steps": _titles(before)},
            after={"steps": _titles(after)},
        )  # fmt: skip
    return row


def _titles(steps: list[dict[str, Any]]) -> str:
    """The steps as the audit holds them."""
    return "; ".join(str(step.get("title", "")) for step in steps)


@transaction.atomic
def publish(version: OnboardingVersion, *, by: User | None, now: datetime) -> OnboardingVersion:
    """New plans are made of this version from now on; plans that run keep theirs.

    Raises Conflict with what is wrong with the steps.
    """
    OnboardingTemplate.objects.select_for_update(of=("self",)).get(pk=version.template_id)
    row = _draft(version)
    found = problems(row.parsed)
    if found:
        raise Conflict(said(found[0]))
    old = row.template.versions.filter(state=OnboardingVersion.State.PUBLISHED).first()
    if old is not None:
        transition(old, "replace", by=by, now=now)
    changes = {"published_at": now, "published_by": by}
    return transition(row, "publish", by=by, now=now, changes=changes)


@transaction.atomic
def discard_draft(version: OnboardingVersion, *, by: User | None, now: datetime) -> None:
    """Forget a draft. Raises Conflict for the only version of a template, or a published one."""
    row = _draft(version)
    if row.template.versions.count() == 1:
        raise Conflict(_("This is the only version. Publish it, or take the template out of use."))
    audit.record("onboardingversion.discard", row, by=by, now=now, before={"number": row.number})
    row.delete()
