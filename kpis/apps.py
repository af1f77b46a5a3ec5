from django.apps import AppConfig


class KpisConfig(AppConfig):
    """What it comes to: facts, cells, values."""

    name = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what can be found, imported and shown in lists; connect the receivers."""
        import kpis.audit_words
        import kpis.finding
        import kpis.import_words
        import kpis.imports
        import kpis.news
        import kpis.partner_figures
        import kpis.receivers
        import kpis.segments
        import kpis.tierruns
        import kpis.tiers  # noqa: F401
