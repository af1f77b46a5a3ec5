from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Who our partners are and what we do together."""

    name = "partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register row rules, what can be found and imported; connect the receivers."""
        import partners.accounts.audit_words
        import partners.accounts.finding
        import partners.accounts.import_words
        import partners.accounts.imports
        import partners.accounts.news
        import partners.accounts.receivers
        import partners.accounts.selectors
        import partners.accounts.worklist
        import partners.contracts.audit_words
        import partners.contracts.renewals
        import partners.costs.audit_words
        import partners.costs.imports
        import partners.costs.selectors
        import partners.deals.audit_words
        import partners.deals.below
        import partners.deals.finding
        import partners.deals.import_history
        import partners.deals.import_words
        import partners.deals.imports
        import partners.deals.news
        import partners.deals.overlap
        import partners.deals.selectors
        import partners.directory.audit_words
        import partners.directory.news
        import partners.directory.selectors
        import partners.hierarchy.audit_words
        import partners.hierarchy.selectors
        import partners.merging.audit_words
        import partners.merging.selectors
        import partners.onboarding.audit_words
        import partners.onboarding.imports
        import partners.onboarding.selectors
        import partners.onboarding.telling
        import partners.programs.audit_words
        import partners.programs.receivers
        import partners.programs.selectors
        import partners.receivers
        import partners.recruiting.audit_words
        import partners.recruiting.finding
        import partners.recruiting.imports
        import partners.recruiting.receivers
        import partners.recruiting.selectors  # noqa: F401
