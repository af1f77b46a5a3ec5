"""The style sheets: written as readable layers, sent as one file.

Collecting the static files puts the layers together, so that a first visit asks once and the
whole compresses better, without comments and indentation. While developing each layer is linked
by itself.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.templatetags.static import static
from whitenoise.storage import CompressedManifestStaticFilesStorage

LAYERS = tuple(
    f"css/{name}.css"
    for name in (
        "tokens", "base", "layout", "shell", "controls", "cards", "figures", "tables", "work",
        "forms", "utilities",
    )
)  # fmt: skip
BUNDLE = "css/prm.css"


class BundledStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed static files, with the layers of style sheets as one of them."""

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Write the one style sheet, then hash and compress everything."""
        text = b"\n".join(lean(_read(*paths[layer])) for layer in LAYERS)
        if self.exists(BUNDLE):
            self.delete(BUNDLE)
        self.save(BUNDLE, ContentFile(text))
        yield from super().post_process({**paths, BUNDLE: (self, BUNDLE)}, *args, **options)


def lean(sheet: bytes) -> bytes:
    """The sheet without comments, indentation and empty lines; ours hold no such text in quotes."""
    return re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", sheet, flags=re.DOTALL)).strip()


def _read(storage: Any, path: str) -> bytes:
    with storage.open(path) as file:
        content: bytes = file.read()
        return content


def style_sheets() -> list[str]:
    """The addresses of what every page links: the one file, or each layer."""
    is_bundled = isinstance(staticfiles_storage, BundledStorage)
    return [static(name) for name in ((BUNDLE,) if is_bundled else LAYERS)]
