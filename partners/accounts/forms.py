"""What people type about partners."""

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner, PartnerProfile
from partners.accounts.selectors import partners_named
from prm.common import access
from prm.common.access import Actor, scope
from prm.common.countries import check_country
from prm.common.domains import DomainFormField
from prm.common.editforms import EditForm
from prm.common.fields import DayField
from prm.common.forms import Form
from prm.common.models import User

WORDS = ("tier", "type", "region", "segment")


class ManagerForm(Form):
    """Who looks after the chosen partners, and from which day on."""

    manager = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Partner manager"),
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose who looks after these partners.")},
    )
    valid_from = DayField(
        label=_("From"), help_text=_("Figures up to the day before stay with the manager of then.")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        manager = cast("forms.ModelChoiceField[User]", self.fields["manager"])
        manager.queryset = managers(actor)


class PartnerForm(EditForm):
    """What a partner company is itself: name, place, domain, parent."""

    standing = ("name", "domain", "city", "country", "parent", "is_test")

    name = forms.CharField(
        label=_("Name"),
        max_length=300,
        error_messages={"required": _("Enter the partner’s name.")},
    )
    domain = DomainFormField(label=_("Web domain"))
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=80, required=False, validators=[check_country]
    )
    parent = forms.CharField(
        label=_("Distributor or parent"),
        max_length=300,
        required=False,
        help_text=_("The name of a partner, or its web domain if several have that name."),
    )
    is_test = forms.BooleanField(label=_("Test partner, left out of all figures"), required=False)

    def __init__(self, data: QueryDict | None, *, actor: Actor, partner: Partner) -> None:
        values = {name: getattr(partner, name) for name in self.base_fields}
        # a parent outside the person's rows is not named, and stays as it is
        self.named_parent = scope(actor, Partner).filter(pk=partner.parent_id or 0).first()
        super().__init__(
            data, initial=values | {"parent": self.named_parent and self.named_parent.name}
        )
        self.actor, self.partner = actor, partner

    def clean_parent(self) -> Partner | None:
        """The partner of this name or domain, among those that the person may know of."""
        text = str(self.cleaned_data["parent"]).strip()
        if not text:
            return None if self.named_parent else self.partner.parent
        if self.named_parent is not None and text == self.named_parent.name:
            return self.named_parent
        return partner_named(self.actor, text)


def partner_named(actor: Actor, text: str) -> Partner:
    """The one partner of this name or domain that a person may know of.

    Raises ValidationError for none and for several.
    """
    found = partners_named(actor, text)
    if not found:
        raise forms.ValidationError(now_("No partner has this name. Enter it as its page does."))
    if len(found) > 1:
        raise forms.ValidationError(
            now_("Several partners have this name. Enter the web domain of the one.")
        )
    return found[0]


class ProfileForm(EditForm):
    """What a partner is from a day on: tier, type, region, segment, who looks after it."""

    standing = (*WORDS, "manager")

    valid_from = DayField(label=_("From"), help_text=_("Figures of earlier days stay as they are."))
    tier = forms.CharField(label=_("Tier"), max_length=60, required=False)
    type = forms.CharField(label=_("Type"), max_length=60, required=False)
    region = forms.CharField(label=_("Region"), max_length=60, required=False)
    segment = forms.CharField(label=_("Segment"), max_length=60, required=False)
    manager = forms.ModelChoiceField(
        User.objects.none(), label=_("Partner manager"), required=False
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        actor: Actor,
        current: PartnerProfile | None,
        **more: object,
    ) -> None:
        values = {name: getattr(current, name, "") for name in (*WORDS, "manager")}
        super().__init__(data, initial=values | more)
        for name in WORDS:
            self.fields[name].widget.attrs["list"] = f"known-{name}"
        if actor.has(*access.SEES_ALL_PARTNERS):
            field = cast("forms.ModelChoiceField[User]", self.fields["manager"])
            # whoever left stays chosen until somebody else is: no hand-over by the way
            known = Q(pk__in=managers(actor)) | Q(pk=current.manager_id if current else None)
            field.queryset = User.objects.filter(known).order_by("name", "email")
        else:
            del self.fields["manager"]  # nobody hands over the own partners alone


def managers(actor: Actor) -> QuerySet[User]:
    """The vendor's people who may look after partners."""
    people = scope(actor, User).filter(staff_role__in=access.MANAGES, is_active=True)
    return people.order_by("name", "email")


def known_words(actor: Actor) -> dict[str, list[str]]:
    """The tiers, types, regions and segments in use today, to choose from while typing."""
    rows = scope(actor, PartnerProfile).filter(valid_to=None).order_by()
    found: dict[str, set[str]] = {name: set() for name in WORDS}
    for row in rows.values(*WORDS).distinct()[:1000]:
        for name in WORDS:
            found[name].add(row[name])
    return {name: sorted(values - {""}) for name, values in found.items()}
