"""The lists about doubles: pairs that may be one company, and what was merged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from partners.merging.models import PartnerMerge
from partners.merging.selectors import Pair
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words

PAIRS, MERGES = "duplicates", "merges"
ANY: tuple[str, StrOrPromise] = ("", _("All"))
PAIR_WORDS = Words(
    name=_("Possible duplicates"),
    counted=ngettext_lazy("%(shown)s pair", "%(shown)s pairs", "n"),
    search=_("Name, domain or id"),
    no_match=_("No pairs match"),
    none=_("No duplicates found"),
    none_text=_("No two partners share a web domain or a name. We look again at every visit."),
)
MERGE_WORDS = Words(
    name=_("Merged partners"),
    counted=ngettext_lazy("%(shown)s merge", "%(shown)s merges", "n"),
    search=_("Name"),
    no_match=_("No merges match"),
    none=_("Nothing was merged yet"),
    none_text=_("What is merged stands here, and can be taken apart again."),
    action=_("See possible duplicates"),
)


def _why(rows: list[Pair], value: str) -> list[Pair]:
    tests: dict[str, Callable[[Pair], bool]] = {
        "both": lambda pair: pair.is_sure,
        "domain": lambda pair: pair.same_domain,
        "name": lambda pair: pair.same_name,
        "nearly": lambda pair: not (pair.same_name or pair.same_domain),
    }
    return [pair for pair in rows if tests[value](pair)]


def _shown(rows: list[Pair], value: str) -> list[Pair]:
    return [pair for pair in rows if (pair.apart is None) == (value == "open")]


def _found(rows: list[Pair], text: str) -> list[Pair]:
    wanted = text.lower()
    return [
        pair
        for pair in rows
        if any(
            wanted in f"{side.name} {side.domain} {side.external_id}".lower()
            for side in (pair.one, pair.other)
        )
    ]


def pair_listing(_actor: object = None) -> Listing[Any]:
    """Partners that may be one company, the surest first; made in memory."""
    return Listing(
        columns=(
            Column("one", _("Partner"), at("one.name"), by=lambda pair: pair.first, is_fixed=True),
            Column("one_id", _("Id in its source"), at("one.external_id"), export_only=True,
                   beside="one"),
            Column("other", pgettext_lazy("the second of a pair", "May be the same as"),
                   at("other.name"), by=lambda pair: pair.other.name.lower()),
            Column("other_id", _("Id of the other"), at("other.external_id"), export_only=True,
                   beside="other"),
            Column("why", _("Why"), at("reason"), by=lambda pair: -pair.rank),
            Column("likeness", _("Likeness of names"), lambda pair: round(pair.likeness * 100),
                   by=lambda pair: pair.likeness, is_number=True, is_usual=False),
        ),
        words=PAIR_WORDS,
        filters=(
            Filter("why", _("Why"), [
                ANY, ("both", _("Same name and domain")), ("domain", _("Same web domain")),
                ("name", _("Same name")), ("nearly", _("Nearly the same name")),
            ], _why),
            Filter("state", _("Status"), [
                ("open", _("To look at")), ("apart", _("Two companies")), ("all", _("All")),
            ], _shown, default="open", all_value="all"),
        ),
        search=_found,
        default_sort="why",
        key=PAIRS,
        segments=(
            Segment(_("To look at"), ""),
            Segment(_("Same name and domain"), "why=both"),
            Segment(_("Two companies"), "state=apart"),
        ),
        can_choose=True,
    )  # fmt: skip


def _in_state(rows: QuerySet[PartnerMerge], value: str) -> QuerySet[PartnerMerge]:
    return rows.filter(undone_at__isnull=value == "merged")


def merge_listing(_actor: object = None) -> Listing[PartnerMerge]:
    """What was merged, the latest first."""
    return Listing(
        columns=(
            Column("stub", _("Partner"), at("stub.name"), "stub__name", is_fixed=True),
            Column("survivor", _("Merged into"), at("survivor.name"), "survivor__name"),
            Column("at", _("Merged on"), at("at"), "at"),
            Column("by", _("By"), at("by"), "by__name"),
            Column("reason", _("Reason"), at("reason"), is_usual=False),
            Column("undone", _("Taken apart on"), at("undone_at"), "undone_at"),
        ),
        words=replace(MERGE_WORDS, action_url=reverse("merging:duplicate_list")),
        filters=(
            Filter("state", _("Status"), [
                ("merged", _("Merged")), ("undone", _("Taken apart")), ("all", _("All")),
            ], _in_state, default="all", all_value="all"),
        ),
        search=lambda rows, text: rows.filter(
            Q(stub__name__icontains=text) | Q(survivor__name__icontains=text)
        ),
        default_sort="-at",
        key=MERGES,
        can_choose=True,
    )  # fmt: skip
