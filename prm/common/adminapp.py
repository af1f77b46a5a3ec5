"""Puts the back office in the place of Django's own admin site (imports no model)."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """``prm.common.backoffice.BackOffice`` is ``django.contrib.admin.site``."""

    default_site = "prm.common.backoffice.BackOffice"
