"""Web domains as people and systems write them: ``https://www.Acme.com/about`` is acme.com."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

# The three patterns are read by PostgreSQL too.
BEFORE = r"^([a-z][a-z0-9+.-]*://)?(www[.])?"
AFTER = r"[/?#:].*$"
DOMAIN = r"^[\w-]+([.][\w-]+)+$"
NO_DOMAIN = _("%(value)s is no web domain. Write it like example.com.")
LONGEST = 253
ADDRESS = re.compile(r"://|www[.]|[\r\n]|[\w-][.][a-z]{2,}/", re.IGNORECASE)


def domain_in(text: str) -> str:
    """The domain in an address of the web, in small letters; a text without one stays itself."""
    return re.sub(AFTER, "", re.sub(BEFORE, "", text.strip().lower()))


def names_address(text: str) -> bool:
    """Whether a text that goes into mails to strangers holds an address of the web."""
    return ADDRESS.search(text) is not None


def domain_sql(raw: str) -> str:
    """The same as SQL over a column with text; NULL where it is no domain."""
    plain = f"regexp_replace(regexp_replace(lower({raw}), '{BEFORE}', ''), '{AFTER}', '')"
    return f"CASE WHEN {plain} ~ '{DOMAIN}' THEN {plain} END"


def check_domain(text: str) -> None:
    """Raise ValidationError for a text that is no domain; blank is none, and fine."""
    if text and not re.match(DOMAIN, text):
        raise ValidationError(NO_DOMAIN % {"value": text}, "domain")


class DomainFormField(forms.CharField):
    """A web domain on a form; a pasted address is cut down to it."""

    default_validators = [check_domain]

    def __init__(self, **given: object) -> None:
        super().__init__(max_length=LONGEST, required=False, **given)  # type: ignore[arg-type]

    def to_python(self, value: object) -> str:
        """The domain in what was typed."""
        return domain_in(super().to_python(value) or "")


class DomainField(serializers.CharField):
    """A web domain in the API; an address of the web is cut down to it."""

    def __init__(self, **given: object) -> None:
        kept = {"max_length": LONGEST, "required": False, "allow_blank": True}
        super().__init__(validators=[check_domain], **kept | given)  # type: ignore[arg-type]

    def to_internal_value(self, data: str) -> str:
        """The domain in what was sent."""
        return domain_in(str(super().to_internal_value(data)))
