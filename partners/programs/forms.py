"""What people type about programmes, rules, benefits and one partner's tier."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.accounts.models import PartnerProfile
from partners.programs import words
from partners.programs.checks import criterion_problem
from partners.programs.metrics import WINDOW_WORDS, offered
from partners.programs.models import Benefit, PartnerProgram, ProgramType
from partners.programs.rules import ROLLING, Criterion, Group, Measure, Rules, Tier
from prm.common import config, money
from prm.common.fields import DayField, MoneyField
from prm.common.forms import Form
from prm.common.ids import uuid7_text

LENGTHS = (1, 3, 6, 12, 18, 24, 36)
LONGEST_TYPE = 60
SPARE = 2  # empty rows below the requirements that there are


class ProgramForm(Form):
    """What a programme is called and for whom it is."""

    name = forms.CharField(label=_("Name"), max_length=120)
    summary = forms.CharField(
        label=_("In one sentence"), max_length=300, required=False,
        help_text=_("Partners read it above the guide."),
    )  # fmt: skip
    types = forms.MultipleChoiceField(
        label=_("For partners of these types"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("A type is in one programme at most."),
    )
    further = forms.CharField(
        label=_("Further types"), max_length=1000, required=False,
        help_text=_("Of partners to come, one a line, as their profiles will say it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, program: PartnerProgram | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = PartnerProfile.objects.filter(valid_to=None).exclude(type="").order_by("type")
        known = set(rows.values_list("type", flat=True).distinct())
        used = ProgramType.objects.select_related("program").order_by("type")
        known |= {one.type for one in used}
        taken = [one for one in used if one.program != program]
        field = cast("forms.MultipleChoiceField", self.fields["types"])
        field.choices = [(one, _capital(one)) for one in sorted(known)]
        free = known - {one.type for one in taken}
        field.widget.choices = [(one, name) for one, name in field.choices if one in free]
        if taken:
            names = ", ".join(f"{_capital(one.type)} (“{one.program}”)" for one in taken)
            field.help_text = now_(
                "A type is in one programme at most. In others already: %(names)s."
            ) % {"names": names}
        if not known:
            del self.fields["types"]  # nothing to choose from: say them below

    def clean_further(self) -> list[str]:
        """The types that were typed. Raises ValidationError for one that is too long."""
        lines = str(self.cleaned_data["further"]).splitlines()
        found = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
        if any(len(one) > LONGEST_TYPE for one in found):
            raise forms.ValidationError(
                now_("A type has %(n)s letters at most.") % {"n": LONGEST_TYPE}
            )
        return found

    def clean(self) -> dict[str, Any]:
        """All types together; one at least."""
        data = super().clean() or self.cleaned_data
        types = [*data.get("types", []), *data.pop("further", [])]
        if not types and not {"types", "further"} & set(self.errors):
            place = "types" if "types" in self.fields else "further"
            self.add_error(place, now_("Choose or type at least one."))
        data["types"] = list(dict.fromkeys(types))
        return data


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class PolicyForm(Form):
    """When tiers are reviewed, and how partners go up and down."""

    review = forms.ChoiceField(
        label=_("Tiers are reviewed"), choices=list(words.REVIEW_WORDS.items())
    )
    promotion = forms.ChoiceField(
        label=_("Partners rise"), choices=list(words.PROMOTION_WORDS.items())
    )
    demotion = forms.ChoiceField(
        label=_("Partners fall"), choices=list(words.DEMOTION_WORDS.items())
    )
    grace_days = forms.IntegerField(label=_("Days of grace"), min_value=0, max_value=730)
    is_cumulative = forms.BooleanField(
        label=_("A tier also asks for what the tiers below it ask"), required=False
    )

    @classmethod
    def of(cls, rules: Rules, data: Any = None) -> "PolicyForm":
        """The form over the rules as they stand."""
        return cls(data, initial={name: getattr(rules, name) for name in cls.base_fields})


class TierForm(Form):
    """The name of a tier, and what it is worth: a field for each benefit of the library."""

    key = forms.CharField(
        label=_("Name of the tier"), max_length=60,
        help_text=_("The word that stands in the partners’ profiles, such as Gold."),
    )  # fmt: skip
    is_mandatory = forms.BooleanField(
        label=_("Its requirements hold for higher tiers too"), required=False
    )

    def __init__(self, data: Any = None, *, tier: Tier, benefits: list[Benefit]) -> None:
        initial = {"key": tier.key, "is_mandatory": tier.is_mandatory}
        super().__init__(data, initial=initial)
        self.worth = []
        for row in benefits:
            name = f"benefit-{row.public_id}"
            self.fields[name] = forms.CharField(
                label=row.name, max_length=80, required=False, help_text=row.description,
                initial=tier.benefits.get(str(row.public_id), ""),
            )  # fmt: skip
            self.worth.append(name)

    @property
    def benefit_fields(self) -> list[forms.BoundField]:
        """The fields of the benefits."""
        return [self[name] for name in self.worth]

    def benefits(self) -> dict[str, str]:
        """What was typed, by the benefit's id."""
        return {
            name.removeprefix("benefit-"): self.cleaned_data[name].strip()
            for name in self.worth
            if self.cleaned_data[name].strip()
        }


