"""What the vendor's people type: decisions, invitations, forms, the ideal profile."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.forms import managers, partner_named
from partners.accounts.models import Membership, Partner
from partners.programs.models import PartnerProgram
from partners.programs.selectors import enterable
from partners.recruiting.duties import looks_after
from partners.recruiting.fitting import NAMES, OF_NUMBERS
from partners.recruiting.models import Application, ApplicationForm
from partners.recruiting.rules import WEIGHTS, Criterion
from prm.common import access
from prm.common.access import Actor
from prm.common.fields import DayField
from prm.common.forms import Form
from prm.common.models import User


def _text(rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **more)


class PartnerText(forms.CharField):
    """A partner by name or web domain, among those that the person may know of."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=300, required=False, **more)
        self.actor: Actor = access.ANONYMOUS

    def clean(self, value: Any) -> Any:
        """The partner, or None. Raises ValidationError."""
        text = str(super().clean(value) or "").strip()
        return partner_named(self.actor, text) if text else None


class ApproveForm(Form):
    """What the new partner is from the first day on, or which partner it is already."""

    known_partner = PartnerText(
        label=_("Is a partner already"),
        help_text=_(
            "Name or web domain of the partner. Leave it blank for a new one. Its "
            "administrators decide whether the applicant may sign in for it."
        ),
    )
    program = forms.ModelChoiceField(
        PartnerProgram.objects.none(),
        label=_("Programme"),
        empty_label=_("None"),
        required=False,
        help_text=_("The partner enters it in its first tier, unless you name another one."),
    )
    type = forms.CharField(label=_("Type"), max_length=60, required=False)
    tier = forms.CharField(label=_("Tier"), max_length=60, required=False)
    region = forms.CharField(label=_("Region"), max_length=60, required=False)
    segment = forms.CharField(label=_("Segment"), max_length=60, required=False)
    manager = forms.ModelChoiceField(
        User.objects.none(), label=_("Partner manager"), required=False, empty_label=_("Nobody yet")
    )
    contract_from = DayField(
        label=_("Contract from"),
        help_text=_("Leave it blank if the contract is signed later."),
        required=False,
    )

    def __init__(self, data: QueryDict | None, *, actor: Actor, application: Application) -> None:
        programs = enterable(actor)
        known = {
            "type": application.type,
            "region": application.region,
            "manager": looks_after(application) or actor.user,
            "program": programs.filter(types__type__iexact=application.type).first(),
        }
        super().__init__(data, initial=known)
        choice = cast("forms.ModelChoiceField[PartnerProgram]", self.fields["program"])
        choice.queryset = programs
        cast("PartnerText", self.fields["known_partner"]).actor = actor
        for name in ("type", "tier", "region", "segment"):
            self.fields[name].widget.attrs["list"] = f"known-{name}"
        if actor.has(*access.SEES_ALL_PARTNERS):
            field = cast("forms.ModelChoiceField[User]", self.fields["manager"])
            field.queryset = managers(actor)
        else:
            del self.fields["manager"]  # whoever looks after some partners takes this one too
        self.actor = actor

    def values(self, today: date) -> dict[str, Any]:
        """What the service takes."""
        found = dict(self.cleaned_data)
        partner = found.pop("known_partner")
        contract_from = found.pop("contract_from")
        if "manager" not in found:
            found["manager"] = self.actor.user
        day = min(contract_from, today) if contract_from else today
        return {**found, "partner": partner, "contract_from": contract_from, "valid_from": day}


