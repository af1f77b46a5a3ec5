"""Routes of the calendars, each with its row of the access policy."""

from django.urls import path

from prm.common import access
from prm.common.calendars import views

app_name = "calendars"
urlpatterns = [
    path("settings/calendars/", views.calendar_list, name="calendar_list"),
    path("settings/calendars/new/", views.calendar_new, name="calendar_new"),
    path("settings/calendars/<uuid:public_id>/", views.calendar_detail, name="calendar_detail"),
    path("settings/calendars/<uuid:public_id>/usual/", views.calendar_usual, name="calendar_usual"),
    path(
        "settings/calendars/<uuid:public_id>/delete/",
        views.calendar_delete,
        name="calendar_delete",
    ),
    path("settings/calendars/<uuid:public_id>/days/", views.day_add, name="day_add"),
    path("settings/calendars/<uuid:public_id>/year/", views.year_add, name="year_add"),
    path("settings/calendars/days/<uuid:public_id>/remove/", views.day_remove, name="day_remove"),
]

RUNS, CALENDAR = access.RUNS_PROGRAM, "common.BusinessCalendar"
access.declare("calendars:calendar_list", GET=RUNS)
access.declare("calendars:calendar_new", GET=RUNS, POST=RUNS)
access.declare("calendars:calendar_detail", GET=RUNS, POST=RUNS, model=CALENDAR)
for step in ("calendar_usual", "calendar_delete", "day_add", "year_add"):
    access.declare(f"calendars:{step}", POST=RUNS, model=CALENDAR)
access.declare("calendars:day_remove", POST=RUNS, model="common.Holiday")
