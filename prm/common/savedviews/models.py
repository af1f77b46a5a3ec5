"""A list as somebody wants to see it again: filters, order, columns under a name."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.common.ids import uuid7


class SavedView(models.Model):
    """A person's view of one list. ``query`` holds only what the list knew when it was saved."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    list_key = models.CharField(max_length=40)
    name = models.CharField(_("Name"), max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(_("Colleagues see it too"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "list_key", "name"], name="common_savedview_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
