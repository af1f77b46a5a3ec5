"""One's own profile, on the desk and in the portal."""

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from prm.common import viewer
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.notices.forms import ChoicesForm
from prm.common.notices.selectors import choices_for, hours_of
from prm.common.notices.services import choose, keep_quiet
from prm.common.profile import services
from prm.common.profile.forms import ProfileForm


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Read and change one's name, language and time zone."""
    person = cast("User", request.user)  # the policy lets nobody else in
    form = ProfileForm(request.POST or None, initial=_initial(person))
    if request.method == "POST" and (changed := _described(form, person)):
        # said in the language that holds from now on
        with viewer.speaking_to(changed, otherwise=str(request.LANGUAGE_CODE)):
            messages.success(request, _("Your profile is saved."))
        return redirect("profile:edit")
    return _page(request, person, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """Store how one wants to be told; the matrix stands on the profile."""
    person, now = cast("User", request.user), timezone.now()
    if request.method != "POST":
        return redirect(reverse("profile:edit") + "#notifications")
    matrix = _matrix(person, request.POST)
    if matrix.is_valid():
        with transaction.atomic():
            choose(person, matrix.chosen(), by=person, now=now)
            keep_quiet(person, matrix.quiet_hours(), by=person, now=now)
        messages.success(request, _("Your notifications are saved."))
        return redirect(reverse("profile:edit") + "#notifications")
    return _page(request, person, matrix=matrix)


def _matrix(person: User, data: QueryDict | None = None) -> ChoicesForm:
    hours = hours_of([person]).get(person.pk)
    return ChoicesForm(data, choices=choices_for(person), hours=hours)


def _page(
    request: HttpRequest,
    person: User,
    *,
    form: ProfileForm | None = None,
    matrix: ChoicesForm | None = None,
) -> HttpResponse:
    """Both forms; with errors in one of them it answers 422."""
    form = form or ProfileForm(initial=_initial(person))
    matrix = matrix or _matrix(person)
    context = {"form": form, "matrix": matrix, "person": person, "now": timezone.now()}
    is_wrong = bool(form.errors or matrix.errors)
    return render(request, "profile/edit.html", context, status=422 if is_wrong else 200)


def _initial(person: User) -> dict[str, Any]:
    return {name: getattr(person, name) for name in services.FIELDS}


def _described(form: ProfileForm, person: User) -> User | None:
    if not form.is_valid():
        return None
    try:
        return services.describe_oneself(person, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
