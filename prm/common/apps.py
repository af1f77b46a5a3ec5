from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    """The ground: users, access, audit, money, periods, jobs, imports, mail."""

    name = "prm.common"
    label = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """After each migration the app's role gets exactly the rights that it may have."""
        import prm.common.imports.ground
        import prm.common.imports.services
        import prm.common.programme.finding
        import prm.common.worklist.notices  # noqa: F401
        from prm.common.database import grant_rights

        post_migrate.connect(grant_rights, sender=self)
