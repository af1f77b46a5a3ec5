"""The page of one's own API tokens: make one (shown once), see them, revoke."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from prm.common import access, tokens
from prm.common.forms import Form
from prm.common.models import ApiToken

LIVES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
]


def words(scope: str) -> str:
    """A scope for people: ``Read deals (deals:read)``."""
    thing, _colon, verb = scope.partition(":")
    of = {"thing": access.SCOPE_WORDS[thing], "scope": scope}
    if verb == "read":
        return _("Read %(thing)s (%(scope)s)") % of
    return _("Add and change %(thing)s (%(scope)s)") % of


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
        scopes.choices = [(name, words(name)) for name in sorted(access.scopes_for(actor))]


@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """One's own live tokens: a handful, so a plain table.

    A new one's secret stands on the answer to its POST, and nowhere else.
    """
    actor, now, secret = access.actor_of(request), timezone.now(), ""
    form = TokenForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid() and actor.user is not None:
        wanted = form.cleaned_data | {"days": int(form.cleaned_data["days"])}
        _token, secret = tokens.create_token(actor.user, by=actor.user, now=now, **wanted)
        form = TokenForm(actor=actor)
    rows = access.scope(actor, ApiToken).order_by("-created_at")
    live = [token for token in rows if token.is_live(now)]
    context = {"form": form, "tokens": live, "secret": secret}
    return render(request, "settings/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End one of one's own tokens."""
    actor = access.actor_of(request)
    token = access.get_or_404(actor, ApiToken, public_id)
    tokens.revoke_token(token, by=actor.user, now=timezone.now())
    messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect("developer:token_list")
