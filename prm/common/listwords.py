"""What a list says in words: its name, how many rows there are, why there are none."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

ROWS, NO_ROWS, NO_MATCH = _("Rows"), _("No rows"), _("No rows match")
COUNTED = ngettext_lazy("%(shown)s row", "%(shown)s rows", "n")
TRY_THIS = _("Try fewer filters or another spelling.")


@dataclass(frozen=True)
class Words:
    """The words of one list.

    `counted` tells the number of its rows (`n`, as text `shown`), `search` what the search looks
    in. `no_match` and `try_this` stand where filters keep every row away; `none` and `none_text`
    where there is none at all, with `action` at `action_url` as the way to the first one.
    """

    name: StrOrPromise = ROWS
    counted: StrOrPromise = COUNTED
    search: StrOrPromise = ""
    no_match: StrOrPromise = NO_MATCH
    try_this: StrOrPromise = TRY_THIS
    none: StrOrPromise = NO_ROWS
    none_text: StrOrPromise = ""
    action: StrOrPromise = ""
    action_url: StrOrPromise = ""

    def count(self, number: int, shown: str) -> str:
        """Return the number of rows in words; `shown` is how the number is written."""
        return str(self.counted % {"n": number, "shown": shown})
