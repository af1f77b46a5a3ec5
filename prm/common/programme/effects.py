"""What a change of the ground means once there are facts, in the words of those whom it touches."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

# Field of the form of the ground -> sentences, in the order in which the features are loaded.
EFFECTS: dict[str, list[StrOrPromise]] = {
    "time_zone": [
        _(
            "Business days begin at another midnight. What happened near midnight moves to the "
            "day before or after, and with it, at times, to another month or quarter."
        )
    ],
    "fiscal_start": [_("Quarters and years hold other months, in the past too.")],
}


def has_effect(field: str, sentence: StrOrPromise) -> None:
    """Let a feature say what a change of time_zone or fiscal_start does to its rows."""
    EFFECTS[field].append(sentence)
