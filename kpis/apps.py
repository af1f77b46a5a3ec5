from django.apps import AppConfig


class KpisConfig(AppConfig):
    """What it comes to: facts, cells, values."""

    name = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        import kpis.receivers  # noqa: F401
