"""Routes about deals, in the desk and in the portal, each with its row of the access policy."""

from django.urls import path
from django.utils import timezone

from partners.deals import below, views
from partners.deals.listing import LIST, PORTAL_LIST, deal_listing
from partners.deals.models import Deal
from prm.common import access, config
from prm.common.lists import Listing
from prm.common.savedviews.places import register

app_name = "deals"
urlpatterns = [
    path("deals/", views.deal_list, name="deal_list"),
    path("deals/board/", views.deal_board, name="deal_board"),
    path("deals/<uuid:public_id>/", views.deal_detail, name="deal_detail"),
    path("deals/<uuid:public_id>/edit/", views.deal_edit, name="deal_edit"),
    path("deals/<uuid:public_id>/move/", views.deal_move, name="deal_move"),
    path("deals/<uuid:public_id>/win/", views.deal_win, name="deal_win"),
    path("deals/<uuid:public_id>/lose/", views.deal_lose, name="deal_lose"),
    path("deals/<uuid:public_id>/reopen/", views.deal_reopen, name="deal_reopen"),
    path("partners/<uuid:public_id>/deals/", views.partner_deals, name="partner_deals"),
    path("partners/<uuid:public_id>/timeline/", views.partner_timeline, name="partner_timeline"),
    path("portal/deals/", views.portal_deal_list, name="portal_deal_list"),
    path("portal/deals/resellers/", below.portal_below, name="portal_below"),
    path("portal/deals/<uuid:public_id>/hide/", below.portal_hide, name="portal_hide"),
    path("deals/<uuid:public_id>/hide/", below.desk_hide, name="deal_hide"),
    path("portal/deals/<uuid:public_id>/", views.portal_deal_detail, name="portal_deal_detail"),
]

STAFF, PARTNERS, MANAGES = access.STAFF_ROLES, access.PARTNER_ROLES, access.MANAGES
access.declare("deals:deal_list", GET=STAFF)
access.declare("deals:deal_board", GET=STAFF)
access.declare("deals:deal_detail", GET=STAFF, model="partners.Deal")
access.declare("deals:deal_edit", GET=MANAGES, POST=MANAGES, model="partners.Deal")
access.declare("deals:deal_move", POST=MANAGES, model="partners.Deal")
access.declare("deals:deal_win", POST=MANAGES, model="partners.Deal")
access.declare("deals:deal_lose", POST=MANAGES, model="partners.Deal")
access.declare("deals:deal_reopen", POST=MANAGES, model="partners.Deal")
access.declare("deals:partner_deals", GET=STAFF, model="partners.Partner")
access.declare("deals:partner_timeline", GET=STAFF, model="partners.Partner")
access.declare("deals:portal_deal_list", GET=PARTNERS)
access.declare("deals:portal_deal_detail", GET=PARTNERS, model="partners.Deal")
access.declare("deals:portal_below", GET=PARTNERS)
access.declare("deals:portal_hide", POST=access.PARTNER_SELLS, model="partners.Deal")
access.declare("deals:deal_hide", POST=MANAGES, model="partners.Deal")


def _listing(actor: access.Actor) -> Listing[Deal]:
    return deal_listing(actor, config.program(), timezone.now())


register(LIST, "deals:deal_list", _listing)
register(PORTAL_LIST, "deals:portal_deal_list", _listing)
register(below.LIST, "deals:portal_below", below.below_listing)