class CriterionForm(Form):
    """One requirement; without a figure the row is left out."""

    use_required_attribute = False
    metric = forms.ChoiceField(label=_("Figure"), required=False)
    window = forms.ChoiceField(label=_("Over"), required=False)
    operator = forms.ChoiceField(
        label=_("Is"), required=False, choices=list(words.OPERATOR_WORDS.items())
    )
    threshold = MoneyField(label=_("Value"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    is_choice = forms.BooleanField(label=_("Or the one above: one is enough"), required=False)
    is_hard = forms.BooleanField(
        label=_("Hard: who misses it loses the tier at once"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:  # the row may be left out, its parts may not: none says "optional"
            for field in self.fields.values():
                field.required = not isinstance(field, forms.BooleanField)
        self._choose("metric", [("", _("No requirement"))] + [
            (key, metric.label) for key, metric in offered().items()
        ])  # fmt: skip
        lengths = [(f"{ROLLING}:{n}", words.window(Measure("", ROLLING, n))) for n in LENGTHS]
        others = [(key, text) for key, text in WINDOW_WORDS.items() if key != ROLLING]
        self._choose("window", [*lengths, *others])
        own = config.program().currency
        codes = [own, *sorted(money.CURRENCIES - {own})]
        self._choose("currency", [(code, code) for code in codes])

    def _choose(self, name: str, choices: list[tuple[str, StrOrPromise]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        standing = self.initial.get(name)
        if standing and standing not in {key for key, _label in choices}:
            label = standing
            if standing.startswith(f"{ROLLING}:"):
                label = words.window(Measure("", ROLLING, int(standing.partition(":")[2])))
            choices = [*choices, (standing, label)]
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Check the requirement as a whole, once a figure is chosen."""
        data = super().clean() or {}
        if not data.get("metric") or self.errors:
            return data
        if data.get("threshold") is None:
            self.add_error("threshold", now_("Enter the value that is required."))
            return data
        problem = criterion_problem(self.criterion(), offered().get(data["metric"]))
        if problem:
            self.add_error("window", problem)
        return data

    @property
    def is_left_out(self) -> bool:
        """No figure was chosen."""
        return not self.cleaned_data.get("metric")

    def criterion(self) -> Criterion:
        """The requirement that was typed."""
        data = self.cleaned_data
        unit = offered()[data["metric"]].unit
        window, _colon, months = data["window"].partition(":")
        threshold = Decimal(data["threshold"])
        return Criterion(
            str(self.initial.get("id") or uuid7_text()),
            Measure(data["metric"], window, int(months or 0)),
            data["operator"],
            threshold / 100 if unit == "share" else threshold,
            data["currency"] if unit == "money" else "",
            data["is_hard"],
        )


def criterion_rows(tier: Tier) -> list[dict[str, Any]]:
    """The requirements of a tier as rows of the form; alternatives say so."""
    found = []
    for part in tier.requirements.parts:
        same = list(part.criteria()) if isinstance(part, Group) else [part]
        found += [_row(one, is_choice=place > 0) for place, one in enumerate(same)]
    return found


def _row(one: Criterion, *, is_choice: bool) -> dict[str, Any]:
    metric = offered().get(one.measure.metric)
    is_share = metric is not None and metric.unit == "share"
    window = one.measure.window
    return {
        "id": one.id,
        "metric": one.measure.metric,
        "window": f"{window}:{one.measure.months}" if window == ROLLING else window,
        "operator": one.operator,
        "threshold": one.threshold * 100 if is_share else one.threshold,
        "currency": one.currency or config.program().currency,
        "is_choice": is_choice,
        "is_hard": one.is_hard,
    }


def criterion_forms(tier: Tier, data: Any = None) -> list[CriterionForm]:
    """A form for each requirement, and some empty ones below."""
    rows: list[dict[str, Any]] = criterion_rows(tier)
    count = len(rows) + SPARE
    if data is not None:
        text = data.get("rows", "")
        count = min(30, int(text)) if text.isascii() and text.isdecimal() else count
    empty = {"window": f"{ROLLING}:12", "operator": "ge", "currency": config.program().currency}
    rows += [dict(empty) for _place in range(count - len(rows))]
    return [
        CriterionForm(data, prefix=f"c{place}", initial=row)
        for place, row in enumerate(rows[:count])
    ]


def requirements_of(rows: list[CriterionForm]) -> Group:
    """An AND of requirements, in which alternatives are an OR."""
    parts: list[list[Criterion]] = []
    for form in rows:
        if form.is_left_out:
            continue
        if form.cleaned_data["is_choice"] and parts:
            parts[-1].append(form.criterion())
        else:
            parts.append([form.criterion()])
    return Group("all", tuple(
        same[0] if len(same) == 1 else Group("any", tuple(same)) for same in parts
    ))  # fmt: skip


class BenefitForm(Form):
    """A benefit of the library."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(label=_("What it is"), max_length=300, required=False)
    is_active = forms.BooleanField(label=_("Offered in the rules"), required=False, initial=True)


class ReasonForm(Form):
    """Why something is decided."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why, in a few words.")},
    )  # fmt: skip


class PlaceForm(ReasonForm):
    """Another tier by hand."""

    tier = forms.ChoiceField(label=_("Tier"))
    is_recoding = forms.BooleanField(
        label=_("The tier is only called otherwise: count no move"), required=False
    )
    field_order = ("tier", "reason", "is_recoding")

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_tiers(self, rules)


class ExceptionForm(ReasonForm):
    """A tier although the requirements are missed, up to a day."""

    tier = forms.ChoiceField(label=_("Tier"))
    last_day = DayField(label=_("Up to and with"), help_text=_("At most two years ahead."))
    field_order = ("tier", "last_day", "reason")

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_tiers(self, rules)


def _offer_tiers(form: forms.Form, rules: Rules) -> None:
    field = form.fields["tier"]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared by both forms
    field.choices = [(tier.key, words.tier_name(tier.key)) for tier in rules.tiers]