class RejectForm(Form):
    """Why not, and what the applicant reads."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=Application.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the reasons.")},
    )
    note = _text(4, label=_("Message to the applicant"), required=False)


class AskForm(Form):
    """What we want to know."""

    text = _text(
        4,
        label=_("Your question"),
        error_messages={"required": _("Write what you want to know.")},
    )


class WithdrawForm(Form):
    """Why the company no longer wants to."""

    reason = forms.CharField(label=_("What they said"), max_length=300, required=False)


class InvitationForm(Form):
    """Whom to invite."""

    form = forms.ModelChoiceField(
        ApplicationForm.objects.none(), label=_("Form"), empty_label=_("Choose one")
    )
    company = forms.CharField(label=_("Company"), max_length=300, required=False)
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"))
    channel = forms.SlugField(
        label=_("Source"),
        max_length=40,
        initial="invitation",
        help_text=_("Where you know the company from, in one word, such as a trade fair."),
    )
    note = _text(3, label=_("Personal message"), required=False)
    days = forms.IntegerField(
        label=_("Holds for so many days"), min_value=1, max_value=180, initial=30
    )

    def __init__(self, data: QueryDict | None, *, actor: Actor) -> None:
        super().__init__(data)
        field = cast("forms.ModelChoiceField[ApplicationForm]", self.fields["form"])
        field.queryset = access.scope(actor, ApplicationForm).filter(is_open=True)


class RolesForm(Form):
    """For which company a person signs in, and as what."""

    partner = PartnerText(label=_("Company"), help_text=_("Name or web domain of the partner."))
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Membership.Role.SALES],
    )

    def __init__(self, data: QueryDict | None, *, actor: Actor, partner: Partner | None) -> None:
        super().__init__(data)
        if partner is not None:
            del self.fields["partner"]
        else:
            cast("PartnerText", self.fields["partner"]).actor = actor
            self.fields["partner"].required = True


class RefuseForm(Form):
    """What the person reads."""

    note = _text(3, label=_("Message"), required=False)


class LinesField(forms.CharField):
    """Several entries, one a line; a list of texts."""

    def __init__(self, *, longest: int, rows: int = 3, **more: Any) -> None:
        more.setdefault("required", False)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), max_length=8000, **more)
        self.longest = longest

    def clean(self, value: Any) -> Any:
        """The entries. Raises ValidationError for one that is too long."""
        lines = [line.strip() for line in str(super().clean(value) or "").splitlines()]
        found = list(dict.fromkeys(line for line in lines if line))
        for line in found:
            if len(line) > self.longest:
                raise forms.ValidationError(
                    now_("Shorten “%(line)s”: at most %(n)s characters fit.")
                    % {"line": line[:40], "n": self.longest}
                )
        return found

    def prepare_value(self, value: Any) -> Any:
        """One a line."""
        return "\n".join(value) if isinstance(value, list) else value


def profile_fields(criteria: list[Criterion]) -> dict[str, Any]:
    """The values of the ideal profile's form."""
    found: dict[str, Any] = {}
    for one in criteria:
        found[f"{one.key}_weight"] = one.weight
        found[f"{one.key}_least"] = one.least
        found[f"{one.key}_wanted"] = list(one.wanted)
    return found


class ProfileForm(Form):
    """The ideal profile: a weight for each criterion and what is wanted."""

    def __init__(
        self, data: QueryDict | None, *, criteria: list[Criterion], is_locked: bool = False
    ) -> None:
        super().__init__(data, initial=profile_fields(criteria))
        for key in WEIGHTS:
            self.fields[f"{key}_weight"] = forms.IntegerField(
                label=_("Weight"), min_value=0, max_value=100, initial=0
            )
            if key in OF_NUMBERS:
                self.fields[f"{key}_least"] = forms.IntegerField(
                    label=_("At least"), min_value=1, max_value=100_000, required=False
                )
            else:
                self.fields[f"{key}_wanted"] = LinesField(
                    label=_("One of these, one a line"), longest=60, rows=2
                )

        for field in self.fields.values():
            field.disabled = is_locked

    def rows(self) -> list[dict[str, Any]]:
        """The criteria with their fields, in order."""
        return [
            {
                "name": NAMES[key],
                "weight": self[f"{key}_weight"],
                "what": self[f"{key}_least" if key in OF_NUMBERS else f"{key}_wanted"],
            }
            for key in WEIGHTS
        ]

    def criteria(self) -> list[Criterion]:
        """What the service takes."""
        given = self.cleaned_data
        return [
            Criterion(
                key,
                given[f"{key}_weight"] or 0,
                tuple(given.get(f"{key}_wanted") or ()),
                given.get(f"{key}_least"),
            )
            for key in WEIGHTS
        ]
