"""Pages of the calendars: all of them, one with its hours and days off."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prm.common import access, config, display
from prm.common.calendars import selectors, services
from prm.common.calendars.forms import CalendarForm, HolidayForm, YearForm, weekday_choices
from prm.common.calendars.models import BusinessCalendar, Holiday
from prm.common.forms import Form, tried

DAY, YEAR = "day_%s", "year_%s"  # ids of fields, as the page has three forms


@require_safe
def calendar_list(request: HttpRequest) -> HttpResponse:
    """All calendars, a handful, so a plain table; without one, what counts until there is."""
    known = access.scope(access.actor_of(request), BusinessCalendar)
    calendars = list(known.annotate(days_off=Count("holidays")))
    shown = [(one, days_in_words(one)) for one in calendars]
    usual = selectors.usual()
    context = {"calendars": shown, "usual": usual, "usual_days": days_in_words(usual)}
    return render(request, "settings/calendars.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_new(request: HttpRequest) -> HttpResponse:
    """Make a calendar, beginning with the hours of the usual one."""
    usual = selectors.usual()
    initial = {"weekdays": usual.weekdays, "opens": usual.opens, "closes": usual.closes}
    form = CalendarForm(request.POST or None, initial=initial)
    by, now = access.actor_of(request).user, timezone.now()
    if calendar := _done(form, lambda values: services.create_calendar(by=by, now=now, **values)):
        messages.success(request, _("%(name)s is added. Add its days off.") % {"name": calendar})
        return redirect(calendar)
    return render(
        request, "settings/calendar_new.html", {"form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One calendar: its form and its days off."""
    calendar = _calendar(request, public_id)
    initial = {name: getattr(calendar, name) for name in services.FIELDS}
    form = CalendarForm(request.POST or None, initial=initial)
    by, now = access.actor_of(request).user, timezone.now()
    if _done(form, lambda values: services.change_calendar(calendar, by=by, now=now, **values)):
        messages.success(request, _("Your changes are saved."))
        return redirect(calendar)
    return _page(request, calendar, form=form)


@require_POST
def calendar_usual(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let this calendar count where no other does."""
    calendar = _calendar(request, public_id)
    services.make_usual(calendar, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("%(name)s is the usual calendar now.") % {"name": calendar})
    return redirect(calendar)


@require_POST
def calendar_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remove a calendar."""
    calendar = _calendar(request, public_id)
    services.delete_calendar(calendar, by=access.actor_of(request).user, now=timezone.now())
    messages.success(request, _("%(name)s is deleted.") % {"name": calendar})
    return redirect("calendars:calendar_list")


@require_POST
def day_add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add one day off."""
    calendar, form = _calendar(request, public_id), HolidayForm(request.POST, auto_id=DAY)
    by, now = access.actor_of(request).user, timezone.now()
    if day := _done(form, lambda values: services.add_holiday(calendar, by=by, now=now, **values)):
        messages.success(request, _("%(day)s is a day off.") % {"day": display.day(day.on)})
        return redirect(calendar)
    return _page(request, calendar, day_form=form)


@require_POST
def year_add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add a year's public holidays."""
    calendar, form = _calendar(request, public_id), YearForm(request.POST, auto_id=YEAR)
    by, now = access.actor_of(request).user, timezone.now()
    added = _done(
        form, lambda values: services.add_public_holidays(calendar, by=by, now=now, **values)
    )
    if form.errors:
        return _page(request, calendar, year_form=form)
    text = ngettext("%(n)s day is added.", "%(n)s days are added.", added or 0)
    messages.success(request, text % {"n": added})
    return redirect(calendar)


@require_POST
def day_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let a day off be a working day again."""
    actor = access.actor_of(request)
    day = access.get_or_404(actor, Holiday, public_id, "calendar")
    services.remove_holiday(day, by=actor.user, now=timezone.now())
    text = _("%(day)s is a working day again.") % {"day": display.day(day.on)}
    messages.success(request, text)
    return redirect(day.calendar)


def days_in_words(calendar: BusinessCalendar) -> str:
    """ "Monday to Friday", or the days one by one where they do not follow each other."""
    names, days = dict(weekday_choices()), sorted(calendar.weekdays)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return _("%(first)s to %(last)s") % {"first": names[days[0]], "last": names[days[-1]]}
    return ", ".join(names[day] for day in days)


def _calendar(request: HttpRequest, public_id: UUID) -> BusinessCalendar:
    return access.get_or_404(access.actor_of(request), BusinessCalendar, public_id)


def _done(form: Form, write: Callable[[dict[str, Any]], Any]) -> Any:
    """What the service gives; None (and errors in the form) where a value or a rule said no."""
    if not form.is_bound or not form.is_valid():
        return None
    return tried(form, lambda: write(form.cleaned_data))


def _page(request: HttpRequest, calendar: BusinessCalendar, **forms: Form) -> HttpResponse:
    this_year = config.program().local_date(timezone.now()).year
    initial = {name: getattr(calendar, name) for name in services.FIELDS}
    context = {
        "calendar": calendar,
        "days": calendar.holidays.all(),
        "form": CalendarForm(initial=initial),
        "day_form": HolidayForm(auto_id=DAY),
        "year_form": YearForm(initial={"year": this_year}, auto_id=YEAR),
        **forms,
    }
    has_errors = any(form.errors for form in forms.values())
    return render(request, "settings/calendar.html", context, status=422 if has_errors else 200)
