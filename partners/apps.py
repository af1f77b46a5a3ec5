from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Who our partners are and what we do together."""

    name = "partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the row rules, connect the receivers."""
        import partners.accounts.selectors
        import partners.deals.selectors
        import partners.receivers  # noqa: F401
