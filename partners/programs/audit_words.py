"""How the audit calls programmes and tiers, and what is done to them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from partners.programs import words
from partners.programs.ruledoc import from_json
from prm.common import audit
from prm.common.logbooks import sentences

audit.KINDS.update(
    {
        "partners.partnerprogram": _("Programme"),
        "partners.ruleversion": _("Rules"),
        "partners.benefit": _("Benefit"),
        "partners.tierstanding": _("Tier of"),
        "partners.tierexception": _("Exception of"),
    }
)
sentences.SAYS.update(
    {
        "partnerprogram.evaluate": _("asked to evaluate %(thing)s"),
        "ruleversion.publish": _("published %(thing)s"),
        "ruleversion.replace": _("replaced %(thing)s"),
        "tierstanding.promote": _("raised the tier: %(thing)s"),
        "tierstanding.propose_promotion": _("proposed a promotion: %(thing)s"),
        "tierstanding.approve_promotion": _("approved the promotion: %(thing)s"),
        "tierstanding.decline_promotion": _("declined the promotion: %(thing)s"),
        "tierstanding.withdraw": _("withdrew the proposal: %(thing)s"),
        "tierstanding.warn": _("found at risk: %(thing)s"),
        "tierstanding.recover": _("took out of risk: %(thing)s"),
        "tierstanding.demote": _("lowered the tier: %(thing)s"),
        "tierstanding.propose_demotion": _("proposed a demotion: %(thing)s"),
        "tierstanding.approve_demotion": _("approved the demotion: %(thing)s"),
        "tierstanding.decline_demotion": _("declined the demotion: %(thing)s"),
        "tierstanding.drop": _("lowered the tier at once: %(thing)s"),
        "tierstanding.place": _("put by hand: %(thing)s"),
        "tierstanding.lock": _("locked %(thing)s"),
        "tierstanding.unlock": _("unlocked %(thing)s"),
        "tierstanding.leave": _("took %(thing)s out of the programme"),
        "tierexception.end": _("took back %(thing)s"),
    }
)
audit.FIELDS.update(
    {
        "demotion": _("Partners fall"),
        "grace_days": _("Days of grace"),
        "is_cumulative": _("A tier also asks for what the tiers below it ask"),
        "last_day": _("Up to and with"),
        "number": _("Version"),
        "published_at": _("Published"),
        "published_by": _("Published by"),
        "promotion": _("Partners rise"),
        "review": _("Tiers are reviewed"),
        "tiers": _("Tiers"),
        "types": _("For partners of these types"),
    }
)
audit.LINKS.update(
    {
        "partners.ruleversion": ("program",),
        "partners.tierstanding": ("partner",),
        "partners.tierexception": ("partner",),
    }
)


def _tiers(stored: Any) -> str:
    """A ladder as the audit holds it: "Silver: no requirements; Gold: Deals won 5 or more"."""
    return "; ".join(words.ladder(from_json({"tiers": stored, **WITHOUT})))


# What a ladder alone does not say.
WITHOUT = {"promotion": "", "demotion": "", "grace_days": 0, "review": "", "is_cumulative": False}
sentences.VALUES.update(
    {
        ("partners.ruleversion", "tiers"): _tiers,
        ("partners.ruleversion", "promotion"): lambda key: str(words.PROMOTION_WORDS.get(key, key)),
        ("partners.ruleversion", "demotion"): lambda key: str(words.DEMOTION_WORDS.get(key, key)),
        ("partners.ruleversion", "review"): lambda key: str(words.REVIEW_WORDS.get(key, key)),
    }
)
