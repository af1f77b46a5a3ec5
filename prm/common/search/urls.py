"""The route of the search, with its row of the access policy."""

from django.urls import path

from prm.common import access
from prm.common.search import views

app_name = "search"
urlpatterns = [path("search/", views.results, name="results")]

access.declare("search:results", GET=access.STAFF_ROLES)
