"""The rows of the brand: logos. Name, colour and which logo is shown are settings."""

from django.db import models


class BrandFile(models.Model):
    """A logo, under the hash of its bytes; earlier ones stay, as mails that were sent show them."""

    digest = models.CharField(max_length=32, primary_key=True)
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.content_type} {self.digest}"
