"""What people say about a task: what, who, by when."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from prm.common.access import Actor
from prm.common.fields import DayField
from prm.common.forms import Form
from prm.common.models import Task, User
from prm.common.worklist import sources
from prm.common.worklist.selectors import may_own

OURS, COMPANY = Task.Side.OURS.value, Task.Side.COMPANY.value


def _people(side: str, company: UUID | None) -> dict[str, User]:
    """Those who can own a task of this side, by what the form calls them."""
    return {f"{side}:{user.public_id}": user for user in may_own(side, company)}


class TaskForm(Form):
    """A new task. Who is to do it says whose side it is on, too."""

    title = forms.CharField(
        label=_("What is to be done"),
        max_length=200,
        error_messages={"required": _("Say what is to be done.")},
    )
    company = forms.CharField(
        label=_("Partner"),
        max_length=300,
        required=False,
        help_text=_("The name of the partner that it is about, or its web domain."),
    )
    who = forms.ChoiceField(label=_("Who is to do it"))
    due_on = DayField(label=_("Due"), required=False)
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=Task.Priority.choices,
        coerce=int,
        initial=Task.Priority.NORMAL,
    )

    def __init__(self, data: Any, *, actor: Actor, company: UUID | None) -> None:
        super().__init__(data)
        self.actor, self.company_id = actor, company
        if company is not None or actor.is_partner:
            del self.fields["company"]
        self.people: dict[str, User] = {}
        choices: list[tuple[str, Any]] = []
        if not actor.is_partner:
            choices += self._of(OURS, now_("Us"), now_("Nobody yet, of us"))
        if company is not None:
            name = sources.companies().names(actor, [company]).get(company, "")
            choices += self._of(COMPANY, name, now_("Anybody at %(name)s") % {"name": name})
        elif not actor.is_partner:
            choices.append((f"{COMPANY}:", now_("Anybody at the partner")))
        who = cast("forms.ChoiceField", self.fields["who"])
        who.choices = choices
        user = actor.user
        side = COMPANY if actor.is_partner else OURS
        who.initial = f"{side}:{user.public_id}" if user else None

    def _of(self, side: str, group: str, nobody: str) -> list[tuple[str, Any]]:
        found = _people(side, self.company_id)
        self.people |= found
        return [(group, [(f"{side}:", nobody), *((key, str(one)) for key, one in found.items())])]

    def clean_company(self) -> UUID | None:
        """The partner of this name, of those that the person may know of."""
        text = str(self.cleaned_data["company"]).strip()
        if not text:
            return None
        found = sources.companies().find(self.actor, text)
        if len(found) > 1:
            raise forms.ValidationError(
                now_("Several partners have this name. Enter the web domain of the one.")
            )
        if not found:
            raise forms.ValidationError(
                now_("No partner has this name. Enter it as its page does.")
            )
        return next(iter(found))

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = dict(self.cleaned_data)
        who = str(given.pop("who"))
        company = given.pop("company", None) or self.company_id
        owner = self.people.get(who)
        return given | {"side": who.partition(":")[0], "owner": owner, "company": company}


class HandOverForm(Form):
    """Who is to do an open task, and until when."""

    who = forms.ChoiceField(label=_("Owner"), required=False)
    due_on = DayField(label=_("Due"), required=False)

    def __init__(self, data: Any, *, task: Task) -> None:
        owner = f"{task.side}:{task.owner.public_id}" if task.owner else ""
        super().__init__(data, initial={"who": owner, "due_on": task.due_on})
        self.people = _people(task.side, task.company)
        if task.owner is not None:
            self.people.setdefault(owner, task.owner)  # who left stays until somebody else is
        choices = [(key, str(one)) for key, one in self.people.items()]
        cast("forms.ChoiceField", self.fields["who"]).choices = [("", now_("Nobody")), *choices]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        owner = self.people.get(self.cleaned_data["who"])
        return {"owner": owner, "due_on": self.cleaned_data["due_on"]}


class SnoozeForm(Form):
    """Until when a task rests."""

    until = DayField(
        label=_("Let it rest until"), error_messages={"required": _("Choose a day that is ahead.")}
    )


class DismissForm(Form):
    """Why a task need not be done."""

    reason = forms.CharField(
        label=_("Why it need not be done"),
        max_length=300,
        error_messages={"required": _("Say why it need not be done.")},
    )
