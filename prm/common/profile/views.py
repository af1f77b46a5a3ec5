"""One's own profile, on the desk and in the portal."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from prm.common import viewer
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.profile import services
from prm.common.profile.forms import ProfileForm


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Read and change one's name, language and time zone."""
    person = cast("User", request.user)  # the policy lets nobody else in
    initial = {name: getattr(person, name) for name in services.FIELDS}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and (changed := _described(form, person)):
        # said in the language that holds from now on
        with viewer.speaking_to(changed, otherwise=str(request.LANGUAGE_CODE)):
            messages.success(request, _("Your profile is saved."))
        return redirect("profile:edit")
    context = {"form": form, "person": person, "now": timezone.now()}
    return render(request, "profile/edit.html", context, status=422 if form.errors else 200)


def _described(form: ProfileForm, person: User) -> User | None:
    if not form.is_valid():
        return None
    try:
        return services.describe_oneself(person, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
