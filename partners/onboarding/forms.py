"""What people type about onboarding: plans, tasks, templates and their steps."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import PartnerProfile
from partners.onboarding import rules
from partners.onboarding.models import OnboardingTask, OnboardingTemplate
from partners.onboarding.rules import Step
from partners.programs.models import ProgramType
from prm.common.fields import DayField
from prm.common.forms import Form
from prm.common.models import BusinessCalendar
from prm.common.signinlink import is_own_path

NO_CALENDAR = _("That of the partner’s country")


def _words(label: Any, missing: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=300, help_text=help_text, error_messages={"required": missing},
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class StartForm(Form):
    """With which template a partner's onboarding begins, and on which day."""

    template = forms.ChoiceField(label=_("Template"))
    started_on = DayField(
        label=_("Begins on"), help_text=_("Due days are counted in business days from here.")
    )

    def __init__(self, data: Any, *, templates: list[OnboardingTemplate], today: Any) -> None:
        super().__init__(data, initial={"started_on": today})
        self.templates = {str(row.public_id): row for row in templates}
        field = cast("forms.ChoiceField", self.fields["template"])
        field.choices = [(key, str(row)) for key, row in self.templates.items()]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        template = self.templates[self.cleaned_data["template"]]
        return {"template": template, "started_on": self.cleaned_data["started_on"]}


class EndForm(Form):
    """Why an onboarding ends before it is completed."""

    reason = _words(_("Why it ends"), _("Say why it ends."), _("The partner reads it too."))


class NoteForm(Form):
    """What the person says with a task."""

    note = forms.CharField(
        label=_("Message"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class AnswerForm(Form):
    """What is still to be done; the partner reads it."""

    answer = forms.CharField(
        label=_("What is still to be done"), max_length=4000,
        help_text=_("The partner reads it, and gets it by mail."),
        error_messages={"required": _("Say what is still to be done.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class SkipForm(Form):
    """Why this partner need not do a task."""

    reason = _words(
        _("Why it is skipped"), _("Say why it is skipped."),
        _("The partner reads it too. A skipped task cannot be done later."),
    )  # fmt: skip


class DueForm(Form):
    """Another due day of a task, and why."""

    due_on = DayField(label=_("Due"))
    reason = _words(_("Why the day changes"), _("Say why the day changes."))


class TemplateForm(Form):
    """A template: its name, for whom it is, by which calendar days are counted."""

    name = forms.CharField(label=_("Name"), max_length=120)
    summary = forms.CharField(label=_("In one sentence"), max_length=300, required=False)
    types = forms.MultipleChoiceField(
        label=_("For partners of these types"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None marked: for all that have no template of their own."),
    )
    calendar = forms.ModelChoiceField(
        BusinessCalendar.objects.none(), label=_("Calendar"), required=False,
        empty_label=NO_CALENDAR,
    )  # fmt: skip
    starts_itself = forms.BooleanField(
        label=_("Starts by itself when an application is approved"), required=False
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, data: Any, *, stored: OnboardingTemplate | None = None) -> None:
        names = ("name", "summary", "types", "calendar", "starts_itself", "is_active")
        initial = {"starts_itself": True, "is_active": True}
        if stored is not None:
            initial = {name: getattr(stored, name) for name in names}
        super().__init__(data, initial=initial)
        rows = PartnerProfile.objects.filter(valid_to=None).exclude(type="").order_by("type")
        known = set(rows.values_list("type", flat=True).distinct())
        known |= set(ProgramType.objects.values_list("type", flat=True))  # of partners to come
        known |= set(stored.types if stored else ())
        types = cast("forms.MultipleChoiceField", self.fields["types"])
        types.choices = [(one, one[:1].upper() + one[1:]) for one in sorted(known)]
        calendar = cast("forms.ModelChoiceField[BusinessCalendar]", self.fields["calendar"])
        calendar.queryset = BusinessCalendar.objects.order_by("name")


class StepForm(Form):
    """One step of a draft."""

    title = forms.CharField(label=_("Title"), max_length=200)
    text = forms.CharField(
        label=_("What to do"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Both sides read it on the page of the task."),
    )  # fmt: skip
    side = forms.ChoiceField(
        label=_("To be done by"), choices=OnboardingTask.Side.choices, widget=forms.RadioSelect
    )
    days = forms.IntegerField(
        label=_("Due after business days"), min_value=0, max_value=rules.MOST_DAYS,
        help_text=_("Counted from the start of the onboarding."),
    )  # fmt: skip
    link = forms.CharField(
        label=_("Link"),
        max_length=500,
        required=False,
        help_text=_("Where it is done: a path of this site, or an address with https."),
    )
    required = forms.BooleanField(
        label=_("Required"), required=False,
        help_text=_("The onboarding is completed when all required steps are."),
    )  # fmt: skip
    approval = forms.BooleanField(
        label=_("We approve it"), required=False,
        help_text=_("It is handed in first, and done when one of us has looked at it."),
    )  # fmt: skip
    milestone = forms.ChoiceField(
        label=_("Done by itself with"), required=False,
        choices=[("", _("No milestone")), *OnboardingTask.Milestone.choices],
    )  # fmt: skip
    after = forms.MultipleChoiceField(
        label=_("These come first"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, data: Any, *, step: Step, others: list[Step]) -> None:
        initial = {name: getattr(step, name) for name in self.base_fields}
        super().__init__(data, initial=initial | {"after": list(step.after)})
        field = cast("forms.MultipleChoiceField", self.fields["after"])
        field.choices = [(one.key, one.title) for one in others]
        if not others:
            del self.fields["after"]

    def clean_link(self) -> str:
        """A path of this site or an address with https."""
        text = str(self.cleaned_data["link"]).strip()
        if text and not is_own_path(text) and not text.startswith("https://"):
            raise forms.ValidationError(
                now_("Enter a path that begins with / or an address that begins with https://.")
            )
        return text

    def clean(self) -> dict[str, Any]:
        """A step that is done by itself is approved by nobody."""
        data = super().clean() or self.cleaned_data
        if data.get("milestone") and data.get("approval"):
            self.add_error(
                "approval", now_("It is done by itself, so nobody can approve it. Unmark one.")
            )
        return data

    def step(self, key: str) -> Step:
        """What was typed, as a step."""
        data = dict(self.cleaned_data)
        return Step(key=key, **data | {"after": tuple(data.get("after", ()))})
