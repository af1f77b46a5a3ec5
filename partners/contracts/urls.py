"""Routes of contracts, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from partners.contracts import views
from partners.contracts.listing import LIST, contract_listing
from prm.common import access, config
from prm.common.savedviews.places import register

app_name = "contracts"
urlpatterns = [
    path("contracts/", views.contract_list, name="contract_list"),
    path("contracts/<uuid:public_id>/", views.contract, name="contract"),
    path("contracts/<uuid:public_id>/renew/", views.renew, name="renew"),
    path("contracts/<uuid:public_id>/end/", views.end, name="end"),
    path("contracts/<uuid:public_id>/suspend/", views.suspend, name="suspend"),
    path("partners/<uuid:public_id>/contracts/new/", views.contract_new, name="contract_new"),
]

STAFF, MANAGES = access.STAFF_ROLES, access.MANAGES
CONTRACT = {"model": "partners.Contract"}
access.declare("contracts:contract_list", GET=STAFF)
access.declare("contracts:contract", GET=STAFF, **CONTRACT)
for name in ("renew", "end", "suspend"):
    access.declare(f"contracts:{name}", POST=MANAGES, **CONTRACT)
access.declare("contracts:contract_new", GET=MANAGES, POST=MANAGES, model="partners.Partner")

register(
    LIST,
    "contracts:contract_list",
    lambda _actor: contract_listing(config.program().local_date(timezone.now())),
)
