"""The lists of programmes' matters: moves, partners at risk, decisions that wait."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.programs import words
from partners.programs.explaining import missing_text
from partners.programs.models import PartnerProgram, TierMove, TierStanding, TierStep
from prm.common import periods
from prm.common.config import Program
from prm.common.lists import Column, Filter, Listing, at
from prm.common.listwords import Words

MOVES, RISKS, DECISIONS = "tier-moves", "tier-risks", "tier-decisions"
ANY = ("", _("All"))
COUNTED = ngettext_lazy("%(shown)s partner", "%(shown)s partners", "n")
MOVE_WORDS = Words(
    name=_("Moves"),
    counted=ngettext_lazy("%(shown)s move", "%(shown)s moves", "n"),
    search=_("Partner"),
    no_match=_("No moves match"),
    none=_("Nobody has changed tier yet"),
    none_text=_("Each promotion and demotion will stand here with its reason."),
)
RISK_WORDS = Words(
    name=_("Partners at risk"),
    counted=COUNTED,
    search=_("Partner"),
    no_match=_("No partners match"),
    none=_("Nobody is at risk"),
    none_text=_("Partners that miss their tier at a review will stand here, with what they miss."),
)
DECISION_WORDS = Words(
    name=_("Tiers to decide"),
    counted=COUNTED,
    search=_("Partner"),
    no_match=_("Nothing matches"),
    none=_("All caught up"),
    none_text=_("Proposals come with the next evaluation."),
)


def _search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(partner__name__icontains=text)


def _name(key: str) -> Any:
    return lambda row: words.tier_name(getattr(row, key))


PARTNER: Column = Column(
    "partner", _("Partner"), at("partner.name"), "partner__name", is_fixed=True
)


def moves_listing(settings: Program, today: date) -> Listing[TierStep]:
    """All changes of tier, newest first."""

    def in_period(rows: QuerySet[TierStep], value: str) -> QuerySet[TierStep]:
        period = periods.containing(value, today, settings)
        return rows.filter(effective_from__gte=period.starts_on, effective_from__lt=period.ends_on)

    def way(rows: QuerySet[TierStep], value: str) -> QuerySet[TierStep]:
        return rows.filter(direction=1 if value == "up" else -1)

    return Listing(
        key=MOVES,
        words=MOVE_WORDS,
        can_choose=True,
        columns=(
            PARTNER,
            Column("from", _("From tier"), _name("from_tier"), "from_tier"),
            Column("to", _("To tier"), _name("to_tier"), "to_tier"),
            Column("day", _("Since"), at("effective_from"), "effective_from"),
            Column("cause", _("Why"), cause, "move__cause"),
            Column("by", _("Decided by"), at("move.by"), "move__by__name", hide_small=True),
            Column("reason", _("Reason"), at("move.reason"), is_usual=False),
        ),
        filters=(
            Filter("way", _("Direction"), (ANY, ("up", _("Up")), ("down", _("Down"))), way),
            Filter("cause", _("Why"), (ANY, *TierMove.Cause.choices),
                   lambda rows, value: rows.filter(move__cause=value)),
            Filter("in", _("Since"), (ANY, ("month", _("This month")),
                   ("quarter", _("This quarter")), ("year", _("This year"))), in_period),
        ),
        search=_search,
        default_sort="-day",
    )  # fmt: skip


def cause(step: TierStep) -> str:
    """Why a tier changed, in words; profiles that others wrote do not say."""
    return str(step.move.get_cause_display()) if step.move else str(_("Changed in the profile"))


def _of_program(rows: QuerySet[TierStanding], value: str) -> QuerySet[TierStanding]:
    return rows.filter(program__public_id=value)


def _programs() -> Filter[TierStanding]:
    known = PartnerProgram.objects.values_list("public_id", "name")
    return Filter(
        "program", _("Programme"), (ANY, *((str(pk), name) for pk, name in known)), _of_program
    )


def risks_listing() -> Listing[TierStanding]:
    """Partners at risk, the shortest grace first."""
    return Listing(
        key=RISKS,
        words=RISK_WORDS,
        can_choose=True,
        columns=(
            PARTNER,
            Column("program", _("Programme"), at("program.name"), "program__name"),
            Column("tier", _("Tier"), at("tier"), "partner__profiles__tier"),
            Column("falls", _("Falls to"), _name("pending_tier"), "pending_tier"),
            Column("since", _("At risk since"), at("since"), "since", hide_small=True),
            Column("grace", _("Grace until"), at("grace_until"), "grace_until"),
            Column("missing", _("Missing"), at("missing_text")),
        ),
        filters=(_programs(),),
        search=_search,
        default_sort="grace",
        present=_with_missing,
    )


def decisions_listing() -> Listing[TierStanding]:
    """What waits for approval, the oldest first."""

    def kind(rows: QuerySet[TierStanding], value: str) -> QuerySet[TierStanding]:
        return rows.filter(state=value)

    state = TierStanding.State
    return Listing(
        key=DECISIONS,
        words=DECISION_WORDS,
        can_choose=True,
        columns=(
            PARTNER,
            Column("program", _("Programme"), at("program.name"), "program__name"),
            Column("tier", _("Tier"), at("tier"), "partner__profiles__tier"),
            Column("kind", _("Proposed"), at("get_state_display"), "state"),
            Column("to", _("To tier"), _name("pending_tier"), "pending_tier"),
            Column("since", _("Since"), at("since"), "since"),
        ),
        filters=(
            Filter("kind", _("Proposed"), (ANY, (str(state.PROMOTION), _("Promotions")),
                   (str(state.DEMOTION), _("Demotions"))), kind),
            _programs(),
        ),
        search=_search,
        default_sort="since",
    )  # fmt: skip


def with_profile(rows: QuerySet[TierStanding]) -> QuerySet[TierStanding]:
    """One row for each standing, with partner, programme and rules fetched along."""
    current = Q(partner__profiles__valid_to=None)
    return rows.filter(current).select_related("partner", "program", "version")


def _with_missing(rows: list[TierStanding]) -> list[TierStanding]:
    """Say of each what it misses of its tier."""
    for row in rows:
        row.missing_text = missing_text(row)  # type: ignore[attr-defined]
    return rows
