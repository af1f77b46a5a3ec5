from importlib import import_module

from django.apps import AppConfig

# What each room registers when the site starts: row rules, words, what can be found and imported,
# receivers of news.
STARTS = {
    "accounts": "audit_words finding import_words imports news receivers selectors worklist",
    "contracts": "audit_words renewals",
    "costs": "audit_words imports selectors",
    "deals": "audit_words below finding import_history import_words imports news overlap selectors",
    "directory": "audit_words news selectors",
    "hierarchy": "audit_words selectors",
    "merging": "audit_words selectors",
    "onboarding": "audit_words imports selectors telling",
    "programs": "audit_words receivers selectors",
    "recruiting": "audit_words finding imports receivers selectors",
    "segments": "audit_words narrowing news selectors",
}


class PartnersConfig(AppConfig):
    """Who our partners are and what we do together."""

    name = "partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register row rules, what can be found and imported; connect the receivers."""
        for room, modules in STARTS.items():
            for module in modules.split():
                import_module(f"partners.{room}.{module}")
        import_module("partners.receivers")
