"""The page of one's own API tokens: make one (shown once), see them, revoke."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from prm.common import access, tokens
from prm.common.exports import file_of, wants_file
from prm.common.forms import Form
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, at
from prm.common.listwords import Words
from prm.common.models import ApiToken

LIVES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
]


class TokenForm(Form):
    """A new token: what it is for, what it may do, how long it lives."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What uses it, such as “CRM sync”."),
        error_messages={"required": gettext_lazy("Give the token a name.")},
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one thing that it may do.")},
    )
    days = forms.ChoiceField(label=gettext_lazy("Lives"), choices=LIVES, initial="90")

    def __init__(self, *args: Any, actor: access.Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = cast("forms.MultipleChoiceField", self.fields["scopes"])
        scopes.choices = [
            (name, tokens.scope_words(name)) for name in sorted(access.scopes_for(actor))
        ]


def token_listing(now: datetime) -> Listing[ApiToken]:
    """One's own tokens, those that live unless others are asked for.

    They are a handful: nothing to save as a view.
    """
    live = Q(revoked_at=None, expires_at__gt=now)
    return Listing(
        columns=(
            Column("name", gettext_lazy("Name"), at("name"), "name", is_fixed=True),
            Column("prefix", gettext_lazy("Begins with"), at("prefix"), "prefix"),
            Column("rights", gettext_lazy("Rights"), lambda token: ", ".join(token.scopes)),
            Column("made", gettext_lazy("Made"), at("created_at"), "created_at", is_usual=False),
            Column("ends", gettext_lazy("Ends"), at("expires_at"), "expires_at"),
            Column("used", gettext_lazy("Last used"), at("last_used_at"), "last_used_at"),
            Column("revoked", gettext_lazy("Revoked"), at("revoked_at"), "revoked_at",
                   is_usual=False),
        ),
        words=Words(
            name=gettext_lazy("Your tokens"),
            counted=ngettext_lazy("%(shown)s token", "%(shown)s tokens", "n"),
            search=gettext_lazy("Name"),
            no_match=gettext_lazy("No tokens match"),
            none=gettext_lazy("No tokens yet"),
            none_text=gettext_lazy("Make one below for each program that reads or writes here."),
        ),
        filters=(
            Filter(
                "state",
                gettext_lazy("Status"),
                [
                    ("live", gettext_lazy("Live")),
                    ("ended", gettext_lazy("Ended or revoked")),
                    ("all", gettext_lazy("All")),
                ],
                lambda rows, value: rows.filter(live if value == "live" else ~live),
                default="live",
                all_value="all",
            ),
        ),
        search=lambda rows, text: rows.filter(name__icontains=text),
        present=lambda rows: _with_state(rows, now),
        can_choose=True,
    )  # fmt: skip


def _with_state(rows: Iterable[ApiToken], now: datetime) -> list[Any]:
    found: list[Any] = list(rows)
    for token in found:
        token.can_be_revoked = token.is_live(now)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponseBase:
    """One's own tokens. A new one's secret stands on the answer to its POST, and nowhere else."""
    actor, now, secret = access.actor_of(request), timezone.now(), ""
    rows, listing = access.scope(actor, ApiToken), token_listing(now)
    if wants_file(request):
        return file_of(request, rows, listing, "tokens")
    form = TokenForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid() and actor.user is not None:
        wanted = form.cleaned_data | {"days": int(form.cleaned_data["days"])}
        _token, secret = tokens.create_token(actor.user, by=actor.user, now=now, **wanted)
        form = TokenForm(actor=actor)
    context = {"form": form, "page": page_of(request, rows, listing), "secret": secret}
    return render(request, "settings/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End one of one's own tokens."""
    actor = access.actor_of(request)
    token = access.get_or_404(actor, ApiToken, public_id)
    tokens.revoke_token(token, by=actor.user, now=timezone.now())
    messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect("developer:token_list")
