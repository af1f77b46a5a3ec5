"""What people outside type: an application with the questions of its form, a request for access."""

from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.alike import domain_of
from partners.recruiting.models import ApplicationForm
from partners.recruiting.rules import Question, meets_country, meets_mail, question_of
from prm.common.domains import names_address
from prm.common.forms import Form

STAMP_SALT = "partners.recruiting.stamp"
QUICKEST = 3.0  # seconds; nobody fills in a form faster
OLDEST = 86_400


def new_stamp() -> str:
    """When a page was made, signed; it comes back with the form."""
    return signing.dumps("", salt=STAMP_SALT)


def stamp_problem(stamp: str) -> str:
    """What to tell about a form that came too fast or too late; "" for a good one."""
    signer = signing.TimestampSigner(salt=STAMP_SALT)
    try:
        signing.loads(stamp, salt=STAMP_SALT, max_age=OLDEST)
    except signing.BadSignature:
        return now_("This page was open for a long time. Look over your entries and send it again.")
    made = signing.b62_decode(stamp.rsplit(signer.sep, 2)[1])
    if signing.b62_decode(signer.timestamp()) - made < QUICKEST:
        return now_("That was very fast. Look over your entries and send it again.")
    return ""


def kept_stamp(stamp: str) -> str:
    """The stamp for the next try: ours is kept while it is young, and is then late enough."""
    try:
        signing.loads(stamp, salt=STAMP_SALT, max_age=OLDEST)
    except signing.BadSignature:
        return new_stamp()
    return stamp


class PublicForm(Form):
    """A form for anybody: a trap for programs that fill in every field, and no words of links."""

    # people never see it; whoever fills it in is a program
    fax = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    @property
    def is_trapped(self) -> bool:
        """Whether a program filled in what nobody sees."""
        return bool(self.data.get("fax"))

    def visible_fields(self) -> list[Any]:
        """All but the trap."""
        return [field for field in super().visible_fields() if field.name != "fax"]

    def no_address(self, name: str) -> str:
        """The text of a field that goes into mails, where no web address may stand.

        Raises ValidationError.
        """
        text = str(self.cleaned_data[name]).strip()
        if names_address(text):
            raise forms.ValidationError(now_("Leave out web addresses here."))
        return text


class ApplyForm(PublicForm):
    """An application: who you are, what you do, what this form asks beyond that."""

    company = forms.CharField(label=_("Company"), max_length=300)
    domain = forms.CharField(
        label=_("Website"),
        max_length=253,
        error_messages={"required": _("Enter your company’s web domain, like company.com.")},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
    )
    country = forms.CharField(
        label=_("Country"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    type = forms.ChoiceField(label=_("What kind of company are you?"), required=False)
    people = forms.IntegerField(
        label=_("How many people would work with us?"), min_value=0, max_value=100_000,
        required=False,
    )  # fmt: skip
    customers = forms.CharField(
        label=_("Some of your customers"),
        help_text=_("Names or web domains, one a line. We compare them with our own."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    certificates = forms.CharField(
        label=_("Certificates"),
        help_text=_("One a line, for example ISO 27001."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    contact_name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your work e-mail"),
        help_text=_("We send a link there to confirm the application."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    referrer = forms.CharField(label=_("Who recommended us?"), max_length=200, required=False)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        form: ApplicationForm,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.form = form
        self.questions = [question_of(stored) for stored in form.questions]
        for question in self.questions:
            self.fields[f"q_{question.key}"] = _asked(question)
        if form.types:
            choices = [("", _("Choose one")), *((one, one) for one in form.types)]
            self.fields["type"] = forms.ChoiceField(
                label=self.fields["type"].label, choices=choices
            )
        else:
            del self.fields["type"]
        if form.countries:
            choices = [("", _("Choose one")), *((one, one) for one in form.countries)]
            self.fields["country"] = forms.ChoiceField(label=_("Country"), choices=choices)
        order = [name for name in self.fields if not name.startswith(("q_", "contact", "email"))]
        asked = [name for name in self.fields if name.startswith("q_")]
        order.remove("referrer")
        self.order_fields([*order, *asked, "contact_name", "email", "referrer"])

    def clean_company(self) -> str:
        """A name, no address."""
        return self.no_address("company")

    def clean_contact_name(self) -> str:
        """A name, no address."""
        return self.no_address("contact_name")

    def clean_domain(self) -> str:
        """The registered domain. Raises ValidationError."""
        found = domain_of(str(self.cleaned_data["domain"]))
        if not found:
            raise forms.ValidationError(now_("Enter a web domain, like company.com."))
        return found

    def clean_country(self) -> str:
        """A country from which companies may apply. Raises ValidationError."""
        country = str(self.cleaned_data["country"]).strip()
        if not meets_country(self.form.countries, country):
            raise forms.ValidationError(
                now_("We take applications from: %(countries)s.")
                % {"countries": ", ".join(self.form.countries)}
            )
        return country

    def clean_email(self) -> str:
        """An address of a domain that may apply. Raises ValidationError."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if not meets_mail(self.form.mail_domains, email):
            raise forms.ValidationError(
                now_("Use an address that ends with: %(domains)s.")
                % {"domains": ", ".join(self.form.mail_domains)}
            )
        return email

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = {
            key: value
            for key, value in self.cleaned_data.items()
            if not key.startswith("q_") and key != "fax"
        }
        given["answers"] = [
            {"question": one.label, "answer": str(self.cleaned_data.get(f"q_{one.key}") or "")}
            for one in self.questions
        ]
        return given


def _asked(question: Question) -> forms.Field:
    """The field of a question."""
    common: dict[str, Any] = {"label": question.label, "required": question.required}
    if question.kind == "choice":
        empty = [] if question.required and len(question.choices) <= 5 else [("", _("Choose one"))]
        choices = [*empty, *((one, one) for one in question.choices)]
        widget = forms.RadioSelect if not empty else forms.Select
        return forms.ChoiceField(choices=choices, widget=widget, **common)
    if question.kind == "number":
        return forms.IntegerField(min_value=0, max_value=10**12, **common)
    long = question.kind == "long"
    widget_ = forms.Textarea(attrs={"rows": 4}) if long else forms.TextInput()
    return forms.CharField(max_length=4000 if long else 300, widget=widget_, **common)


class AccessForm(PublicForm):
    """Who wants to sign in for a company that works with us already."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your work e-mail"),
        help_text=_("We find your company by the part behind the @ sign."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def clean_name(self) -> str:
        """A name, no address."""
        return self.no_address("name")


class AnswerForm(Form):
    """What the applicant answers."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write your answer.")},
    )
