"""Everything that changes programmes, their rules and the library of benefits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners import signals
from partners.programs.checks import problems
from partners.programs.models import Benefit, PartnerProgram, ProgramType, RuleVersion
from partners.programs.ruledoc import to_json
from partners.programs.rules import Rules
from prm.common import audit
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain
from prm.common.transition import transition

MOST_TYPES = 30
explain(
    "partners_programtype_once",
    lazy("One of these partner types is in another programme already. A type is in one only."),
)
explain(
    "partners_ruleversion_one_draft",
    lazy("Somebody began a draft of these rules a moment ago. Open that one."),
)
explain(
    "partners_tierexception_no_overlap",
    lazy("This partner has an exception on these days already. Take it back first."),
)


@transaction.atomic
def create_program(
    *, name: str, types: Sequence[str], by: User | None, now: datetime, summary: str = ""
) -> PartnerProgram:
    """A new programme for the partners of these types, with an empty draft of its rules.

    Raises InvalidInput without a name or types, or for a type that is in another programme.
    """
    name = _named(name, PartnerProgram.objects.all())
    program = PartnerProgram.objects.create(name=name, summary=summary)
    _give_types(program, types)
    RuleVersion.objects.create(program=program, number=1, rules=to_json(Rules()))
    after = {"name": name, "types": ", ".join(types)}
    audit.record("partnerprogram.create", program, by=by, now=now, after=after)
    return program


@transaction.atomic
def change_program(
    program: PartnerProgram,
    *,
    by: User | None,
    now: datetime,
    name: str | None = None,
    summary: str | None = None,
    types: Sequence[str] | None = None,
) -> PartnerProgram:
    """Change name, sentence or types. Nobody moves: tiers are looked at by the next evaluation."""
    program = PartnerProgram.objects.select_for_update().get(pk=program.pk)
    known = sorted(program.types.values_list("type", flat=True))
    before = {"name": program.name, "summary": program.summary, "types": ", ".join(known)}
    if name is not None:
        program.name = _named(name, PartnerProgram.objects.exclude(pk=program.pk))
    if summary is not None:
        program.summary = summary
    program.save(update_fields=["name", "summary", "updated_at"])
    if types is not None and sorted(types) != known:
        program.types.all().delete()
        _give_types(program, types)
        known = sorted(types)
    after = {"name": program.name, "summary": program.summary, "types": ", ".join(known)}
    changed = [key for key in after if after[key] != before[key]]
    if changed:
        audit.record(
            "partnerprogram.change", program, by=by, now=now,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )  # fmt: skip
    return program


def _named(name: str, others: Any) -> str:
    name = name.strip()
    if not name:
        raise InvalidInput(_("Enter a name."), "name")
    if others.filter(name__iexact=name).exists():
        raise InvalidInput(_("Something has this name already. Choose another one."), "name")
    return name


def _give_types(program: PartnerProgram, types: Sequence[str]) -> None:
    """Raises InvalidInput for no types, too many, or one that is taken: rules never overlap."""
    if not types or len(types) > MOST_TYPES:
        raise InvalidInput(_("Choose the partner types that this programme is for."), "types")
    taken = ProgramType.objects.filter(type__in=types).select_related("program").first()
    if taken is not None:
        raise InvalidInput(
            _(
                "Partners of the type %(type)s are in “%(name)s” already. A type is in one"
                " programme."
            )
            % {"type": taken.type, "name": taken.program},
            "types",
        )
    ProgramType.objects.bulk_create(
        [ProgramType(program=program, type=one) for one in sorted(set(types))]
    )


@transaction.atomic
def start_draft(program: PartnerProgram, *, by: User | None, now: datetime) -> RuleVersion:
    """The draft to edit: the one there is, else a copy of the newest rules. Moves nobody."""
    PartnerProgram.objects.select_for_update().get(pk=program.pk)
    draft = program.versions.filter(state=RuleVersion.State.DRAFT).first()
    if draft is not None:
        return draft
    newest = program.versions.order_by("-number").first()
    last = program.versions.aggregate(last=Max("number"))["last"] or 0
    rules = newest.rules if newest else to_json(Rules())
    draft = RuleVersion.objects.create(program=program, number=last + 1, rules=rules)
    audit.record("ruleversion.create", draft, by=by, now=now)
    return draft


@transaction.atomic
def save_draft(
    draft: RuleVersion, rules: Rules, *, edit: int, by: User | None, now: datetime
) -> RuleVersion:
    """Store the edited rules; ``edit`` is the one that the person saw. Moves nobody.

    Raises Conflict when somebody else edited or published the draft meanwhile.
    """
    before = draft.rules
    after = to_json(rules)
    changed = RuleVersion.objects.filter(
        pk=draft.pk, state=RuleVersion.State.DRAFT, edit=edit
    ).update(rules=after, edit=F("edit") + 1, updated_at=now)
    if not changed:
        raise Conflict(
            _(
                "Somebody else changed these rules a moment ago. Load the page, then make your"
                " change."
            )
        )
    parts = [key for key in after if after[key] != before.get(key)]
    audit.record(
        "ruleversion.change", draft, by=by, now=now,
        before={key: before.get(key) for key in parts}, after={key: after[key] for key in parts},
    )  # fmt: skip
    draft.refresh_from_db()
    return draft


@transaction.atomic
def publish(draft: RuleVersion, *, by: User | None, now: datetime) -> RuleVersion:
    """From now on these are the rules: partners read them, the next evaluation uses them.

    Publishing itself moves nobody. Raises InvalidInput with everything that is wrong with them.
    """
    program = PartnerProgram.objects.select_for_update().get(pk=draft.program_id)
    draft = RuleVersion.objects.select_for_update().get(pk=draft.pk)
    if wrong := problems(draft.parsed):
        raise InvalidInput(" ".join(wrong), "rules")
    old = program.versions.filter(state=RuleVersion.State.PUBLISHED).first()
    if old is not None and draft.state == RuleVersion.State.DRAFT:
        transition(old, "replace", by=by, now=now)
    changes = {"published_at": now, "published_by": by}
    draft = transition(draft, "publish", by=by, now=now, changes=changes)
    signals.rules_published.send(sender=RuleVersion, version=draft, now=now)
    return draft


@transaction.atomic
def discard_draft(draft: RuleVersion, *, by: User | None, now: datetime) -> None:
    """Forget a draft. Raises Conflict when it is published meanwhile, or the only version."""
    draft = RuleVersion.objects.select_for_update().get(pk=draft.pk)
    if draft.state != RuleVersion.State.DRAFT:
        raise Conflict(_("These rules are published already. Begin a new draft."))
    if not draft.program.versions.exclude(pk=draft.pk).exists():
        raise Conflict(_("A programme needs rules. Change this draft instead."))
    audit.record("ruleversion.delete", draft, by=by, now=now, before={"number": draft.number})
    draft.delete()


@transaction.atomic
def save_benefit(
    benefit: Benefit | None,
    *,
    name: str,
    by: User | None,
    now: datetime,
    description: str = "",
    is_active: bool = True,
) -> Benefit:
    """Add a benefit to the library, or change one. Raises InvalidInput for a name that is taken."""
    others = Benefit.objects.exclude(pk=benefit.pk) if benefit else Benefit.objects.all()
    values = {"name": _named(name, others), "description": description, "is_active": is_active}
    if benefit is None:
        benefit = Benefit.objects.create(**values)
        audit.record("benefit.create", benefit, by=by, now=now, after=values)
        return benefit
    benefit = Benefit.objects.select_for_update().get(pk=benefit.pk)
    before = audit.snapshot(benefit, list(values))
    changed = [key for key, value in values.items() if before[key] != value]
    for key in changed:
        setattr(benefit, key, values[key])
    if changed:
        benefit.save(update_fields=[*changed, "updated_at"])
        audit.record(
            "benefit.change", benefit, by=by, now=now,
            before={key: before[key] for key in changed},
            after={key: values[key] for key in changed},
        )  # fmt: skip
    return benefit


def with_tier(rules: Rules, place: int, **changes: Any) -> Rules:
    """The rules with one tier (counted from the lowest, 0) changed."""
    tiers = list(rules.tiers)
    tiers[place] = replace(tiers[place], **changes)
    return replace(rules, tiers=tuple(tiers))
