"""The form with which an application form is made: its page, its questions, who may apply."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from partners.recruiting.deskforms import LinesField
from partners.recruiting.models import ApplicationForm
from partners.recruiting.rules import Question, question_of
from prm.common.forms import Form

BLANK = 3  # rows for further questions
LABELS = ("label", "kind", "choices", "required")


class FormForm(Form):
    """What stands on the public page, and the rules of the form."""

    title = forms.CharField(label=_("Title"), max_length=120)
    slug = forms.SlugField(
        label=_("Address"),
        max_length=60,
        help_text=_("The last part of the public page’s address: small letters and hyphens."),
    )
    intro = forms.CharField(
        label=_("Introduction"),
        help_text=_("What the programme offers. A blank line begins a new paragraph."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    is_open = forms.BooleanField(label=_("Open: takes applications"), required=False, initial=True)
    by_invitation = forms.BooleanField(label=_("By invitation only"), required=False)
    types = LinesField(
        label=_("Kinds of company to choose from"), help_text=_("One a line."), longest=60
    )
    countries = LinesField(
        label=_("Countries"),
        help_text=_("Only companies from these can apply. One a line; blank: all."),
        longest=80,
    )
    mail_domains = LinesField(
        label=_("Mail domains"),
        help_text=_("Only such addresses can apply, like acme.com or *.edu. Blank: all."),
        longest=253,
    )
    channels = LinesField(
        label=_("Sources"),
        help_text=_("Words for links, like linkedin: …?source=linkedin is counted apart."),
        longest=40,
        rows=2,
    )
    again = forms.ChoiceField(
        label=_("A rejected company may apply again"),
        choices=[
            ("now", _("At once")),
            ("later", _("After some days")),
            ("never", _("Never")),
        ],
        widget=forms.RadioSelect,
        initial="later",
    )
    reapply_days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=3650, required=False, initial=90
    )

    def __init__(self, data: QueryDict | None, *, form: ApplicationForm | None = None) -> None:
        questions = [question_of(stored) for stored in form.questions] if form else []
        super().__init__(data, initial=_known(form, questions))
        sent = [name for name in data or () if name.startswith("q") and name.endswith("_label")]
        self.places = range(max(len(questions) + BLANK, len(sent)) if len(sent) < 30 else 30)
        for place in self.places:
            self._add_question(place)

    def _add_question(self, place: int) -> None:
        self.fields[f"q{place}_key"] = forms.SlugField(
            max_length=60, required=False, widget=forms.HiddenInput
        )
        self.fields[f"q{place}_label"] = forms.CharField(
            label=_("Question"), max_length=300, required=False
        )
        self.fields[f"q{place}_kind"] = forms.ChoiceField(
            label=_("Answer"), choices=ApplicationForm.Kind.choices, required=False
        )
        self.fields[f"q{place}_choices"] = LinesField(
            label=_("Answers to choose from"), longest=120, rows=2
        )
        self.fields[f"q{place}_required"] = forms.BooleanField(
            label=_("Must be answered"), required=False
        )

    def question_rows(self) -> list[dict[str, Any]]:
        """The fields of each question."""
        return [
            {"key": self[f"q{place}_key"], **{name: self[f"q{place}_{name}"] for name in LABELS}}
            for place in self.places
        ]

    def clean_slug(self) -> str:
        """In small letters."""
        return str(self.cleaned_data["slug"]).lower()

    def clean(self) -> dict[str, Any]:
        """Days go with "after some days"."""
        given = super().clean() or self.cleaned_data
        is_missing = not given.get("reapply_days") and "reapply_days" not in self.errors
        if given.get("again") == "later" and is_missing:
            self.add_error("reapply_days", _("Enter the number of days."))
        return given

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        days = {"now": 0, "never": None}.get(given["again"], given["reapply_days"])
        names = ("title", "slug", "intro", "is_open", "by_invitation", "types", "countries",
                 "mail_domains")  # fmt: skip
        return {
            **{name: given[name] for name in names},
            "channels": [slugify(word) for word in given["channels"] if slugify(word)],
            "reapply_days": days,
            "questions": self._questions(),
        }

    def _questions(self) -> list[dict[str, Any]]:
        """The questions that have a text; one keeps its key for good, a new one gets one."""
        given, found = self.cleaned_data, []
        taken: set[str] = set()
        for place in self.places:
            label = given[f"q{place}_label"].strip()
            if not label:
                continue
            key = given[f"q{place}_key"] or slugify(label)[:50] or "q"
            while key in taken:
                key += "x"
            taken.add(key)
            kind = given[f"q{place}_kind"] or "text"
            choices = tuple(given[f"q{place}_choices"]) if kind == "choice" else ()
            required = given[f"q{place}_required"]
            found.append(Question(key, label, kind, choices, required).as_json())
        return found


def _known(form: ApplicationForm | None, questions: list[Question]) -> dict[str, Any]:
    if form is None:
        return {}
    names = ("title", "slug", "intro", "is_open", "by_invitation", "types", "countries",
             "mail_domains", "channels")  # fmt: skip
    found: dict[str, Any] = {name: getattr(form, name) for name in names}
    again = {0: "now", None: "never"}.get(form.reapply_days, "later")
    found |= {"again": again, "reapply_days": form.reapply_days or 90}
    for place, one in enumerate(questions):
        found |= {
            f"q{place}_key": one.key,
            f"q{place}_label": one.label,
            f"q{place}_kind": one.kind,
            f"q{place}_choices": list(one.choices),
            f"q{place}_required": one.required,
        }
    return found
