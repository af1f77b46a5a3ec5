"""Routes of costs, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from partners.costs import views
from partners.costs.listing import LIST, cost_listing
from partners.costs.selectors import RECORDS
from prm.common import access, config
from prm.common.savedviews.places import register

app_name = "costs"
urlpatterns = [
    path("costs/", views.cost_list, name="cost_list"),
    path("costs/new/", views.cost_new, name="cost_new"),
    path("costs/<uuid:public_id>/", views.cost_edit, name="cost_edit"),
]

access.declare("costs:cost_list", GET=access.STAFF_ROLES)
access.declare("costs:cost_new", GET=RECORDS, POST=RECORDS)
access.declare("costs:cost_edit", GET=RECORDS, POST=RECORDS, model="partners.Cost")

register(
    LIST,
    "costs:cost_list",
    lambda actor: cost_listing(actor, config.program(), timezone.now()),
)
