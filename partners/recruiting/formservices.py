"""Application forms: made and changed by those who run the programme."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.recruiting.models import ApplicationForm
from partners.recruiting.rules import question_of
from prm.common import audit
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.refusals import explain

CHANGEABLE = (
    "slug", "title", "intro", "questions", "types", "countries", "mail_domains", "channels",
    "reapply_days", "is_open", "by_invitation",
)  # fmt: skip
# Words that stand in addresses beside those of forms.
RESERVED = frozenset({"sent", "confirm", "status", "invited", "access"})
MOST_QUESTIONS = 20

explain("applicationform_slug_key", lazy("Another form has this address. Choose another one."))


@transaction.atomic
def create_form(*, by: User | None, now: datetime, **fields: Any) -> ApplicationForm:
    """A new form; its public page is there at once if it is open. Raises InvalidInput."""
    _check(fields)
    if ApplicationForm.objects.filter(slug=fields["slug"]).exists():
        raise InvalidInput(_("Another form has this address. Choose another one."), "slug")
    form = ApplicationForm.objects.create(**fields)
    audit.record("applicationform.create", form, by=by, now=now, after={"title": form.title})
    return form


@transaction.atomic
def change_form(
    form: ApplicationForm, *, by: User | None, now: datetime, **changes: Any
) -> ApplicationForm:
    """Change what a form says and asks. Applications keep the answers that they gave.

    Raises InvalidInput for unknown fields, an address that is taken, or a broken question.
    """
    _check(changes)
    form = ApplicationForm.objects.select_for_update().get(pk=form.pk)
    changed = {key: value for key, value in changes.items() if getattr(form, key) != value}
    if not changed:
        return form
    taken = ApplicationForm.objects.exclude(pk=form.pk)
    if "slug" in changed and taken.filter(slug=changed["slug"]).exists():
        raise InvalidInput(_("Another form has this address. Choose another one."), "slug")
    before = audit.snapshot(form, list(changed))
    for key, value in changed.items():
        setattr(form, key, value)
    form.save(update_fields=[*changed, "updated_at"])
    audit.record("applicationform.change", form, by=by, now=now, before=before, after=changed)
    return form


def _check(fields: dict[str, Any]) -> None:
    if unknown := set(fields) - set(CHANGEABLE):
        raise InvalidInput(
            _("%(names)s cannot be changed here.") % {"names": ", ".join(sorted(unknown))}
        )
    if fields.get("slug") in RESERVED:
        raise InvalidInput(_("This address is in use for something else. Choose another."), "slug")
    questions = fields.get("questions", [])
    if len(questions) > MOST_QUESTIONS:
        raise InvalidInput(_("Ask at most %(n)s questions.") % {"n": MOST_QUESTIONS}, "questions")
    for stored in questions:
        try:
            question = question_of(stored)
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(_("Each question needs a key and a text."), "questions") from error
        if question.kind not in ApplicationForm.Kind.values or not question.label.strip():
            raise InvalidInput(_("Each question needs a text and a kind."), "questions")
        if question.kind == ApplicationForm.Kind.CHOICE and len(question.choices) < 2:
            raise InvalidInput(
                _("Give “%(label)s” two answers or more to choose from.")
                % {"label": question.label},
                "questions",
            )
