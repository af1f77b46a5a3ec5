"""The list of contracts."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from partners.accounts.models import Contract
from partners.contracts.renewals import ending
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words

LIST = "contracts"
WORDS = Words(
    name=_("Contracts"),
    counted=ngettext_lazy("%(shown)s contract", "%(shown)s contracts", "n"),
    search=_("Partner"),
    no_match=_("No contracts match"),
    none=_("No contracts yet"),
    none_text=_("Contracts stand here once they are imported, or signed on a partner’s page."),
)


def contract_listing(today: date) -> Listing[Any]:
    """Contracts, those that end first on top."""

    def in_state(rows: QuerySet[Contract], value: str) -> QuerySet[Contract]:
        running = Q(starts_on__lte=today) & (Q(ends_on=None) | Q(ends_on__gt=today))
        if value == "due":
            return ending(rows, today)
        if value == "soon":
            return rows.filter(ends_on__gt=today, ends_on__lte=today + timedelta(days=180))
        if value == "suspended":
            return rows.filter(running, status=Contract.Status.SUSPENDED)
        return rows.filter(ends_on__lte=today) if value == "ended" else rows.filter(running)

    return Listing(
        columns=(
            Column("partner", _("Partner"), at("partner.name"), "partner__name", is_fixed=True),
            Column("from", _("First day"), at("starts_on"), "starts_on"),
            Column("until", _("Last day"), at("last_day"), "ends_on"),
            Column("state", _("Status"), lambda row: row.get_status_display(), "status"),
            Column("reason", _("Reason of the end"), at("end_reason"), "end_reason",
                   is_usual=False),
            Column("notice", _("Reminder, days before"), at("notice_days"), "notice_days",
                   is_number=True, is_usual=False),
        ),
        words=WORDS,
        filters=(
            Filter("state", _("Status"), [
                ("running", pgettext_lazy("contracts", "Running")), ("due", _("To renew")),
                ("soon", _("End in six months")), ("suspended", _("Suspended")),
                ("ended", _("Ended")), ("all", _("All")),
            ], in_state, default="running", all_value="all"),
        ),
        search=lambda rows, text: rows.filter(partner__name__icontains=text),
        default_sort="until",
        key=LIST,
        segments=(
            Segment(pgettext_lazy("contracts", "Running"), ""), Segment(_("To renew"), "state=due"),
            Segment(_("End in six months"), "state=soon"), Segment(_("All"), "state=all"),
        ),
        can_choose=True,
    )  # fmt: skip
