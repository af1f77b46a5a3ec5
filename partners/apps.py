from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Who our partners are and what we do together."""

    name = "partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the row rules and what can be imported, connect the receivers."""
        import partners.accounts.imports
        import partners.accounts.selectors
        import partners.deals.import_history
        import partners.deals.imports
        import partners.deals.selectors
        import partners.receivers  # noqa: F401
